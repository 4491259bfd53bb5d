"""Banking by the simulation's own traders: the textbook market over several years, against Rubin's price path, on a seed the tables of validation do not show.

The set-up and borrowing stand in `report/validation/years.py`.
"""

import pytest

from marketsim.report.validation.years import textbook
from marketsim.scenario import load

def tightened(outlook: str, seed: int = 11) -> list[dict]:
    return textbook(0.85, 4, (f"firms.outlook={outlook}", "firms.discount_rate=5%", "markets.carbon.tightening=15%"), seed)


@pytest.mark.parametrize("seed", [12])
def test_the_price_rises_at_the_discount_rate_while_the_bank_is_positive(seed):
    found = tightened("planner", seed)
    price = [year["carbon.price_mean"] for year in found]
    assert price[0] == pytest.approx(79.9, rel=0.05)
    for year, (before, after) in enumerate(zip(price, price[1:], strict=False)):
        assert found[year]["carbon.banked"] > 10**8, "the bank is positive"
        assert after / before == pytest.approx(1.05, rel=0.05)
    assert found[-1]["carbon.banked"] < 10**6, "and used up in the end"


def test_without_foresight_each_year_has_its_own_price():
    """The same years, nobody looking ahead: 40, 74, 103, 127, and nothing worth keeping."""
    found = tightened("none")
    for year, due in zip(found[:3], (40, 74, 103), strict=True):
        assert year["carbon.price_mean"] == pytest.approx(due, rel=0.05) and year["carbon.banked"] < 5 * 10**6


def test_a_measure_stays_with_its_cost_unless_it_is_hired_by_the_year():
    lasting, yearly = (textbook(0.7, 2, (f"firms.measures={kind}",), 11) for kind in ("lasting", "yearly"))
    assert lasting[0] == yearly[0]
    assert lasting[1]["carbon.saved"] == pytest.approx(6e8, rel=0.02) and lasting[1]["cost.measures"] < lasting[0]["cost.measures"] / 50
    assert yearly[1]["cost.measures"] == pytest.approx(yearly[0]["cost.measures"], rel=0.02)


def test_what_is_foreseen_follows_the_rule_and_those_who_grow():
    """Free amounts by output grow with output, a cap does not; irrigation does not grow."""
    from marketsim.simulation.found import found
    from marketsim.simulation.outlook import _free

    world = found(load("tianjin-2020", ("power=null", "years=3", "firms.outlook=planner", "activity.growth=4%", "markets.energy.tightening=10%")), 1)
    cap, by_output, by_history = (_free(world, right, 2) for right in world.setting.rights)
    assert cap[0] == cap[1] == cap[2] and by_history[0] == by_history[2]
    assert float(by_output[1] / by_output[0]) == pytest.approx(0.9 * 1.04, rel=1e-3)
    assert float(by_output[2] / by_output[0]) == pytest.approx((0.9 * 1.04) ** 2, rel=1e-3)
