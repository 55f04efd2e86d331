"""From listed sites to the network that is evaluated."""

from coverage_sim.engine.masts import check_sites
from coverage_sim.engine.radio import Radio
from coverage_sim.inputs.deployment import sectors_on
from coverage_sim.inputs.network_lists import ListedNetwork
from coverage_sim.inputs.reading import Reading
from coverage_sim.network.sites import antenna_heights_m, carriers_listed
from coverage_sim.propagation.drivers import Driver
from coverage_sim.radio.offsets import NO_OFFSETS, Offsets, offset_table
from coverage_sim.scenario.schema import Scenario
from coverage_sim.terrain.catalog import Catalog
from coverage_sim.terrain.clutter import class_names, load_clutter_table
from coverage_sim.terrain.ground import Ground


def check_network(reading: Reading, network: ListedNetwork, ground: Ground) -> None:
    """Note the sites that cannot be placed, and layers and heights beyond the model's range."""
    problems, model = reading.problems, reading.loaded.model
    layers = reading.scenario.layers
    on_air = {c.layer for site in network.on_air for c in carriers_listed(site, layers)}
    for key in layers:
        if key in on_air:  # the others are not computed
            for message in reading.loaded.problems_of_layer(key):
                problems.add(f"{reading.loaded.path.name}: {message}")
    for message in check_sites(network.sites, ground):
        problems.add(message)
    lowest_m, highest_m = model.validity.tx_height_m
    for site in network.on_air:
        for height_m in sorted(antenna_heights_m(site)):
            if not lowest_m <= height_m <= highest_m:
                problems.add(
                    f"site {site.id}: antenna_height_m is {height_m:g}; "
                    f"{model.name} is valid from {lowest_m:g} to {highest_m:g} m. "
                    "Correct it or choose another propagation.model."
                )


def make_radio(
    reading: Reading, network: ListedNetwork, offsets: Offsets, before: Radio | None = None
) -> Radio:
    """Return the network that is evaluated.

    Parameters
    ----------
    reading : Reading
        The scenario.
    network : ListedNetwork
        Its sites.
    offsets : Offsets
        Corrections of path loss.
    before : Radio, optional
        As `coverage_sim.inputs.deployment.sectors_on` has it.

    Raises
    ------
    InputError
        If no sector is on air.
    """
    scenario, loaded = reading.scenario, reading.loaded
    sectors = sectors_on(network.on_air, scenario, network.antennas, before)
    if network.on_air and not sectors:
        reading.problems.add(
            "no sector is on air: no site lists a layer of which one of its operators holds a "
            "carrier. Compare the columns operators and layers with the scenario's layers."
        )
    reading.problems.raise_if_any()
    return Radio(
        sites=network.on_air,
        sectors=sectors,
        layers=scenario.layers,
        antennas=network.antennas,
        model=loaded.model,
        rx_height_m=scenario.receiver.height_m,
        rx_gain_dbi=scenario.receiver.gain_less_losses_dbi(),
        rx_gain_by_layer_dbi={
            key: scenario.receiver.gain_less_losses_dbi(key) for key in scenario.receiver.layers
        },
        profile_step_m=scenario.propagation.profile_step_m,
        driver=Driver(
            name=scenario.propagation.driver,
            radials_per_rim_cell=scenario.propagation.radials_per_rim_cell,
            own_steps=scenario.propagation.own_steps,
        ),
        server_threshold_dbm=scenario.service.least_dbm,
        terminals=loaded.terminals,
        offsets=offsets,
        interference_radius_m=scenario.propagation.interference_radius_m,
    )


def read_offsets(reading: Reading) -> Offsets:
    """Return the scenario's offsets; none without a catalogue, which names the land cover."""
    found = NO_OFFSETS
    if reading.catalog is not None:
        with reading.problems.collect():
            found = offsets_in(reading.scenario, reading.catalog)
    return found


def clutter_names(scenario: Scenario, catalog: Catalog) -> dict[int, str]:
    """Return what the codes of the scenario's land cover are called.

    Raises
    ------
    InputError
        If the catalogue or its clutter table is not what it should be.
    """
    if scenario.terrain.land_cover is None:
        return class_names(None)
    layer = catalog.find(scenario.terrain.land_cover, "land_cover")
    if layer.clutter_table is None:
        return class_names(None)
    return class_names(load_clutter_table(catalog.folder / layer.clutter_table))


def offsets_in(scenario: Scenario, catalog: Catalog) -> Offsets:
    """Return the offsets of a scenario, as the evaluation reads them.

    Raises
    ------
    InputError
        With every layer and clutter class that there is not, and every pair that stands twice.
    """
    return offset_table(
        scenario.propagation.offsets,
        class_names=clutter_names(scenario, catalog),
        layers=scenario.layers,
    )
