"""Investors and dealers: their orders are no news, they hold little, sell out before the surrender, and make a thin market liquid."""

from datetime import date
from statistics import fmean, median

import numpy as np
import pytest

from marketsim.domain.orders import BUY, SELL, Orders
from marketsim.scenario import load
from marketsim.simulation import run, trade
from marketsim.simulation.result import result

TYPICAL = ("power.resolution=typical-days",)
SEEDS = (301, 302, 303)


def shares(played, setting: str) -> list[float]:
    """Share of the possible gain of the default year, by seed."""
    runs = [result(played("tianjin", seed=seed, settings=(*TYPICAL, setting))).summary for seed in SEEDS]
    return [value for rows in runs for _, metric, _, value in rows if metric == "cost.share_of_gain"]


@pytest.mark.parametrize("setting", ["firms.investors={market-maker: 20%}", "firms.investors={speculator: 50%, market-maker: 50%}"])
def test_investors_leave_the_gain_of_the_default_year_as_it_is(played, setting):
    assert fmean(shares(played, setting)) >= 0.95


@pytest.mark.parametrize("name", ["market-maker", "speculator"])
def test_firms_that_deal_cover_themselves_too(played, name):
    assert fmean(shares(played, f"firms.strategies={{cost-minimising: 80%, zero-intelligence: 0%, {name}: 20%}}")) >= 0.9


def test_investors_hold_little_and_nothing_on_the_day_of_surrender(played, monkeypatch):
    held = []

    def settle(world, right):
        if right.key == "carbon":
            outside = np.flatnonzero(~world.setting.firms.covered[right.index])
            held.append(int(world.ledger.held(right.asset)[outside].sum()) / max(int(world.state.final[right.index].sum()), 1))
        return plain(world, right)

    plain = trade.settle
    monkeypatch.setattr(trade, "settle", settle)
    played("tianjin", seed=301, settings=(*TYPICAL, "firms.investors={market-maker: 20%, speculator: 20%}"))
    assert 0 < max(held) < 0.01 and held[-1] < max(held) / 10


def test_orders_without_a_need_are_no_news(founded):
    world = founded("twin", settings=("power=null", "targets=null", "firms.investors={market-maker: 100%}"))
    right, firms = world.setting.rights[0], world.setting.firms
    covered = firms.covered[right.index]
    inside, outside = int(np.flatnonzero(covered)[0]), int(np.flatnonzero(~covered)[0])

    def imbalance(*rows: tuple[int, int, int, int]) -> float:
        owner, side, lots, filled = (np.array(column) for column in zip(*rows, strict=True))
        orders = Orders(owner=owner, side=side.astype(np.uint8), tick=np.full(len(owner), 2500), lots=lots)
        world.state.order_flow[:] = 0
        return trade._imbalance(world, right, orders, filled, trade._needed(world, right, orders))

    assert imbalance((outside, BUY, 1000, 0)) == 0
    assert imbalance((inside, BUY, 10, 0), (outside, BUY, 1000, 0)) == 1
    assert imbalance((inside, SELL, 10, 10), (outside, BUY, 1000, 10)) == -1, "what an investor took is still to spare"
    assert imbalance((inside, BUY, 10, 10), (inside, SELL, 10, 10)) == 0


def quiet_and_spread(seed: int, investors: str, monkeypatch) -> tuple[int, float]:
    """Weeks without a trade of the thin preset, and the median relative spread between best bid and best ask where there are both."""
    spreads = []

    def match(world, right):
        orders, _ = world.state.waiting[right.key]
        bids, asks = orders.tick[orders.side == BUY], orders.tick[orders.side == SELL]
        spreads.append((int(asks.min()) - int(bids.max())) / int(world.state.close_tick[right.index]) if len(bids) and len(asks) else 1.0)
        plain(world, right)

    plain = trade.match
    with monkeypatch.context() as patch:
        patch.setattr(trade, "match", match)
        series = run(load("tianjin-2014-2017", (f"firms.investors={investors}",)), seed).series
    volume, weeks = series[series.metric == "carbon.volume"], {}
    for day, lots in zip(volume.date, volume.value, strict=True):
        week = date.fromisoformat(day).isocalendar()[:2]
        weeks[week] = weeks.get(week, 0) + lots
    return sum(lots == 0 for lots in weeks.values()), median(spreads)


@pytest.mark.slow
def test_market_makers_narrow_spreads_and_end_quiet_weeks(monkeypatch):
    thin, made = ([quiet_and_spread(seed, mix, monkeypatch) for seed in SEEDS[:2]] for mix in ("{}", "{market-maker: 10%}"))
    assert sum(quiet for quiet, _ in made) < sum(quiet for quiet, _ in thin) / 2
    assert all(after < 0.05 and after < before / 2 for (_, after), (_, before) in zip(made, thin, strict=True))
