"""Transfers on a real ledger: every posting nets to zero, and who cannot pay is refused."""

import numpy as np
import pytest

from marketsim.domain.accounts import AVAILABLE
from marketsim.domain.ledger import MONEY, entries
from marketsim.errors import LedgerError
from marketsim.policy import rules
from marketsim.policy.transfers import recycling, surface_water, upstream
from marketsim.simulation.right import Law
from marketsim.simulation.transfers import pay, recycle


def balances(world) -> np.ndarray:
    accounts = world.ledger.accounts
    rows = [accounts.index(f"government/{region.adcode}") for region in world.setting.city.districts]
    return world.ledger.balance[MONEY, [*rows, accounts.index("treasury")], AVAILABLE].copy()


def funded(world, fen: int):
    outside, accounts = world.ledger.accounts.index("outside"), world.ledger.accounts
    for region in world.setting.city.districts:
        world.ledger.post(0, entries("transfer", MONEY, outside, accounts.index(f"government/{region.adcode}"), fen))
    return world


@pytest.mark.parametrize("by", ["population", "value_added", "none"])
def test_revenue_goes_back_to_the_fen(founded, by):
    world = founded("tianjin")
    rule = rules("transfers")["recycling"]
    before = balances(world)
    world.ledger.post(0, recycle(world, Law(rule=rule, parameters=recycling.Parameters(by=by)), 4_500_000_001))
    change = balances(world) - before
    assert change.sum() == 0 and change[-1] == (0 if by == "none" else -4_500_000_001)
    assert (change[:-1] >= 0).all()


def test_districts_compensate_one_another_through_the_treasury(founded):
    world = funded(founded("tianjin"), 10**9)
    before = balances(world)
    ranks = np.arange(16)
    world.ledger.post(0, pay(world, surface_water.apply(surface_water.Parameters(), surface_water.Rivers(
        pollution=ranks, change=ranks, outflow_inflow=ranks))))
    change = balances(world) - before
    assert change[-1] == 0 and change[0] == 140_000_000 and change[15] == -140_000_000 and change.sum() == 0


def test_a_government_without_money_cannot_pay(founded):
    world = founded("tianjin")
    border = upstream.Border(upstream=0, downstream=1, classes=np.full(12, 2))
    with pytest.raises(LedgerError):
        world.ledger.post(0, pay(world, upstream.apply(upstream.Parameters(), border)))
