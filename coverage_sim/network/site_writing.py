"""Write lists of sites in the layouts that `coverage_sim.network.site_files` reads."""

import datetime as dt
import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

from pyproj import CRS

from coverage_sim.coordinates import transformer
from coverage_sim.errors import Problems, must_be_one_of
from coverage_sim.io.atomic_files import NO_DATE, written_atomically
from coverage_sim.io.table_rows import harmless
from coverage_sim.network.atoll_writing import DECIMALS, write_atoll
from coverage_sim.network.sites import Site

#: Drivers of the vector files; a KMZ is a KML in an archive.
_DRIVERS = {
    ".geojson": "GeoJSON",
    ".gpkg": "GPKG",
    ".shp": "ESRI Shapefile",
    ".kml": "LIBKML",
    ".kmz": "LIBKML",
}
LAYOUTS = (".csv", ".xlsx", *_DRIVERS)

#: What a list may say of the whole structure.
_STRUCTURE = ("total_height_m", "mast_class", "position_accuracy_m")

#: Letters that a shapefile keeps of a name; the reader knows the short names.
_SHORT = 10


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
    to_degrees = transformer(crs, "EPSG:4326")
    rows = [_row(site) for site in sites]
    for column in _STRUCTURE:  # a list that says nothing of them has no such columns
        values = [getattr(site, column) for site in sites]
        if any(value is not None for value in values):
            for row, value in zip(rows, values, strict=True):
                row[column] = _text(value)
    places = [to_degrees.transform(site.x, site.y) for site in sites]
    if kind in _DRIVERS:
        _write_vector(rows, places, path, _DRIVERS[kind])
        return
    for row, (longitude, latitude) in zip(rows, places, strict=True):
        row["longitude"] = f"{longitude:.{DECIMALS}f}"
        row["latitude"] = f"{latitude:.{DECIMALS}f}"
    if kind == ".csv":
        _write_csv(rows, path)
    else:
        _write_sheet(rows, path)


def _text(value: float | str | None) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else f"{value:.12g}"


def _row(site: Site) -> dict[str, str]:
    def known(name: str, text: str) -> str:
        return "" if name in site.assumed else text

    return {
        "id": site.id,
        "name": site.name,
        "status": site.status,
        "structure": site.structure,
        "setting": site.setting,
        "antenna_height_m": known("antenna_height_m", f"{site.antenna_height_m:.12g}"),
        "operators": ";".join(site.operators),
        "layers": ";".join(site.layers),
        "azimuths_deg": known("azimuths_deg", ";".join(f"{a:.12g}" for a in site.azimuths_deg)),
        "downtilt_deg": _text(site.downtilt_deg),
    }


def _write_csv(rows: Sequence[dict[str, str]], path: Path) -> None:
    import pandas as pd  # heavy: import late

    # A spreadsheet would run some texts as formulas; the reader takes the apostrophe away.
    frame = pd.DataFrame(rows).map(harmless)
    with written_atomically(path) as temporary:
        frame.to_csv(temporary, index=False, encoding="utf-8-sig", lineterminator="\n")


def _write_sheet(rows: Sequence[dict[str, str]], path: Path) -> None:
    import xlsxwriter  # heavy: import late

    # A text is a text, whatever it looks like: never a number, a link or a formula.
    plain = {"strings_to_numbers": False, "strings_to_formulas": False, "strings_to_urls": False}
    with written_atomically(path) as temporary, xlsxwriter.Workbook(temporary, plain) as book:
        book.set_properties({"created": dt.datetime.fromisoformat(NO_DATE)})
        sheet = book.add_worksheet("sites")
        for number, line in enumerate([list(rows[0]) if rows else [], *(r.values() for r in rows)]):
            for column, text in enumerate(line):
                sheet.write_string(number, column, text)


def _write_vector(
    rows: Sequence[dict[str, str]],
    places: Sequence[tuple[float, float]],
    path: Path,
    driver: str,
) -> None:
    import geopandas as gpd  # heavy: import late
    import pandas as pd

    across, up = zip(*places, strict=True)
    frame = gpd.GeoDataFrame(
        pd.DataFrame(rows), geometry=gpd.points_from_xy(across, up, crs="EPSG:4326")
    )
    if driver == "ESRI Shapefile":
        frame = frame.rename(columns={name: name[:_SHORT] for name in frame.columns})
        frame.to_file(path, driver=driver, encoding="UTF-8")  # several files of one stem
        return
    if driver == "LIBKML":
        frame = frame.rename(columns={"id": "site_id"})  # KML has an id of its own
        buffer = io.BytesIO()
        frame.to_file(buffer, driver=driver, engine="pyogrio")
        content = buffer.getvalue()
        with written_atomically(path) as temporary:
            if path.suffix.lower() == ".kmz":
                with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
                    archive.writestr("doc.kml", content)
            else:
                temporary.write_bytes(content)
        return
    with written_atomically(path) as temporary:
        frame.to_file(temporary, driver=driver, layer="sites")
