"""What a district's grade means for its next year: growth that is not approved, a larger quota, more or less public funds.

`law["approved"]` (firms,) is the growth of output since the base year as far as it was approved, `law["quota"]` and `law["funds"]` (districts,)
factors of the year, all in parts per million. Only growth above zero needs approval.
"""

import numpy as np

from marketsim.policy.assessment import Grades
from marketsim.simulation.columns import _district_of
from marketsim.simulation.right import Law
from marketsim.simulation.world import Carried, World

MILLION = 10**6


def follow_up(world: World, law: Law) -> None:
    """Factors of the next year out of this year's grades, kept in the state."""
    told, state = law.apply(Grades(grade=world.state.targets["grade"])), world.state
    growth = world.setting.question.activity.growth
    here = told.new_capacity_ppm[_district_of(world, world.setting.firms.region)]
    step = np.array([int(MILLION * (1 + (growth * int(ppm) / MILLION if growth > 0 else growth))) for ppm in here.tolist()], dtype=np.int64)
    so_far = state.law.get("approved", np.full(len(here), int(MILLION * (1 + growth)), dtype=np.int64))
    state.law["next approved"] = so_far * step // MILLION
    state.law["next quota"], state.law["next funds"] = told.quota_ppm, told.funds_ppm


def carried_law(world: World) -> dict[str, np.ndarray]:
    """What the rules of law hand to the next year: records, bars and the factors that begin with `next`."""
    law = world.state.law
    kept = {"score": law["score"]} if "score" in law else {}
    if "now barred" in law:
        kept["barred"] = law["now barred"]
    if world.setting.question.firms.credit:
        kept["no credit"] = without_credit(world)
    return kept | {name.removeprefix("next "): value for name, value in law.items() if name.startswith("next ")}


def without_credit(world: World) -> np.ndarray:
    """Years for which a firm that was short gets no loan for its measures, counted from the next. Shape (firms,)."""
    left = np.maximum(world.state.law.get("no credit", np.zeros(len(world.setting.firms.id), dtype=np.int64)) - 1, 0)
    for settled in world.state.settled.values():
        left = np.maximum(left, settled.barred_years)
    return left


def trend(carried: Carried | None, plain: float) -> float | np.ndarray:
    """Growth of output since the base year, a firm each where some was not approved; `plain` is that of the scenario."""
    approved = None if carried is None else carried.law.get("approved")
    return plain if approved is None else approved / MILLION - 1.0


def factor(world: World, name: str) -> np.ndarray:
    """A factor of this year by district, `quota` or `funds`, in parts per million; one where last year left none."""
    return world.state.law.get(name, np.full(len(world.setting.city.districts), MILLION, dtype=np.int64))
