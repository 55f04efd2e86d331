"""Write lists of sites in the layouts that `coverage_sim.network.site_files` reads."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pyproj import CRS

from coverage_sim.coordinates import transformer
from coverage_sim.errors import InputError, Problems, must_be_one_of
from coverage_sim.io.archives import packed
from coverage_sim.io.atomic_files import NO_DATE, write_bytes, written_atomically
from coverage_sim.io.formula_texts import harmless, unmistakable
from coverage_sim.io.kml_elements import NOT_XML, add, add_folder, kml_bytes, kml_root
from coverage_sim.io.temporary_names import leftovers, remove, temporary_name
from coverage_sim.io.vector_files import without_dates
from coverage_sim.io.workbooks import new_workbook, write_cell
from coverage_sim.network.applications import APPLICATION_COLUMNS
from coverage_sim.network.atoll_writing import write_atoll
from coverage_sim.network.sites import STRUCTURE_COLUMNS, Site

#: GDAL's drivers of vector files.
_DRIVERS = {
    ".geojson": "GeoJSON",
    ".gpkg": "GPKG",
    ".shp": "ESRI Shapefile",
}
LAYOUTS = (".csv", ".xlsx", ".kml", ".kmz", *_DRIVERS)

#: Letters that a shapefile keeps of a name; the reader knows the short names.
_SHORT = 10

#: Decimals of degrees: a tenth of a millimetre.
_DEGREE_DIGITS = 9

#: A text that a shapefile can hold. [B]
_SHAPEFILE_TEXT_BYTES = 254

#: What the unfinished files of a shapefile are called, in the name of their folder.
_KIND = "shapefile"

#: The only layer of a vector file, and the only sheet of a spreadsheet.
_LIST = "sites"


def cut_names() -> dict[str, str]:
    """Return the columns of which a shapefile keeps only the first ten letters, and these."""
    columns = (*Site.__dataclass_fields__, *APPLICATION_COLUMNS, "longitude", "latitude")
    return {name: name[:_SHORT] for name in columns if len(name) > _SHORT}


def write_sites(sites: Sequence[Site], path: Path, *, crs: CRS) -> None:
    """Write a list of sites; the name's ending says in which layout, none being Atoll's tables.

    What was assumed is left empty, so that it stays assumed when the list is read.

    Parameters
    ----------
    sites : sequence of Site
        What is written.
    path : Path
        Ends in one of `LAYOUTS`, or has no ending: a folder.
    crs : pyproj.CRS
        CRS of the sites' ``x`` and ``y``; written are longitude and latitude in WGS 84.

    Raises
    ------
    InputError
        If the ending is of no layout, or a layout of one line a site cannot say what a site has.
    """
    kind = path.suffix.lower()
    if not kind:
        write_atoll(sites, path, crs=crs)
        return
    if kind not in LAYOUTS:
        raise must_be_one_of(what=f"the ending of {path.name}", given=kind, allowed=LAYOUTS)
    problems = Problems()
    for site in sites:
        if site.transmitters:
            problems.add(
                f"site {site.id} lists its transmitters, which one line a site cannot hold; write "
                "a folder (a name without ending): Atoll's tables."
            )
    problems.raise_if_any()
    rows = _rows(sites, crs)
    if kind != ".csv":  # there a text is a text, whatever it looks like
        rows = [
            {n: unmistakable(v) if isinstance(v, str) else v for n, v in r.items()} for r in rows
        ]
    _WRITERS.get(kind, _write_vector)(rows, path)


def _rows(sites: Sequence[Site], crs: CRS) -> list[dict[str, Any]]:
    """Return what a list says of each site, in the order of its columns."""
    to_degrees = transformer(crs, "EPSG:4326")
    rows = [_row(site) for site in sites]
    for column in STRUCTURE_COLUMNS:  # a list that says nothing of them has no such columns
        values = [getattr(site, column) for site in sites]
        if any(value is not None for value in values):
            for row, value in zip(rows, values, strict=True):
                row[column] = value
    for column in APPLICATION_COLUMNS:
        texts = [site.application.text(column) for site in sites]
        if any(texts):
            for row, text in zip(rows, texts, strict=True):
                row[column] = text
    for row, site in zip(rows, sites, strict=True):
        longitude, latitude = to_degrees.transform(site.x, site.y)
        row["longitude"], row["latitude"] = (
            round(longitude, _DEGREE_DIGITS),
            round(latitude, _DEGREE_DIGITS),
        )
    return rows


def _row(site: Site) -> dict[str, Any]:
    """Return what a list says of a site: texts, numbers, and None for what is assumed."""

    def known(name: str, value: Any) -> Any:
        return None if name in site.assumed else value

    return {
        "id": site.id,
        "name": site.name,
        "status": site.status,
        "structure": site.structure,
        "setting": site.setting,
        "antenna_height_m": known("antenna_height_m", site.antenna_height_m),
        "operators": ";".join(site.operators),
        "layers": ";".join(site.layers),
        "azimuths_deg": known("azimuths_deg", ";".join(f"{a:.12g}" for a in site.azimuths_deg)),
        "downtilt_deg": site.downtilt_deg,
    }


def _write_csv(rows: Sequence[Mapping[str, Any]], path: Path) -> None:
    import pandas as pd  # heavy: import late

    frame = pd.DataFrame(
        [
            {n: harmless(v) if isinstance(v, str) else _number(v) for n, v in row.items()}
            for row in rows
        ]
    )
    with written_atomically(path) as temporary:
        frame.to_csv(temporary, index=False, encoding="utf-8-sig", lineterminator="\n")


def _write_sheet(rows: Sequence[Mapping[str, Any]], path: Path) -> None:
    with new_workbook(path) as book:
        sheet = book.add_worksheet(_LIST)
        for number, line in enumerate([list(rows[0]) if rows else [], *(r.values() for r in rows)]):
            for column, value in enumerate(line):
                write_cell(sheet, number, column, value)


def _write_kml(rows: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Write a KML, or a KMZ with it; letters that XML cannot hold are refused."""
    problems = Problems()
    root = kml_root()
    folder = add_folder(add(root, "Document"), _LIST)
    for row in rows:
        placemark = add(folder, "Placemark")
        add(placemark, "name", row["name"])
        data = add(placemark, "ExtendedData")
        for name, value in row.items():
            text = value if isinstance(value, str) else _number(value)
            if NOT_XML.search(text):
                problems.add(
                    f"{path.name}: site {row['id']!r}: {name} is {text!r}, which has a character "
                    "that KML cannot hold; take it away, or write a GeoPackage (.gpkg)."
                )
            if text:
                add(add(data, "Data", name=name), "value", text)
        point = add(placemark, "Point")
        add(point, "coordinates", f"{_number(row['longitude'])},{_number(row['latitude'])}")
    problems.raise_if_any()
    content = kml_bytes(root)
    write_bytes(path, packed({"doc.kml": content}) if path.suffix.lower() == ".kmz" else content)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.12g}"


def _write_vector(rows: Sequence[Mapping[str, Any]], path: Path) -> None:
    import geopandas as gpd  # heavy: import late
    import pandas as pd

    frame = pd.DataFrame(rows)
    across, up = frame.pop("longitude"), frame.pop("latitude")
    frame = gpd.GeoDataFrame(frame, geometry=gpd.points_from_xy(across, up, crs="EPSG:4326"))
    kind = path.suffix.lower()
    if kind == ".shp":
        _write_shapefile(frame, path)
        return
    # Else a text that looks like JSON becomes what it describes, and is written otherwise.
    options = {"AUTODETECT_JSON_STRINGS": "NO"} if kind == ".geojson" else {}
    with written_atomically(path) as temporary, without_dates():
        frame.to_file(temporary, driver=_DRIVERS[kind], layer=_LIST, layer_options=options)


def _write_shapefile(frame: Any, path: Path) -> None:
    """Write the several files of one stem, all or none; texts that would be cut are refused."""
    _check_texts(frame, path)
    for left in leftovers(path, _KIND):
        remove(left)
    folder = temporary_name(path, _KIND)
    folder.mkdir(parents=True)
    try:
        frame.rename(columns=cut_names()).to_file(
            folder / path.name,
            driver=_DRIVERS[".shp"],
            encoding="UTF-8",
            layer_options={"DBF_DATE_LAST_UPDATE": NO_DATE[:10]},
        )
        parts = sorted(folder.iterdir())
        there = [part.name for part in parts if (path.parent / part.name).exists()]
        if there:
            msg = f"{path.parent / there[0]} exists; nothing is overwritten. Give another name."
            raise InputError(msg)
        for part in parts:
            part.rename(path.parent / part.name)
    finally:
        remove(folder)


def _check_texts(frame: Any, path: Path) -> None:
    """Refuse texts that a shapefile would cut."""
    problems = Problems()
    for row in frame.drop(columns=frame.geometry.name).to_dict("records"):
        for name, value in row.items():
            held_bytes = len(value.encode()) if isinstance(value, str) else 0
            if held_bytes > _SHAPEFILE_TEXT_BYTES:
                problems.add(
                    f"{path.name}: site {row['id']}: {name} has {held_bytes} bytes, and a "
                    f"shapefile holds {_SHAPEFILE_TEXT_BYTES}; write a GeoPackage (.gpkg)."
                )
    problems.raise_if_any()


#: By ending; the others are GDAL's.
_WRITERS: Mapping[str, Callable[[Sequence[Mapping[str, Any]], Path], None]] = {
    ".csv": _write_csv,
    ".xlsx": _write_sheet,
    ".kml": _write_kml,
    ".kmz": _write_kml,
}
