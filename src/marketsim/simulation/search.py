"""Search costs: whoever sends an order pays for finding the venue, the rules and a partner, and stays away where the order is not worth that.

    sent if lots · |reservation price − limit price| > search cost, and the cash is there

Small firms with little to gain leave the market first, which is what a fee in proportion to the turnover does not do.
Source: Stavins (1995), J. Environ. Econ. Manage. 29, for transaction costs by kind: search and information, bargaining and decision, monitoring.
"""

import numpy as np

from marketsim.domain.accounts import AVAILABLE
from marketsim.domain.ledger import MONEY, Entries, entries, together
from marketsim.domain.orders import BUY, Orders
from marketsim.policy.exact import scale
from marketsim.simulation.positions import stand
from marketsim.simulation.right import Right
from marketsim.simulation.world import World


def worthwhile(world: World, right: Right, orders: Orders) -> tuple[Orders, Entries]:
    """The orders whose gain is worth the search, and what their owners pay for it."""
    cost_fen = right.market.search_cost * 100
    if not cost_fen or len(orders) == 0:
        return orders, together()
    instrument, buys = right.instrument, orders.side == BUY
    positions = stand(world, right, orders.owner, counting=True)
    price = orders.tick * (instrument.tick_fen / (100 * instrument.units_per_lot))
    apart = np.where(buys, positions.most_cny - price, price - positions.least_cny)
    worth = orders.lots * orders.tick * instrument.tick_fen
    held = world.ledger.balance[MONEY, orders.owner, AVAILABLE] - np.where(buys, worth + scale(worth, right.market.fee), 0)
    kept = np.flatnonzero((orders.lots * instrument.units_per_lot * apart * 100 > cost_fen) & (held >= cost_fen))
    fewer = orders.take(kept)
    world.state.spent_fen.setdefault("search", np.zeros(len(world.setting.firms.id), dtype=np.int64))[fewer.owner] += cost_fen
    return fewer, entries("transfer", MONEY, fewer.owner, world.ledger.accounts.index("outside"), cost_fen)
