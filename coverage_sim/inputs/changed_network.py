"""The inputs of a scenario whose masts are changed: only what hangs on masts is made anew."""

import dataclasses

from coverage_sim.inputs.network_lists import with_changes
from coverage_sim.inputs.prepare import Prepared
from coverage_sim.inputs.radio_network import check_network, make_radio
from coverage_sim.inputs.reading import Reading
from coverage_sim.scenario.schema_network import NetworkChoice


def with_network(prepared: Prepared, network: NetworkChoice) -> Prepared:
    """Return what `coverage_sim.inputs.prepare.prepare` returns of a scenario with other masts.

    Parameters
    ----------
    prepared : Prepared
        A scenario with all its inputs read.
    network : NetworkChoice
        As the scenario has it but for ``change``, ``add``, ``deploy`` and ``on_air``: no list is
        read again.

    Raises
    ------
    InputError
        With everything that is wrong with the sites then.
    """
    loaded = prepared.loaded.with_network(network)
    reading = Reading(
        loaded=loaded,
        crs=prepared.ground.crs,
        grids=prepared.grids,
        catalog=prepared.catalog,
        files=prepared.files,
    )
    changed = with_changes(reading, prepared.lists)
    check_network(reading, changed, prepared.ground)
    reading.problems.raise_if_any()
    return dataclasses.replace(
        prepared,
        loaded=loaded,
        radio=make_radio(reading, changed, prepared.radio.offsets, prepared.radio),
        sites=changed.sites,
        said_of_network=changed.said,
    )
