"""Tables of propagation models, and of what a scenario holds, in the terminal."""

import dataclasses

from rich.console import Console
from rich.table import Table

from coverage_sim.errors import as_sentence
from coverage_sim.inputs.prepare import Prepared
from coverage_sim.inputs.remarks import remarks
from coverage_sim.propagation.model import Model
from coverage_sim.propagation.registry import registered_models, registered_terminals
from coverage_sim.propagation.terminal import Terminal


def print_models() -> None:
    """Print a table of each propagation model, and of each loss at the phone."""
    console = Console(width=100)
    for name, model in registered_models().items():
        own_analysis = hasattr(model, "fill_profiles")
        console.print(
            _table(
                f"{name}: {model.title}",
                model,
                {
                    "reads": "ground and clutter" if model.uses_clutter_profile else "ground",
                    "drivers": "exact" if own_analysis else "sweep, exact",
                },
            )
        )
    console.print("Losses at the phone, added by name in propagation.terminals:\n")
    for name, terminal in registered_terminals().items():
        console.print(_table(f"{name}: {terminal.title}", terminal, {"kind": terminal.kind}))


def _table(title: str, described: type[Model] | type[Terminal], more: dict[str, str]) -> Table:
    """Return what a model or a loss says of itself."""
    validity = described.validity
    table = Table(title=title, title_justify="left", show_header=False)
    table.add_row("reference", described.reference)
    table.add_row("good for", described.good_for)
    for what, text in more.items():
        table.add_row(what, text)
    low, high = validity.frequency_mhz
    near_m, far_m = validity.distance_m
    table.add_row("frequency", f"{low:g} to {high:g} MHz")
    table.add_row("distance", f"{near_m:g} m to {far_m / 1000.0:g} km")
    for end, (low_m, high_m) in (
        ("mast antenna", validity.tx_height_m),
        ("phone", validity.rx_height_m),
    ):
        table.add_row(end, f"{low_m:g} to {high_m:g} m above ground")
    if validity.stated_tx_height_m is not None:
        stated_m = " to ".join(f"{end_m:g}" for end_m in dict.fromkeys(validity.stated_tx_height_m))
        table.add_row("mast antenna", f"stated for {stated_m} m; others enter the formula")
    for field in dataclasses.fields(described):  # type: ignore[arg-type]
        given = "to be given" if field.default is dataclasses.MISSING else repr(field.default)
        table.add_row("parameter", f"{field.name} = {given}")
    return table


def print_inputs(console: Console, prepared: Prepared) -> None:
    """Print what a scenario holds and how large its run would be."""
    scenario = prepared.loaded.scenario
    radio, terrain = prepared.radio, prepared.ground.terrain
    rows, columns = prepared.ground.area.shape
    lines = {
        "scenario": f"{scenario.name}: {scenario.title}",
        "area": f"{rows:,} x {columns:,} cells of {scenario.area.cell_m:g} m, {scenario.area.crs}",
        "terrain": f"{terrain.sizes['y']:,} x {terrain.sizes['x']:,} cells, "
        f"{terrain.attrs.get('void_cells', 0):,} voids",
        "sites on air": f"{sum(not s.in_ring for s in radio.sites):,} counted, "
        f"{sum(s.in_ring for s in radio.sites):,} beyond the area",
        "sectors": f"{len(radio.sectors):,}",
        "villages": f"{len(prepared.villages):,}",
        "communes": _communes(prepared),
        "synthetic": ", ".join(prepared.synthetic) or "nothing",
        "unverified": ", ".join(scenario.unverified) or "nothing",
    }
    for name, text in lines.items():
        console.print(f"{name:<13} {text}", markup=False)
    for sentence in remarks(prepared):
        console.print(as_sentence(sentence), markup=False)


def _communes(prepared: Prepared) -> str:
    """Word how many communes results are summed into, as of when, and what was odd."""
    method = prepared.communes_method
    if not method:
        return "none"
    return "; ".join([f"{method['units']:,} as of {method['as_of']}", *method["said"]])
