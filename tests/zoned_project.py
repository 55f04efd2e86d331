"""The small project with a rule file, an area that it forbids, and a site that is asked about."""

import geopandas as gpd
import shapely

RULES = """
format = 1
id = "made_up"
title_vi = "Quy định thử"
title_en = "Test rules"
note_vi = ""
note_en = ""
[[authorities]]
since = 2023-01-01
province_vi = "tỉnh Thử"
province_en = "Test province"
department_vi = "Sở Thử"
department_en = "Test department"
has_districts = false
[documents.law]
number = "Law 1"
title_vi = "Luật"
title_en = "Law"
[[rules]]
id = "zone"
kind = "outside_area"
severity = "block"
document = "law"
article = "Điều 1"
mark = "verified"
layer = "zone"
text_vi = "Ngoài vùng cấm: giữ nguyên trạng."
text_en = "Outside the zone."
"""

ASKED = """\
id,name,x,y,status,structure,antenna_height_m,operators,layers,azimuths_deg,total_height_m,mast_class,position_accuracy_m
P1,Synthetic <b>one</b>,570000,2259000,candidate,ground,38,viettel,lte_b3,0;120,44,A2b,5
"""


def zone_project(project):
    """Write rules, layer, list and scenario into the small project's folder."""
    (project / "rules.toml").write_text(RULES, encoding="utf-8")
    (project / "ask_synthetic.csv").write_text(ASKED, encoding="utf-8")
    zone = shapely.box(571_000.0, 2_260_000.0, 572_000.0, 2_261_000.0)
    frame = gpd.GeoDataFrame({"name": ["Vùng"]}, geometry=[zone], crs="EPSG:9209")
    frame.to_crs("EPSG:4326").to_file(project / "zone.geojson")
    (project / "zoned.toml").write_text(
        'format = 1\nextends = "tiny.toml"\nname = "zoned"\n[zoning]\nrules = "rules.toml"\n'
        'layers = { zone = { file = "zone.geojson", accuracy_m = 1.0 } }\n'
    )
