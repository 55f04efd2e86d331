"""Write sites as the tables that Atoll imports: Sites, Transmitters and Cells."""

import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from pyproj import CRS

from coverage_sim.coordinates import transformer
from coverage_sim.errors import Problems
from coverage_sim.io.folder_swap import folder_written_atomically
from coverage_sim.io.formula_texts import harmless
from coverage_sim.network.sites import Site, Transmitter

#: Decimals of degrees: a millimetre.
DECIMALS = 8


def write_atoll(sites: Sequence[Site], folder: Path, *, crs: CRS) -> None:
    """Write the three tables into a folder, a tab between fields.

    A site that lists no transmitters gets one for each of its operators, layers and directions.
    Columns that Atoll does not have (Site Name, Status, Structure, Setting, Operator, Total
    Downtilt) can be left aside when the tables are imported. What is assumed is left empty, so
    that it stays assumed when the tables are read; bands and antennas have the scenario's keys.

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
        for number, one in enumerate(_transmitters(site), start=1):
            name = f"{site.id}_{number}"
            tables["Transmitters"].append(_transmitter_row(site, one, name))
            tables["Cells"].append(_cell_row(one, name))
    problems.raise_if_any()
    with folder_written_atomically(folder, lambda _: [f"{name}.txt" for name in tables]) as fresh:
        for name, rows in tables.items():
            # A spreadsheet would run some texts as formulas; the reader takes the apostrophe away.
            frame = pd.DataFrame(rows).map(harmless)
            text = io.StringIO()
            frame.to_csv(text, sep="\t", index=False, lineterminator="\r\n")
            (fresh / f"{name}.txt").write_bytes(text.getvalue().encode("utf-8-sig"))


def _transmitters(site: Site) -> Iterator[Transmitter]:
    if site.transmitters:
        yield from site.transmitters
        return
    for operator in site.operators:
        for layer in site.layers:
            for number, azimuth_deg in enumerate(site.azimuths_deg, start=1):
                yield Transmitter(
                    name=f"{operator}/{layer}/{number}",
                    operator=operator,
                    layer=layer,
                    azimuth_deg=azimuth_deg,
                    antenna_height_m=site.antenna_height_m,
                    downtilt_deg=site.downtilt_deg,
                )


def _site_row(site: Site, longitude: float, latitude: float) -> dict[str, str]:
    return {
        "Name": site.id,
        "Longitude": f"{longitude:.{DECIMALS}f}",
        "Latitude": f"{latitude:.{DECIMALS}f}",
        "Site Name": site.name,
        "Status": site.status,
        "Structure": site.structure,
        "Setting": site.setting,
    }


def _transmitter_row(site: Site, one: Transmitter, name: str) -> dict[str, str]:
    assumed = one.assumed if site.transmitters else site.assumed
    height = "" if "antenna_height_m" in assumed else _text(one.antenna_height_m)
    return {
        "Site": site.id,
        "Transmitter": name,
        "Active": str(one.active),
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
        "Reference Power (dBm)": _text(one.reference_power_dbm),
        "Max Power (dBm)": _text(one.power_dbm),
        "Physical Cell ID": _text(one.pci),
    }


def _text(value: float | None) -> str:
    return "" if value is None else f"{value:.12g}"
