"""The government in the market: standing offers at a floor and a ceiling, or a reserve that sells and buys when the mean price is out of bounds.

Before a session the rule says what the government offers; its orders stand at the head of the day's book, so that nobody pays more than
its price while it has rights, or gets less while it has money. What it buys goes into the reserve, what new rights a soft ceiling needs is
issued; the treasury stands behind purchases, whose size the rule limits.
"""

from dataclasses import replace

import numpy as np

from marketsim.domain.accounts import AVAILABLE
from marketsim.domain.ledger import MONEY, Entries, entries, together
from marketsim.domain.orders import BUY, SELL, Orders, Trades
from marketsim.policy.exact import scale
from marketsim.policy.stability.intervention import Intervention, Market
from marketsim.simulation.right import Right
from marketsim.simulation.world import World

SESSIONS = 20
"""Sessions over which the regulator takes the mean price: about a month."""
BACKED_FEN = 10**15
"""What the treasury of one city stands behind at most, 10 trillion CNY: the rule's limit binds long before."""


def intervention(world: World, right: Right) -> Intervention | None:
    """What the government offers today; None without a rule."""
    if right.stability is None:
        return None
    lot, firms = right.instrument.lot_base, len(world.setting.firms.id)
    sale = right.market.auction
    ahead = int(sale.volume.value) // lot if sale is not None and world.today <= sale.day else 0
    return right.stability.apply(Market(
        mean_fen_per_lot=mean_fen_per_lot(world, right),
        reserve_lots=int(world.ledger.balance[right.asset, right.government, AVAILABLE]) // lot,
        circulating_lots=int(world.ledger.held(right.asset)[:firms].sum()) // lot,
        auction_lots=ahead, budget_fen=BACKED_FEN * world.setting.question.copies))


def mean_fen_per_lot(world: World, right: Right) -> int:
    """Mean of the reference prices of the last sessions, the opening price before the first; fen per lot."""
    ticks = [row[2] for row in world.state.days if row[1] == right.key][-SESSIONS:] or [int(world.state.close_tick[right.index])]
    return sum(ticks) * right.instrument.tick_fen // len(ticks)


def offers(world: World, right: Right, band: tuple[int, int]) -> tuple[Orders, Entries]:
    """The government's orders of the day, and what must be issued or paid in so that they are covered.

    A price outside the day's band is entered at its edge where that is no worse for the government, else not at all.
    """
    does = intervention(world, right)
    nothing = np.zeros(0, np.int64)
    if does is None:
        return Orders(owner=nothing, side=nothing.astype(np.uint8), tick=nothing, lots=nothing), together()
    size, account, accounts = right.instrument.tick_fen, right.government, world.ledger.accounts
    sell, buy = max(does.sell_fen_per_lot // size, band[0]), min(-(-does.buy_fen_per_lot // size), band[1])
    lots = np.array([does.sell_lots if sell <= band[1] else 0, does.buy_lots if buy >= band[0] else 0], dtype=np.int64)
    orders = Orders(owner=np.full(2, account), side=np.array([SELL, BUY], dtype=np.uint8), tick=np.array([sell, buy]), lots=lots)
    held = int(world.ledger.balance[right.asset, account, AVAILABLE])
    cost = lots * max(buy, 0) * size
    cost = cost + scale(cost, right.market.fee)
    money = int(world.ledger.balance[MONEY, account, AVAILABLE])
    paid_in = together(
        entries("issue", right.asset, accounts.index("issuer"), account, max(int(lots[0]) * right.instrument.lot_base - held, 0)),
        entries("transfer", MONEY, accounts.index("treasury"), account, max(int(cost[1]) - money, 0)),
    )
    sent = lots > 0
    return replace(orders, owner=orders.owner[sent], side=orders.side[sent], tick=orders.tick[sent], lots=orders.lots[sent]), paid_in


def first(leading: Orders, others: Orders) -> Orders:
    """Two sets of orders as one, the first ahead in time."""
    pairs = {name: np.concatenate([getattr(leading, name), getattr(others, name)]) for name in ("owner", "side", "tick", "lots")}
    return Orders(**pairs)


def note(world: World, right: Right, trades: Trades) -> None:
    """Keep what the government sold and bought in a session: readings (what, right, fen, base units)."""
    for what, side in (("released", trades.seller), ("bought back", trades.buyer)):
        own = side == right.government
        if own.any():
            lots = trades.lots[own]
            fen = int((lots * trades.tick[own]).sum()) * right.instrument.tick_fen
            if what == "released":
                paid_in(world, trades.buyer[own], lots * trades.tick[own] * right.instrument.tick_fen)
            world.state.readings.append((what, right.key, fen, int(lots.sum()) * right.instrument.lot_base))


def paid_in(world: World, accounts: np.ndarray, fen: np.ndarray) -> None:
    """Keep what firms paid the government for rights, in auctions and out of the reserve."""
    firms = len(world.setting.firms.id)
    column = world.state.spent_fen.setdefault("to government", np.zeros(firms, dtype=np.int64))
    np.add.at(column, accounts[accounts < firms], fen[accounts < firms])


def traded(world: World, right: Right, what: str) -> tuple[int, int]:
    """Base units and fen of what the government `released` or `bought back` in the sessions of a right."""
    rows = [row for row in world.state.readings if row[:2] == (what, right.key)]
    return sum(row[3] for row in rows), sum(row[2] for row in rows)


def withheld_lots(world: World, right: Right) -> int:
    """Lots the rule keeps out of the auction at today's mean price."""
    does = intervention(world, right)
    return 0 if does is None else does.withhold_lots
