"""The files of a comparison with measurements: its tables, the offsets, its maps."""

from functools import partial

import geopandas as gpd

from coverage_sim.io.atomic_files import write_json, write_text
from coverage_sim.measurements.offset_fit import offsets_toml
from coverage_sim.measurements.statistics import error_statistics
from coverage_sim.network.carriers import Carrier
from coverage_sim.reporting.map_content import assumption_notes
from coverage_sim.reporting.workbook import table_steps
from coverage_sim.results.folders import MANIFEST, Saving, Step, file_steps
from coverage_sim.results.measured import OFFSETS_FILE, Measured


@file_steps.register
def _(measured: Measured, saving: Saving) -> list[Step]:
    folder = saving.fresh
    tables = {
        "points": measured.points,
        "statistics": measured.statistics,
        **({"offsets": measured.fit} if measured.fit is not None else {}),
        **({"proof": measured.proof} if measured.proof is not None else {}),
    }
    steps = table_steps(folder, tables)
    if measured.fit is not None:
        text = offsets_toml(measured.fit, heading=_heading(measured), parts=measured.parts)
        steps.append(lambda: write_text(folder / OFFSETS_FILE, text))
    steps.append(lambda: write_json(folder / "summary.json", measured.summary))
    steps.append(lambda: write_json(folder / MANIFEST, measured.manifest))
    return [*steps, *_maps_of(measured, saving)] if saving.maps else steps


def _heading(measured: Measured) -> str:
    """Return what the offsets' own file says of them."""
    drive = measured.manifest["measurements"]
    base = drive["scenario_file"]
    lines = [
        f"Offsets of path loss that {drive['file']} proposes for {measured.scenario.name}.",
        drive["shrinkage"],
        f'A scenario takes them in with: extends = ["{base}", "{OFFSETS_FILE}"]',
    ]
    if measured.parts is None:
        lines.append("Too little was held out to say how far sites still differ: the error stays.")
    if measured.synthetic:
        lines.insert(1, f"SYNTHETIC: {', '.join(measured.manifest['synthetic'])}.")
    return "\n".join(lines)


def _maps_of(measured: Measured, saving: Saving) -> list[Step]:
    """Return the drawing of the errors of each carrier that was measured, and after the fit."""
    points = measured.points[measured.points["predicted_dbm"].notna().to_numpy()]
    predictions = ["predicted_dbm"] + (["fitted_dbm"] if measured.fit is not None else [])
    return [
        partial(_draw_errors, measured, of_carrier, predicted, saving)
        for _, of_carrier in points.groupby(["operator", "layer"], sort=True)
        for predicted in predictions
    ]


def _draw_errors(
    measured: Measured, points: gpd.GeoDataFrame, predicted: str, saving: Saving
) -> None:
    from coverage_sim.reporting.map_frame import MapFrame  # these draw, and are slow to import
    from coverage_sim.reporting.measurement_maps import residual_map
    from coverage_sim.reporting.sheet import Words

    operator, layer = points["operator"].iloc[0], points["layer"].iloc[0]
    carrier = Carrier(operator, layer)
    label = f"{measured.scenario.operators[operator].name}, {layer}"
    figures = error_statistics(points, {}, predicted=predicted)
    notes = assumption_notes(measured)
    fitted = predicted == "fitted_dbm"
    if fitted:
        notes.insert(
            0, f"With the proposed offsets; {measured.manifest['measurements']['hold_out']}."
        )
    residual_map(
        saving.picture(f"maps/residuals_{carrier.key}{'_fitted' if fitted else ''}.png"),
        MapFrame(terrain=measured.terrain, communes=measured.communes),
        Words(
            title=f"{label}: prediction against measurement{', fitted' if fitted else ''}",
            subtitle=f"{measured.scenario.title}; {measured.manifest['measurements']['file']}",
            synthetic=measured.synthetic,
            footnotes=notes,
            facts=[
                ("Measurements", f"{figures['count']:,.0f}"),
                (
                    "Mean error",
                    f"{figures['mean_error_db']:+.1f} dB".replace("-", "\N{MINUS SIGN}"),
                ),
                ("Standard deviation", f"{figures['sd_error_db']:.1f} dB"),
                ("Root mean square error", f"{figures['rmse_db']:.1f} dB"),
            ],
        ),
        points=points.assign(error_db=points[predicted] - points["rsrp_dbm"]),
        sites=measured.sites[[carrier in own for own in measured.sites["carriers"]]],
    )
