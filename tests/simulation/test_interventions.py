"""The government in the market: textbook floor and ceiling in orders, a reserve that acts on its triggers, every posting balanced."""

import numpy as np
import pytest

from marketsim import resources
from marketsim.domain.ledger import MONEY
from marketsim.policy import rules
from marketsim.policy.allocation.auction import Bids
from marketsim.scenario import load
from marketsim.simulation.run import run

CITY = resources.path("scenarios", "textbook.yaml")
KT = 10**6
SPLIT = "markets.carbon.allocation.sector_factors={flat: 0.7, steep: 0.7}"
TWO_CAPS = ("markets.carbon.cap=1.5 MtCO2", "markets.carbon.reserve=6%")


def figures(*settings, seed=5):
    rows = run(load(CITY, (SPLIT, *settings)), seed).summary
    city = next(region for region, metric, _, _ in rows if metric == "cost.least")
    return {metric: value for region, metric, _, value in rows if region == city}


def stability(rule, *settings):
    return figures(f"markets.carbon.stability={{rule: {rule}}}", *settings)


def test_a_soft_ceiling_of_60_sells_150_more():
    """T10 ten times as large: at 60 firms save 30 and 15 of 100, and 15 more are emitted."""
    found = stability("standing_offers, ceiling_cny_per_lot: 60 CNY/t, from_reserve: false")
    assert found["carbon.price_last_quarter"] == pytest.approx(60, rel=0.01)
    assert found["carbon.released"] == pytest.approx(150 * KT, rel=0.05) and found["carbon.saved"] == pytest.approx(450 * KT, rel=0.05)
    assert found["carbon.released_income"] == pytest.approx(60 * 100 * found["carbon.released"] / 1000, rel=0.001)


def test_a_floor_of_100_takes_150_off_the_market():
    found = stability("standing_offers, floor_cny_per_lot: 100 CNY/t")
    assert found["carbon.price_last_quarter"] == pytest.approx(100, rel=0.02)
    assert found["carbon.saved"] == pytest.approx(750 * KT, rel=0.05) and found["carbon.bought_back"] > 130 * KT
    assert found["carbon.cancelled"] == found["carbon.bought_back"]


def test_a_hard_ceiling_ends_with_the_reserve():
    found = stability("standing_offers, ceiling_cny_per_lot: 60 CNY/t", *TWO_CAPS)
    assert found["carbon.released"] == 90 * KT, "all there is, and no more"
    assert found["carbon.saved"] == pytest.approx(510 * KT, rel=0.05), "the rest of the 600 must be saved"


def test_a_reserve_acts_on_its_triggers_only():
    """The price of 80 calls the reserve at 70 and not at 90; a floor trigger of 90 buys back."""
    calm = stability("reserve_triggers, high_cny_per_lot: 120 CNY/t, low_cny_per_lot: 10 CNY/t", *TWO_CAPS)
    assert calm["carbon.released"] == calm["carbon.bought_back"] == 0
    assert stability("reserve_triggers, high_cny_per_lot: 60 CNY/t, low_cny_per_lot: 10 CNY/t", *TWO_CAPS)["carbon.released"] > 0
    assert stability("reserve_triggers, high_cny_per_lot: 120 CNY/t, low_cny_per_lot: 100 CNY/t", *TWO_CAPS)["carbon.bought_back"] > 0


def test_every_asset_still_sums_to_zero(played):
    world = played("tianjin", settings=("markets.carbon.stability={rule: standing_offers, floor_cny_per_lot: 30 CNY/t, ceiling_cny_per_lot: 35 CNY/t}",
                                        "markets.energy=null", "markets.water=null", "targets=null", "power=null"))  # fmt: skip
    assert not world.ledger.balance.sum(axis=(1, 2)).any() and (world.ledger.recount() == world.ledger.balance).all()
    right = world.setting.rights[0]
    moved = [row for row in world.state.readings if row[0] in ("released", "bought back")]
    assert moved and world.ledger.held(MONEY).sum() == 0
    assert world.ledger.held(right.asset)[right.government] == 0, "the reserve lapses with the year"


def bids(**changes):
    columns = dict(bidder_covered=np.ones(3, bool), bidder_short=np.ones(3, bool), lots=np.full(3, 100), fen_per_lot=np.array([3000, 4000, 5000]), stock_lots=1000)
    return Bids(**(columns | changes))


def test_the_auction_of_a_run_is_the_rules_auction(played):
    """Adequacy shrinks the offer to the share of what is bid for; pay-as-bid raises more than one price."""
    rule = rules("allocation")["auction"]
    assert rule.apply(rule.make({"volume_lots": 500, "adequacy": 0.5}), bids()).lots == 150
    alone = ("markets.energy=null", "markets.water=null", "targets=null", "power=null", "markets.carbon.auction.day=2021-05-20", "firms.attention=5%")

    def sold(*settings):
        world = played("tianjin", settings=(*alone, *settings))
        return next((row[2], row[3]) for row in world.state.readings if row[0] == "auction")

    price, whole = sold()
    shrunk = sold("markets.carbon.auction.adequacy=20%")
    assert 0 < shrunk[1] < whole and shrunk[0] >= price
    assert sold("markets.carbon.auction.pricing=pay-as-bid")[0] >= price
