"""Every rule a scenario can name runs on a founded city: free rights under the cap, targets that add up."""

import numpy as np
import pytest

from marketsim import policy
from marketsim.errors import InputError
from marketsim.simulation import judge
from marketsim.simulation.columns import population
from marketsim.simulation.hand_out import free_cap

NEEDS_MORE = {"national_power": "power"}
"""Rules that read columns no run has yet; they must say so by name."""


def set_rule(place: str, rule: str) -> tuple[str, ...]:
    return (f"{place}={{rule: {rule}}}",)


@pytest.mark.parametrize("rule", policy.choices("allocation"))
def test_every_allocation_rule_hands_out_under_the_cap(founded, rule):
    settings = set_rule("markets.carbon.allocation", rule)
    if rule in NEEDS_MORE:
        with pytest.raises(InputError, match=NEEDS_MORE[rule]):
            founded("tianjin", settings=settings)
        return
    world = founded("tianjin", settings=settings)
    right = next(one for one in world.setting.rights if one.key == "carbon")
    given = world.state.final[right.index]
    assert 0 < sum(given.tolist()) <= free_cap(right)
    assert not given[~world.setting.firms.covered[right.index]].any()


@pytest.mark.parametrize("rule", policy.choices("decomposition"))
@pytest.mark.parametrize("city", ["tianjin", "twin"])
def test_every_decomposition_adds_up_in_a_run(founded, rule, city):
    world = founded(city, settings=set_rule("targets.shared_by", rule))
    judge.set_targets(world)
    targets = world.state.targets
    assert sum(targets["total"].tolist()) == world.setting.question.targets.total.value
    assert (targets["allowed"] > 0).all()
    reference = founded(city, settings=set_rule("targets.shared_by", "equal_rate"))
    judge.set_targets(reference)
    assert sum(targets["allowed"].tolist()) == sum(reference.state.targets["allowed"].tolist())


def test_a_hybrid_is_made_of_its_parts(founded):
    parts = "[{rule: grandfathering, factor: 96%, share: 50%}, {rule: per_value_added, share: 50%}]"
    mixed = founded("tianjin", settings=(f"markets.carbon.allocation={{rule: hybrid, parts: {parts}}}",))
    single = [founded("tianjin", settings=(f"markets.carbon.allocation={{rule: {rule}}}",))
              for rule in ("grandfathering, factor: 96%", "per_value_added")]
    halves = sum(world.state.final[0] // 2 for world in single)
    assert (abs(mixed.state.final[0] - halves) <= 1).all()


def test_per_head_gives_every_district_its_people(founded):
    world = founded("tianjin", settings=set_rule("markets.carbon.allocation", "per_head"))
    firms, given = world.setting.firms, world.state.final[0]
    people, codes = population(world.setting.city), [region.adcode for region in world.setting.city.districts]
    held = np.array([given[firms.region == code].sum() for code in codes])
    present = held > 0
    shares, due = held[present] / held.sum(), people[present] / people[present].sum()
    assert abs(shares - due).max() < 1e-6


def test_per_area_gives_irrigation_users_their_land(founded):
    """Water by irrigated area: within a district all of its land, over the city in proportion to it."""
    limits = ("markets.carbon=null", "markets.energy=null", "targets=null", "power=null", "markets.water.cap=14 亿m3")
    world = founded("tianjin", settings=(*limits, "markets.water.allocation={rule: per_area}"))
    firms, given = world.setting.firms, world.state.final[0]
    area = np.array([float(region.number("area_km2")) for region in world.setting.city.districts])
    held = np.array([given[firms.region == region.adcode].sum() for region in world.setting.city.districts])
    present = held > 0
    assert present.all() and abs(held / held.sum() - area / area.sum()).max() < 1e-6
    assert given[firms.is_kind("irrigation")].sum() > 0
