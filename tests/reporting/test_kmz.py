import zipfile
from html.parser import HTMLParser
from io import BytesIO

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely
from defusedxml import ElementTree
from matplotlib.image import imread

from coverage_sim.coordinates import transformer
from coverage_sim.reporting.colors import Level, signal_classes, signal_colormap
from coverage_sim.reporting.kml_pictures import ground_picture
from coverage_sim.reporting.kmz import ClassOverlay, write_kmz
from coverage_sim.reporting.sheet import SYNTHETIC_MARK, Words

LEVELS = [Level("Basic outdoors", -110.0, "#eed96c"), Level("Good", -100.0, "#5cb89a")]
KML = "{http://www.opengis.net/kml/2.2}"
HOSTILE = '<b>&"\'</b><img src="http://example.org/x.png">]]>$[id]\x00\ud800'
HARMLESS = '<b>&"\'</b><img src="http://example.org/x.png">]]>$[id]��'


def tables_of(world):
    spots = gpd.GeoDataFrame(
        {"people": [120.0], "area_km2": [0.2], "radius_m": [252.3], "village": ["Thôn 1"]},
        geometry=world.villages.to_crs("EPSG:9209").geometry.iloc[:1],
    )
    offices = gpd.GeoDataFrame(
        {
            "id": ["a", "b"],
            "name": ["Trường", "Bưu điện"],
            "kind": ["school", "post"],
            "covered": [True, False],
        },
        geometry=world.villages.geometry.iloc[:2],
    )
    return {
        "sites": world.sites,
        "villages": world.villages,
        "communes": world.communes,
        "weak_spots": spots,
        "must_cover": offices,
    }


def write(path, world, **changed):
    arguments = {
        "measured": "4G, any operator",
        "levels": LEVELS,
        "overlays": [
            ClassOverlay(
                key=key, label=f"{key}, any operator", classes=signal_classes(rsrp, LEVELS)
            )
            for key, rsrp in (("4g", world.rsrp_dbm), ("5g", world.later_rsrp_dbm))
        ],
        "tables": tables_of(world),
    }
    words = {"title": "Phủ sóng", "synthetic": True, "footnotes": ["Giả định: a < b."]}
    words |= {name: changed.pop(name) for name in words if name in changed}
    write_kmz(path, Words(subtitle="", **words), **{**arguments, **changed})
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    assert next(iter(files)) == "doc.kml", "Google Earth opens the first KML"
    return ElementTree.fromstring(files["doc.kml"]), files


def folders(document):
    return [
        folder.findtext(f"{KML}name") for folder in document.findall(f"{KML}Document/{KML}Folder")
    ]


class Page(HTMLParser):
    """What a browser makes of a balloon: its tags and its text."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.text = set(), []
        self.feed(text)

    def handle_starttag(self, tag, attrs):  # noqa: ARG002
        self.tags.add(tag)

    def handle_data(self, data):
        self.text.append(data)


def test_every_place_is_there_and_gdal_reads_it(tmp_path, world):
    path = tmp_path / "coverage.kmz"
    document, _ = write(path, world)
    assert folders(document) == [
        "Signal",
        "Weak spots (1)",
        "Places that must have service (2)",
        "Villages by people covered: 4G, any operator",
        "Communes by people covered: 4G, any operator",
        "Sites (260)",
    ]
    marks = document.iter(f"{KML}Placemark")
    assert sum(1 for _ in marks) == 260 + len(world.villages) + len(world.communes) + 1 + 2
    layers = [str(name) for name, _ in pyogrio.list_layers(path)]
    assert "Site, approved, not built" in " ".join(layers)
    read = pyogrio.read_dataframe(path, layer=next(n for n in layers if n.startswith("Site, app")))
    expected = world.sites[world.sites["status"] == "approved_built"]
    assert read["Name"].tolist() == expected["name"].tolist()
    assert read.geometry.geom_equals_exact(expected.geometry.reset_index(drop=True), 1e-6).all()


def test_what_the_document_names_is_in_it(tmp_path, world):
    document, files = write(tmp_path / "coverage.kmz", world)
    named = {element.text for element in document.iter(f"{KML}href")}
    assert named == set(files) - {"doc.kml"}
    for name in named:
        assert imread(BytesIO(files[name])).shape[2] == 4  # each has clear parts
    ids = {element.get("id") for element in document.iter() if element.get("id")}
    assert {element.text for element in document.iter(f"{KML}styleUrl")} <= {f"#{i}" for i in ids}


def test_names_from_anywhere_stay_text(tmp_path, world):
    sites = world.sites.iloc[:1].assign(name=HOSTILE, id=HOSTILE, status="existing")
    document, files = write(
        tmp_path / "coverage.kmz",
        world,
        title=HOSTILE,
        footnotes=[HOSTILE],
        tables={"sites": sites},
    )
    assert document.findtext(f"{KML}Document/{KML}name") == f"{HARMLESS} ({SYNTHETIC_MARK})"
    mark = next(document.iter(f"{KML}Placemark"))
    assert mark.findtext(f"{KML}name") == HARMLESS
    page = Page(mark.findtext(f"{KML}description"))
    assert page.tags == {"h3", "table", "tr", "td"}
    assert page.text.count(HARMLESS) == 2
    assert Page(document.findtext(f"{KML}Document/{KML}description")).tags == {"p"}
    assert b"<b>" not in files["doc.kml"]
    # The balloon shows the description alone: a name in it would be read as HTML.
    assert {e.text for e in document.iter(f"{KML}text")} == {"$[description]"}


def test_what_is_synthetic_says_so(tmp_path, world):
    def said(document):
        overlays = list(document.iter(f"{KML}GroundOverlay"))
        places = [document.find(f"{KML}Document"), *overlays]
        assert len(places) == 3
        return [
            SYNTHETIC_MARK in place.findtext(f"{KML}{tag}")
            for place in places
            for tag in ("name", "description")
        ]

    made_up, with_mark = write(tmp_path / "one.kmz", world)
    real, without = write(tmp_path / "two.kmz", world, synthetic=False)
    assert all(said(made_up))
    assert not any(said(real))
    assert SYNTHETIC_MARK.encode() not in without["doc.kml"]
    legends = [imread(BytesIO(files["files/legend.png"])) for files in (with_mark, without)]
    assert legends[0].shape[0] > legends[1].shape[0]


def test_the_same_places_are_the_same_bytes(tmp_path, world):
    write(tmp_path / "one.kmz", world)
    write(tmp_path / "two.kmz", world)
    assert (tmp_path / "one.kmz").read_bytes() == (tmp_path / "two.kmz").read_bytes()


def test_the_picture_lies_where_its_cells_are(world):
    classes = signal_classes(world.rsrp_dbm, LEVELS)
    colormap = signal_colormap(LEVELS)
    picture = ground_picture(classes, colormap)
    west, east, south, north = picture.extent
    image = np.round(255.0 * imread(BytesIO(picture.png))).astype(int)
    rng = np.random.default_rng(2)
    rows, columns = rng.integers(2, min(classes.shape) - 2, (2, 400))
    to_degrees = transformer("EPSG:9209", "EPSG:4326")
    longitude, latitude = to_degrees.transform(
        classes["x"].to_numpy()[columns], classes["y"].to_numpy()[rows]
    )
    at_row = ((north - latitude) / (north - south) * image.shape[0]).astype(int)
    at_column = ((longitude - west) / (east - west) * image.shape[1]).astype(int)
    values = classes.to_numpy()
    right = 0
    for row, column, i, j in zip(rows, columns, at_row, at_column, strict=True):
        near = {int(code) for code in values[row - 1 : row + 2, column - 1 : column + 2].ravel()}
        assert tuple(image[i, j]) in {colormap[code] for code in near}
        right += tuple(image[i, j]) == colormap[int(values[row, column])]
    assert right > 0.9 * len(rows)  # half a cell at the edges of a class is what nearest means
    assert set(np.unique(image[..., 3])) <= {0, 255}


def test_a_large_raster_stays_within_what_graphics_cards_take(world, monkeypatch):
    monkeypatch.setattr("coverage_sim.reporting.kml_pictures._LIMIT_PX", 100)
    classes = signal_classes(world.rsrp_dbm, LEVELS)
    image = imread(BytesIO(ground_picture(classes, signal_colormap(LEVELS)).png))
    assert max(image.shape[:2]) == 100


def test_boundaries_of_communes_keep_their_holes(tmp_path, world):
    ring = (
        shapely.Point(106.2, 20.3).buffer(0.1).difference(shapely.Point(106.2, 20.3).buffer(0.05))
    )
    island = shapely.Point(106.5, 20.3).buffer(0.02)
    communes = world.communes.iloc[:2].set_geometry(
        gpd.GeoSeries([ring, shapely.MultiPolygon([ring, island])], crs=4326).set_axis(
            world.communes.index[:2]
        )
    )
    path = tmp_path / "coverage.kmz"
    document, _ = write(path, world, tables={"communes": communes})
    shapes = [
        part
        for mark in document.iter(f"{KML}Placemark")
        for part in mark.find(f"{KML}MultiGeometry")
    ]
    assert [part.tag.removeprefix(KML) for part in shapes].count("Point") == 2
    polygons = [part for part in shapes if part.tag == f"{KML}Polygon"]
    assert [len(part.findall(f"{KML}innerBoundaryIs")) for part in polygons] in (
        [1, 1, 0],
        [1, 0, 1],
    )


@pytest.mark.parametrize("present", [(), ("sites",), ("villages", "communes")])
def test_what_there_is_not_has_no_folder(tmp_path, world, present):
    tables = {
        key: table if key in present else table.iloc[:0] for key, table in tables_of(world).items()
    }
    document, _ = write(tmp_path / "coverage.kmz", world, tables=tables, overlays=[])
    assert len(folders(document)) == len(present)


def test_a_missing_share_is_a_folder_of_its_own(tmp_path, world):
    villages = world.villages.iloc[:3].assign(covered_percent=[np.nan, 20.0, 100.0])
    document, _ = write(tmp_path / "coverage.kmz", world, tables={"villages": villages})
    names = [element.text for element in document.iter(f"{KML}name")]
    assert {"Not known (1)", "Under 50 % (1)", "99 % and more (1)"} <= set(names)
