"""One trading day of one right: firms quote and their orders are covered, the venue matches, trades settle.

Three phases of one hour: `quote` freezes what every order needs, `match` runs the session, `settle` delivers against
payment and releases what is left. What is bought today may be sold from tomorrow.
"""

import numpy as np

from marketsim.agents import DEALERS
from marketsim.agents.expectations import adapt, heed_news, heed_silence
from marketsim.domain.accounts import BOUGHT_TODAY
from marketsim.domain.ledger import MONEY, Entries, entries, moves, together
from marketsim.domain.orders import BUY, SELL, Orders, Trades
from marketsim.markets.continuous import Session, trade_day
from marketsim.policy.exact import scale
from marketsim.policy.stability.price_band import Close
from marketsim.simulation import quoting, search
from marketsim.simulation.law import intervene, linked, sale
from marketsim.simulation.outlook import kept_cny
from marketsim.simulation.law.credit import admitted
from marketsim.simulation.law.favours import admitted_orders
from marketsim.simulation.positions import stand
from marketsim.simulation.right import Right
from marketsim.simulation.world import World


def quote(world: World, right: Right, session: int) -> Entries:
    """Firms that look today send their orders; rights of sellers and money of buyers are frozen."""
    matured = _mature(world, right)
    band = _band(world, right)
    rows = admitted(world, right, quoting.lookers(world, right, session))
    orders = admitted_orders(world, right, quoting.orders(world, right, rows, band, session))
    orders, searched = search.worthwhile(world, right, sale.limited(world, right, orders))
    public, paid_in = intervene.offers(world, right, band)
    orders = intervene.first(public, orders) if len(public) else orders
    for link in of_right(world, right):
        ladder, cover = linked.offers(world, link, band)
        orders, paid_in = intervene.first(ladder, orders), together(paid_in, cover)
    world.state.waiting[right.key] = (orders, band)
    buys = orders.side == BUY
    worth = with_fee(right, orders.lots * orders.tick * right.instrument.tick_fen)
    buyers, sellers = orders.owner[buys], orders.owner[~buys]
    return together(matured, searched, paid_in, moves(
        ("freeze", MONEY, buyers, buyers, worth[buys]),
        ("freeze", right.asset, sellers, sellers, orders.lots[~buys] * right.instrument.lot_base),
    ))  # fmt: skip


def match(world: World, right: Right) -> None:
    """The venue opens with a call auction and goes on continuously; nothing changes hands yet."""
    orders, band = world.state.waiting[right.key]
    in_call = round(float(right.market.call_share) * len(orders))
    result = trade_day(orders, band[0], band[1], int(world.state.close_tick[right.index]), in_call)
    world.state.waiting[right.key] = (orders, result)


def settle(world: World, right: Right) -> Entries:
    """Rights one way, money the other; then the evening's news: a new close, and expectations that learn from it."""
    orders, session = world.state.waiting.pop(right.key)
    firms = orders.owner < len(world.setting.firms.id)
    _remember(world, right, orders, session)
    quoting.remember(world, right, orders.take(firms), session.filled_lots[firms])
    intervene.note(world, right, session.trades)
    for link in of_right(world, right):
        linked.note(world, link, session.trades)
    trades, instrument = session.trades, right.instrument
    paid = trades.lots * trades.tick * instrument.tick_fen
    buys = orders.side == BUY
    frozen = np.where(buys, with_fee(right, orders.lots * orders.tick * instrument.tick_fen), orders.lots * instrument.lot_base)
    spent = np.zeros(len(orders), dtype=np.int64)
    np.add.at(spent, session.buy, paid)
    np.add.at(spent, session.sell, trades.lots * instrument.lot_base)
    left = frozen - spent
    if of_right(world, right):
        left = _in_one(orders, left)
    keep_buyers(world, right, trades.buyer)
    buyers, sellers = orders.owner[buys], orders.owner[~buys]
    return together(moves(
        ("pay", MONEY, trades.buyer, trades.seller, paid),
        ("deliver", right.asset, trades.seller, trades.buyer, trades.lots * instrument.lot_base),
        ("release", MONEY, buyers, buyers, left[buys]),
        ("release", right.asset, sellers, sellers, left[~buys]),
    ), *fees(world, right, trades, paid))  # fmt: skip


def _in_one(orders: Orders, left: np.ndarray) -> np.ndarray:
    """What is left of a partner's ladder of orders on one side, all at its first order; (orders,)."""
    _, first, ladder = np.unique(2 * orders.owner + orders.side, return_index=True, return_inverse=True)
    whole = np.zeros(len(left), dtype=np.int64)
    np.add.at(whole, first[ladder], left)
    return whole


def keep_buyers(world: World, right: Right, buyer: np.ndarray) -> None:
    """Remember whose purchases of today may be sold from tomorrow."""
    bought = world.state.bought
    bought[right.key] = np.union1d(bought[right.key], buyer) if right.key in bought else np.unique(buyer)


def of_right(world: World, right: Right) -> list[linked.Linked]:
    """Links to markets elsewhere that a right has."""
    return [link for link in world.setting.links if link.right.index == right.index]


def with_fee(right: Right, fen: np.ndarray) -> np.ndarray:
    """Amounts in fen with the venue's fee on top."""
    return fen + scale(fen, right.market.fee) if right.market.fee else fen


def fees(world: World, right: Right, trades: Trades, paid: np.ndarray) -> list[Entries]:
    """Both sides' fees of the trades; a buyer's was frozen with the price and is released with the rest."""
    if not right.market.fee:
        return []
    due, treasury = scale(paid, right.market.fee), world.ledger.accounts.index("treasury")
    return [entries("transfer", MONEY, side, treasury, due) for side in (trades.buyer, trades.seller)]


def _mature(world: World, right: Right) -> Entries:
    holders = world.state.bought.pop(right.key, np.zeros(0, dtype=np.int64))
    return entries("mature", right.asset, holders, holders, world.ledger.balance[right.asset, holders, BOUGHT_TODAY])


def _band(world: World, right: Right) -> tuple[int, int]:
    close = Close(tick=int(world.state.close_tick[right.index]), tick_fen_per_lot=right.instrument.tick_fen)
    return right.band.apply(close)


def _remember(world: World, right: Right, orders: Orders, session: Session) -> None:
    state, instrument, behaviour = world.state, right.instrument, world.setting.question.firms
    quiet = len(session.trades) == 0 and right.market.quiet_close == "quotes"
    close = _quoted_close(orders, session.close_tick) if quiet else session.close_tick
    state.close_tick[right.index] = close
    firms = orders.owner < len(world.setting.firms.id)  # what the government offers in vain is not a lack
    orders, filled_lots = orders.take(firms), session.filled_lots[firms]
    open_share = 1.0 - filled_lots / np.maximum(orders.lots, 1)
    expected = state.expected_cny[right.index]
    expected[orders.owner] = np.minimum(
        adapt(expected[orders.owner], instrument.price_cny(close), orders.side, open_share,
              float(behaviour.expectation_weight), float(behaviour.urgency)),
        right.ceiling_cny,
    )
    needed, weight = _needed(world, right, orders), float(behaviour.news_weight)
    imbalance = _imbalance(world, right, orders, filled_lots, needed)
    told = heed_news(expected, imbalance, weight) if needed.any() else heed_silence(expected, instrument.price_cny(close), weight)
    kept = kept_cny(world, right, np.arange(len(told)))
    if kept is not None:  # below the worth of a kept right everybody buys: the price is expected to come up to it, and not to fall below it
        told = np.where(instrument.price_cny(close) < kept, kept, np.maximum(told, kept))
    state.expected_cny[right.index] = np.minimum(told, right.ceiling_cny)
    lots = session.trades.lots
    turnover = int((lots * session.trades.tick).sum()) * instrument.tick_fen
    state.days.append((state.now, right.key, close, int(lots.sum()), turnover, len(orders)))


def _imbalance(world: World, right: Right, orders: Orders, filled_lots: np.ndarray, needed: np.ndarray) -> float:
    """Lots bid for in vain less lots offered in vain, over all lots sent, of the last days: large firms do not look every day.

    Orders without a need are no news, and what they were served of others' counts as if it had stayed open.
    """
    wanted = np.where(needed, orders.lots - filled_lots, -filled_lots) * np.where(orders.side == BUY, 1, -1)
    book = world.state.order_flow[right.index]
    book[:] = quoting.MEMORY * book + (int(wanted.sum()), int(orders.lots[needed].sum()))
    return float(book[0] / max(book[1], 1.0))


def _needed(world: World, right: Right, orders: Orders) -> np.ndarray:
    """Orders that serve a need: of firms the right covers, but for bids of dealers that lack nothing. Shape (orders,)."""
    setting = world.setting
    dealers = [setting.strategies.index(name) for name in DEALERS if name in setting.strategies]
    needed = setting.firms.covered[right.index, orders.owner]
    if dealers:
        bids = np.flatnonzero(needed & (orders.side == BUY) & np.isin(setting.strategy[right.index, orders.owner], dealers))
        needed[bids] = stand(world, right, orders.owner[bids], counting=True).gap > 0
    return needed


def _quoted_close(orders: Orders, last: int) -> int:
    """Reference price of a day without a trade: the best one-sided quote beyond the last price, else the last price.

    Carrying the last price over a day on which everybody offers below it would freeze the market at its first price.
    """
    bids, asks = orders.tick[orders.side == BUY], orders.tick[orders.side == SELL]
    if len(bids) and bids.max() > last:
        return int(bids.max())
    if len(asks) and asks.min() < last:
        return int(asks.min())
    return last
