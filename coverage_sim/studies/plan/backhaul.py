"""Which options reach the fixed network, and how."""

from collections.abc import Sequence

from coverage_sim.errors import InputError
from coverage_sim.inputs.prepare import Prepared
from coverage_sim.io.list_layout import ListLayout
from coverage_sim.network.hubs import read_hubs
from coverage_sim.scenario.schema_plan import Backhaul
from coverage_sim.studies.plan.hops import Hops, Node, Route, routes
from coverage_sim.studies.plan.options import Option


def find_routes(
    options: Sequence[Option], prepared: Prepared, choice: Backhaul
) -> dict[int, Route]:
    """Return how the options that build a mast reach a hub, by their number.

    Masts that stand have their backhaul already. They are the hubs where the scenario lists none;
    else they relay. What is only planned does not relay, so that no choice hangs on another.

    Parameters
    ----------
    options : sequence of Option
        What may be done.
    prepared : Prepared
        The scenario.
    choice : Backhaul
        Hubs, frequency, limits.

    Raises
    ------
    InputError
        With everything that is wrong with the table of hubs, or if no hub lies on the terrain.
    """
    ground, network = prepared.ground, prepared.loaded.scenario.network
    standing = [
        Node(site.id, site.x, site.y, _dish_m(site.antenna_height_m, choice))
        for site in prepared.radio.sites
        if not site.in_ring
    ]
    hubs, relays = standing, []
    if choice.hubs is not None:
        layout = ListLayout(
            positions_crs=network.sites_crs, crs=ground.crs, headers=network.headers
        )
        listed = read_hubs(choice.hubs, layout)
        heights_m = ground.heights_at([hub.x for hub in listed], [hub.y for hub in listed])
        hubs = [
            Node(hub.id, hub.x, hub.y, hub.antenna_height_m)
            for hub, height_m in zip(listed, heights_m, strict=True)
            if height_m == height_m
        ]
        relays = standing
        if not hubs:
            msg = (
                f"{choice.hubs.name}: none of {len(listed)} hubs stands on the terrain. Are "
                "latitude and longitude exchanged, or is network.sites_crs another CRS?"
            )
            raise InputError(msg)
    hops = Hops(
        ground,
        frequency_mhz=1000.0 * choice.frequency_ghz,
        clear_fraction=0.01 * choice.clear_fresnel_percent,
        longest_m=choice.longest_hop_m,
    )
    # One answer a place and height, whatever hangs there.
    asked: dict[tuple[str, float], Node] = {}
    for option in options:
        if option.builds:
            site = option.site
            key = (site.id, site.antenna_height_m)
            name = f"{site.id} at {site.antenna_height_m:g} m"
            dish_m = _dish_m(site.antenna_height_m, choice)
            asked.setdefault(key, Node(name, site.x, site.y, dish_m))
    found = routes(list(asked.values()), hubs, relays, hops, most_hops=choice.most_hops)
    return {
        number: found[asked[option.site.id, option.site.antenna_height_m].id]
        for number, option in enumerate(options)
        if option.builds and asked[option.site.id, option.site.antenna_height_m].id in found
    }


def with_routes(
    options: Sequence[Option], prepared: Prepared, choice: Backhaul
) -> tuple[list[Option], dict[str, Route]]:
    """Return the options that reach a hub, or stand already, and the routes of those built.

    Parameters
    ----------
    options, prepared, choice
        As in `find_routes`.

    Returns
    -------
    tuple of list of Option and dict
        What is left, and the route of each site and height, as ``"ID@HEIGHT"``.
    """
    found = find_routes(options, prepared, choice)
    left = [option for number, option in enumerate(options) if not option.builds or number in found]
    return left, {route_key(options[number]): route for number, route in found.items()}


def route_key(option: Option) -> str:
    """Return by what the route of an option is found."""
    return f"{option.site.id}@{option.site.antenna_height_m:g}"


def _dish_m(antenna_height_m: float, choice: Backhaul) -> float:
    return max(antenna_height_m - choice.dish_below_m, 1.0)
