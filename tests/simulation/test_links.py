"""Links in orders: price and flow of the textbook's two regions, quotas that hold, ways that are closed, books that balance."""

import pytest

from marketsim import resources
from marketsim.errors import InputError
from marketsim.scenario import load
from marketsim.simulation.found import found
from marketsim.simulation.institutions import agenda
from marketsim.simulation.result import result
from marketsim.simulation.run import play

CITY = resources.path("scenarios", "textbook.yaml")
KT = 10**6
SPLIT = "markets.carbon.allocation.sector_factors={flat: 0.7, steep: 0.7}"
PATIENT = ("firms.urgency=0%", "firms.news_weight=2%")
"""The city alone has a price of 80 and saves 7.5 kt more a CNY, as the partner does: prices p and 80 meet half-way, P8 of the list."""


def linked(form, price, *settings):
    chosen = f"links={{east: {{market: carbon, by: {{rule: link, kind: {form}}}, cap: 5 MtCO2, price: {price} CNY/t, response: 7500 tCO2}}}}"
    world = found(load(CITY, (SPLIT, chosen, *PATIENT, *settings)), 3)
    world.agenda = agenda(world)
    play(world)
    assert not world.ledger.balance.sum(axis=(1, 2)).any() and (world.ledger.recount() == world.ledger.balance).all()
    assert not world.ledger.balance[:, world.ledger.accounts.index("partner/east")].any(), "the partner leaves nothing behind"
    rows = result(world).summary
    city = next(region for region, metric, _, _ in rows if metric == "cost.least")
    return {metric: value for region, metric, _, value in rows if region == city}


def test_two_equal_markets_meet_half_way():
    """Alone 80 and 40: together 60, 150 kt come in; the partner gains, and the perfect market finds the same price."""
    told = linked("free", 40)
    assert told["carbon.price_least"] == pytest.approx(60, rel=0.01)
    assert told["carbon.price_last_quarter"] == pytest.approx(60, rel=0.05)
    assert told["link.east.in"] == pytest.approx(150 * KT, rel=0.05) and told["link.east.out"] == 0
    assert told["link.east.partner_gain"] > 0
    assert told["link.east.paid"] == pytest.approx(told["link.east.in"] / 1000 * 5060, rel=0.1), "sold along its marginal cost from 40 to 60"


def test_a_dearer_partner_buys_here():
    """Alone 80 and 120: together 100, and what it buys is used there."""
    told = linked("free", 120)
    assert told["carbon.price_least"] == pytest.approx(100, rel=0.01) and told["carbon.price_last_quarter"] == pytest.approx(100, rel=0.05)
    assert told["link.east.out"] > 100 * KT and told["carbon.cancelled"] == told["link.east.out"] and told["link.east.paid"] < 0


def test_a_unit_that_counts_half():
    """Alone 80 and 20, ratio 1/2: our price is twice theirs; 7.5 (80 − p) = 1.875 (p − 40), so 72 and 60 kt."""
    told = linked("ratio, ratio: 0.5", 20)
    assert told["carbon.price_last_quarter"] == pytest.approx(72, rel=0.05) and told["link.east.in"] == pytest.approx(60 * KT, rel=0.05)
    assert told["carbon.price_least"] == pytest.approx(72, rel=0.01)


def test_a_quota_is_never_passed():
    told = linked("quota, quota: 5%", 40, "markets.carbon.cap=1.4 MtCO2")
    assert told["link.east.in"] == pytest.approx(70 * KT, rel=0.01) and told["link.east.in"] <= 70 * KT
    assert told["carbon.price_least"] == pytest.approx(80 - 70 / 7.5, rel=0.01)


@pytest.mark.parametrize(("form", "price"), [("none", 40), ("one_way", 120)])
def test_a_closed_way_lets_nothing_through(form, price):
    told = linked(form, price)
    assert told["link.east.in"] == told["link.east.out"] == told["link.east.paid"] == 0


def test_a_link_to_a_market_that_is_not_there_is_told():
    with pytest.raises(InputError, match="there is no market “water”"):
        linked("free", 40, "links.east.market=water", "links.east.cap=5 亿m3", "links.east.price=1 CNY/m3", "links.east.response=1 亿m3")
