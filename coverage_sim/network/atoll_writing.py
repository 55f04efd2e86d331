"""Write sites as the tables that Atoll imports: Sites, Transmitters and Cells."""

import io
from collections.abc import Sequence
from pathlib import Path

from pyproj import CRS

from coverage_sim.coordinates import transformer
from coverage_sim.errors import Problems
from coverage_sim.io.folder_swap import folder_written_atomically
from coverage_sim.io.formula_texts import harmless
from coverage_sim.network.applications import APPLICATION_COLUMNS
from coverage_sim.network.atoll import MORE
from coverage_sim.network.sites import STRUCTURE_COLUMNS, Site, Transmitter
from coverage_sim.network.transmitters import transmitters_of

#: Decimals of degrees: a millimetre.
DECIMALS = 8


def write_atoll(sites: Sequence[Site], folder: Path, *, crs: CRS) -> None:
    """Write the tables into a folder, a tab between fields.

    A site that lists no transmitters gets one for each of its operators, layers and directions.
    Columns that Atoll does not have (Site Name, Status, Structure, Setting, Operator, Total
    Downtilt) can be left aside when the tables are imported. What it has no place for at all
    (class of the mast, accuracy, room, application) goes into a fourth table, `MORE`, which is
    read again beside the three. What is assumed is left empty, so that it stays assumed when the
    tables are read; bands and antennas have the scenario's keys.

    Parameters
    ----------
    sites : sequence of Site
        What is written.
    folder : Path
        Made, or replaced as a whole.
    crs : pyproj.CRS
        CRS of the sites' ``x`` and ``y``; written are longitude and latitude in WGS 84.

    Raises
    ------
    InputError
        If a site has no directions of its own: a transmitter needs one.
    """
    import pandas as pd  # heavy: import late

    problems = Problems()
    to_degrees = transformer(crs, "EPSG:4326")
    tables: dict[str, list[dict[str, str]]] = {"Sites": [], "Transmitters": [], "Cells": []}
    for site in sites:
        if "azimuths_deg" in site.assumed:
            problems.add(
                f"site {site.id}: its list gives no azimuths, and a transmitter of Atoll's needs "
                "one; add the column azimuths_deg."
            )
        longitude, latitude = to_degrees.transform(site.x, site.y)
        tables["Sites"].append(_site_row(site, longitude, latitude))
        for number, one in enumerate(transmitters_of(site), start=1):
            name = f"{site.id}_{number}"
            tables["Transmitters"].append(_transmitter_row(site, one, name))
            tables["Cells"].append(_cell_row(one, name))
    problems.raise_if_any()
    owned = [f"{name}.txt" for name in (*tables, MORE)]
    more = _more_rows(sites)
    if more:
        tables[MORE] = more
    with folder_written_atomically(folder, lambda _: owned) as fresh:
        for name, rows in tables.items():
            # A spreadsheet would run some texts as formulas; the reader takes the apostrophe away.
            frame = pd.DataFrame(rows).map(harmless)
            text = io.StringIO()
            frame.to_csv(text, sep="\t", index=False, lineterminator="\r\n")
            (fresh / f"{name}.txt").write_bytes(text.getvalue().encode("utf-8-sig"))


def _more_rows(sites: Sequence[Site]) -> list[dict[str, str]]:
    """Return what Atoll has no columns for, of the sites of which a list says any of it."""
    rows = [{"name": site.id} | said for site in sites if (said := more_of(site))]
    columns = dict.fromkeys(column for row in rows for column in row)
    return [{column: row.get(column, "") for column in columns} for row in rows]


def not_carried(sites: Sequence[Site]) -> list[str]:
    """Return in sentences what Atoll's tables do not carry of these sites."""
    said = []
    columns = dict.fromkeys(column for site in sites for column in more_of(site))
    if columns:
        said.append(
            f"Atoll has no columns for {', '.join(columns)}; they are in {MORE}.txt, which is read "
            "again with the other three tables"
        )
    unknown = sum("antenna" in one.assumed for site in sites for one in site.transmitters)
    if unknown:
        said.append(
            f"the antennas of {unknown:,} cells are none of the scenario's and are left empty; say "
            "under [network.atoll.antennas] what they are"
        )
    return said


def more_of(site: Site) -> dict[str, str]:
    """Return what a list says of a site and Atoll has no columns for, as texts by column."""
    said = {column: getattr(site, column) for column in STRUCTURE_COLUMNS}
    if site.structure == "ground":  # the height of the pylon
        said["total_height_m"] = None
    texts = {name: one if isinstance(one, str) else _text(one) for name, one in said.items()}
    texts |= {column: site.application.text(column) for column in APPLICATION_COLUMNS}
    return {column: text for column, text in texts.items() if text}


def _site_row(site: Site, longitude: float, latitude: float) -> dict[str, str]:
    return {
        "Name": site.id,
        "Longitude": f"{longitude:.{DECIMALS}f}",
        "Latitude": f"{latitude:.{DECIMALS}f}",
        "Pylon Height (m)": _text(site.total_height_m if site.structure == "ground" else None),
        "Site Name": site.name,
        "Status": site.status,
        "Structure": site.structure,
        "Setting": site.setting,
    }


def _transmitter_row(site: Site, one: Transmitter, name: str) -> dict[str, str]:
    height = "" if "antenna_height_m" in one.assumed else _text(one.antenna_height_m)
    return {
        "Site": site.id,
        "Transmitter": name,
        "Active": str(one.active),
        "DX (m)": _text(one.dx_m),
        "DY (m)": _text(one.dy_m),
        "Antenna": one.antenna or "",
        "Height (m)": height,
        "Azimuth (°)": _text(one.azimuth_deg),
        "Mechanical Downtilt (°)": _text(one.mechanical_downtilt_deg),
        "Additional Electrical Downtilt (°)": _text(one.electrical_downtilt_deg),
        "Transmission Losses (dB)": _text(one.feeder_loss_db),
        "Operator": one.operator,
        "Total Downtilt (°)": _text(one.downtilt_deg),
    }


def _cell_row(one: Transmitter, name: str) -> dict[str, str]:
    return {
        "Name": one.name,
        "Transmitter": name,
        "Active": str(one.active),
        "Frequency Band": one.layer,
        "Carrier": one.carrier or "",
        "Reference Power (dBm)": _text(one.reference_power_dbm),
        "Max Power (dBm)": _text(one.power_dbm),
        "Physical Cell ID": _text(one.pci),
    }


def _text(value: float | None) -> str:
    return "" if value is None else f"{value:.12g}"
