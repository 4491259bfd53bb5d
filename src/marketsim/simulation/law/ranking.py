"""Districts ranked by the weights of their functional zone: ecological ones are scored without output, where a scenario asks for it.

    output     value added of the year over that of the base year
    intensity  fall of use per output that was reached, over what the district would use without a target
    total      room left under the total target, over the target

All three weigh the same before the rule strikes any out. Source: rule `differentiated` of the room of assessment.
"""

import numpy as np

from marketsim.policy.assessment.differentiated import Ranking, Scores
from marketsim.simulation.columns import by_district
from marketsim.simulation.found import law
from marketsim.simulation.judge import counted, watched
from marketsim.simulation.world import World

INDICATORS = ("output", "intensity", "total")


def ranking(world: World) -> Ranking | None:
    """Scores and ranks of the districts on the verified year; None where the scenario does not rank them."""
    chosen, targets = world.setting.question.targets, world.state.targets
    rule = None if chosen is None else law("assessment", chosen.ranking)
    if rule is None or "grade" not in targets:
        return None
    zones = tuple(dict.fromkeys(region.zone for region in world.setting.city.districts))
    made, used = by_district(world, world.setting.firms.value_added_fen), counted(world, watched(world), targets["used"])
    grown = targets["output"] / np.maximum(made, 1)
    fall = (targets["start"] - targets["comparable"]) / np.maximum(targets["start"], 1)
    room = (targets["total"] - used) / np.maximum(targets["total"], 1)
    return rule.apply(Scores(
        values=np.column_stack([grown, fall, room]), names=INDICATORS, weights=(1.0,) * len(INDICATORS),
        zone=np.array([zones.index(region.zone) for region in world.setting.city.districts]), zones=zones))
