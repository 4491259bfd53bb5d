"""What of a right its holder may sell: only what is saved, in every firm and on every path to a buyer."""

import numpy as np
import pytest

from marketsim.domain.accounts import MOVE_NAMES
from marketsim.simulation.invest import OUTPUT
from marketsim.simulation.law import govern
from marketsim.simulation.law.sale import may_sell
from marketsim.simulation.result import result

WATER = ("markets.energy=null", "markets.carbon=null", "targets=null", "power=null", "markets.water.calendar.open=2021-04-20")
SALE = "markets.water.sale={rule: sellable%s}"


def net_sold(world, right) -> np.ndarray:
    """Delivered to others less received, by the journal alone, (firms,) base units."""
    net, deliver = np.zeros(len(world.ledger.accounts), dtype=np.int64), MOVE_NAMES.index("deliver")
    for _, batch in world.ledger.journal:
        rows = (batch.move == deliver) & (batch.asset == right.asset)
        np.add.at(net, batch.source[rows], batch.amount[rows])
        np.subtract.at(net, batch.target[rows], batch.amount[rows])
    return net[: len(world.setting.firms.id)]


@pytest.mark.parametrize("more", [(), ("markets.water.blocks={least: 1000 m3, chance: 100%}",), ("firms.output={most: 5%, margin: 1%}",)])
def test_nobody_sells_more_than_its_measures_save(played, more):
    free, held = (played("tianjin", 1, (*WATER, *more, *sale)) for sale in ((), (SALE % ", unused_share: 0%",)))
    right, choices, begun = held.setting.rights[0], held.setting.choices, held.state.begun
    saved = np.zeros(len(held.setting.firms.id), dtype=np.int64)
    mine = begun & (choices.measure != OUTPUT)
    np.add.at(saved, choices.firm[mine], choices.saving[0, mine])
    saved[~held.setting.firms.covered[0]] = 0
    sold = net_sold(held, right)
    assert (sold <= saved).all() and (sold > 0).any()
    assert (net_sold(free, right) > saved).any(), "without the rule somebody sells what it never saved"
    assert (may_sell(held, right) <= saved).all() and not held.ledger.balance.sum(axis=(1, 2)).any()
    told = {metric: value for region, metric, _, value in result(held).summary if region == "120000"}
    assert told["water.may_sell"] == may_sell(held, right).sum() and told["water.volume"] > 0


def test_nothing_is_sold_where_nothing_may_be(played):
    world = played("tianjin", 1, (*WATER, SALE % ", saved_share: 0%, unused_share: 0%"))
    assert not net_sold(world, world.setting.rights[0]).any()


def test_governments_offer_only_a_share_of_what_they_do_not_use(played):
    """In the trade of quota between governments, half of what is not used up may be sold where the right says so (Zhejiang)."""
    split = ("power=null", "markets.water=null", "targets.shared_by={rule: population}", "targets.total=13 MtCO2", "targets.intensity_cut=0%",
             "governments={trade: [carbon], budget: 5%}")  # fmt: skip
    moved = []
    for share in (None, "50%", "10%", "0%"):
        world = played("twin", 1, split if share is None else (*split, f"markets.carbon.sale={{rule: sellable, unused_share: {share}}}"))
        moved.append(sum(row[3] for row in world.state.readings if row[0] == "government bought carbon"))
        if share == "10%":
            sold = world.state.law["governments sold/carbon"]
            left = -np.minimum(govern.behind(world, 11), 0)
            assert sold.sum() == moved[-1] and (sold <= (left + sold) // 10 + 1).all(), "a tenth over the whole year, not of what is left each quarter"
    assert moved[0] >= moved[1] > moved[2] > moved[3] == 0
