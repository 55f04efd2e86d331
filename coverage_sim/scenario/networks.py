"""Networks: carriers taken together, as people ask for them."""

from collections.abc import Sequence
from dataclasses import dataclass

from coverage_sim.network.carriers import Carrier
from coverage_sim.network.layers import GENERATION, GENERATIONS
from coverage_sim.network.network_names import ANY, network_key
from coverage_sim.scenario.schema import Scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """Carriers whose strongest counts.

    Parameters
    ----------
    key : str
        ``"any_4g"``, ``"viettel_5g"``, or ``"viettel_nr_n28"`` where an operator has several
        layers of one generation.
    label : str
        For people.
    operator : str
        Key, or ``"any"``.
    generation : str
        ``"4g"`` or ``"5g"``.
    carriers : tuple of Carrier
        In the order of the layers.
    """

    key: str
    label: str
    operator: str
    generation: str
    carriers: tuple[Carrier, ...]

    @property
    def is_of_operator(self) -> bool:
        """Whether these are all carriers of one operator, and not one of its layers."""
        return self.operator != ANY and self.key == network_key(self.operator, self.generation)


def make_networks(carriers: Sequence[Carrier], scenario: Scenario) -> tuple[Network, ...]:
    """Return any operator's network of each generation, then each operator's, then its layers.

    Parameters
    ----------
    carriers : sequence of Carrier
        Those on air.
    scenario : Scenario
        Its layers and operators.
    """
    layers, operators = scenario.layers, scenario.operators
    networks = []
    for generation in GENERATIONS:
        of_generation = [
            carrier
            for carrier in carriers
            if GENERATION[layers[carrier.layer].technology] == generation
        ]
        if not of_generation:
            continue
        name = generation.upper()
        networks.append(
            Network(
                key=network_key(ANY, generation),
                label=f"{name}, any operator",
                operator=ANY,
                generation=generation,
                carriers=tuple(of_generation),
            )
        )
        for operator in operators:
            own = [carrier for carrier in of_generation if carrier.operator == operator]
            if not own:
                continue
            networks.append(
                Network(
                    key=network_key(operator, generation),
                    label=f"{name}, {operators[operator].name}",
                    operator=operator,
                    generation=generation,
                    carriers=tuple(own),
                )
            )
            if len(own) > 1:
                networks += [
                    Network(
                        key=carrier.key,
                        label=f"{name}, {operators[operator].name}, {carrier.layer}",
                        operator=operator,
                        generation=generation,
                        carriers=(carrier,),
                    )
                    for carrier in own
                ]
    return tuple(networks)
