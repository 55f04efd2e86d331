"""Which maps a comparison with measurements has, and what is written on them."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd

from coverage_sim.measurements.statistics import error_statistics
from coverage_sim.scenarios.pictures import footnotes_of

if TYPE_CHECKING:
    from coverage_sim.scenarios.measured import Measured


def of_measured(measured: "Measured", folder: Path) -> list[Callable[[], None]]:
    """Return the drawing of the errors of each carrier that was measured, and after the fit."""
    points = measured.points[measured.points["predicted_dbm"].notna().to_numpy()]
    predictions = ["predicted_dbm"] + (["fitted_dbm"] if measured.fit is not None else [])
    return [
        partial(_draw_errors, measured, of_carrier, predicted, folder)
        for _, of_carrier in points.groupby(["operator", "layer"], sort=True)
        for predicted in predictions
    ]


def _draw_errors(
    measured: "Measured", points: gpd.GeoDataFrame, predicted: str, folder: Path
) -> None:
    from coverage_sim.reporting.measurement_maps import residual_map  # slow to import

    operator, layer = points["operator"].iloc[0], points["layer"].iloc[0]
    label = f"{measured.scenario.operators[operator].name}, {layer}"
    figures = error_statistics(points, {}, predicted=predicted)
    notes = footnotes_of(measured)
    fitted = predicted == "fitted_dbm"
    if fitted:
        notes.insert(
            0, f"With the proposed offsets; {measured.manifest['measurements']['hold_out']}."
        )
    residual_map(
        folder / f"residuals_{operator}_{layer}{'_fitted' if fitted else ''}.png",
        points=points.assign(error_db=points[predicted] - points["rsrp_dbm"]),
        terrain=measured.terrain,
        sites=measured.sites[[f"{operator}/{layer}" in own for own in measured.sites["carriers"]]],
        communes=measured.communes,
        title=f"{label}: prediction against measurement{', fitted' if fitted else ''}",
        subtitle=f"{measured.scenario.title}; {measured.manifest['measurements']['file']}",
        synthetic=measured.synthetic,
        footnotes=notes,
        facts=[
            ("Measurements", f"{figures['count']:,.0f}"),
            ("Mean error", f"{figures['mean_error_db']:+.1f} dB".replace("-", "\N{MINUS SIGN}")),
            ("Standard deviation", f"{figures['sd_error_db']:.1f} dB"),
            ("Root mean square error", f"{figures['rmse_db']:.1f} dB"),
        ],
    )
