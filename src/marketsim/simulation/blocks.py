"""Block trades by negotiation: a broker brings together who lacks much and who has much to spare, after the session.

On a day drawn with the scenario's chance, the firms with the largest gaps on either side meet in order of size. A pair deals
halfway between what each expects, if neither would be worse off and the price is within the band of blocks; the lots are the smaller gap.
Source: block agreements (大宗协议) of the pilot exchanges, ±30 % of the last close (domain study §2).
"""

import numpy as np

from marketsim.domain.accounts import AVAILABLE
from marketsim.domain.ledger import MONEY, Entries, entries, together
from marketsim.domain.orders import Trades
from marketsim.policy.exact import scale
from marketsim.simulation.law import sale
from marketsim.simulation.positions import stand
from marketsim.simulation.right import Right
from marketsim.simulation.trade import fees, keep_buyers, with_fee
from marketsim.simulation.world import World


def negotiate(world: World, right: Right, session: int) -> Entries | None:
    """Settle the day's block trades; they show in the volume of the right, not in its price."""
    offer, luck = right.market.blocks, world.setting.luck
    if float(luck.uniform(f"broker/{right.key}", session, 1)[0]) >= float(offer.chance):
        return None
    deals = _deals(world, right)
    if len(deals) == 0:
        return None
    instrument = right.instrument
    paid, base = deals.lots * deals.tick * instrument.tick_fen, deals.lots * instrument.lot_base
    for tick, lots, fen in zip(deals.tick.tolist(), deals.lots.tolist(), paid.tolist(), strict=True):
        world.state.blocks.append((world.state.now, right.key, tick, lots, fen))
    keep_buyers(world, right, deals.buyer)
    return together(
        entries("freeze", MONEY, deals.buyer, deals.buyer, paid),
        entries("freeze", right.asset, deals.seller, deals.seller, base),
        entries("pay", MONEY, deals.buyer, deals.seller, paid),
        entries("deliver", right.asset, deals.seller, deals.buyer, base),
        *fees(world, right, deals, paid), *_commission(world, right, deals, paid),
    )


def _commission(world: World, right: Right, deals: Trades, paid: np.ndarray) -> list[Entries]:
    """What the broker, who is no account of the market, takes from either side."""
    due, outside = scale(paid, right.market.blocks.commission), world.ledger.accounts.index("outside")
    return [entries("transfer", MONEY, side, outside, due) for side in (deals.buyer, deals.seller)]


def _deals(world: World, right: Right) -> Trades:
    """Pairs in order of size; each firm deals once."""
    positions, instrument, row = stand(world, right, counting=True), right.instrument, right.index
    firms = len(positions.gap)
    tradable = np.where(world.setting.strategy[row] >= 0, positions.gap, 0.0) / instrument.units_per_lot
    spare = np.minimum(np.maximum(-tradable, 0.0), world.ledger.balance[right.asset, :firms, AVAILABLE] // instrument.lot_base)
    spare[world.ledger.suspended[right.asset, :firms]] = 0.0
    if (left := sale.room(world, right)) is not None:
        spare = np.minimum(spare, left // instrument.lot_base)
    least = float(right.market.blocks.least.value) / instrument.lot_base
    buyers, sellers = (_largest(amount, least) for amount in (np.maximum(tradable, 0.0), spare))
    pairs = min(len(buyers), len(sellers))
    buyers, sellers = buyers[:pairs], sellers[:pairs]
    expected = world.state.expected_cny[row]
    price = (expected[buyers] + expected[sellers]) / 2
    tick = np.array([instrument.tick(cny) for cny in price.tolist()], dtype=np.int64)
    close, band = int(world.state.close_tick[row]), right.market.blocks.band
    lots = np.floor(np.minimum(tradable[buyers], spare[sellers])).astype(np.int64)
    cost = with_fee(right, lots * tick * instrument.tick_fen)
    commission = right.market.blocks.commission
    cost += cost - lots * tick * instrument.tick_fen + scale(lots * tick * instrument.tick_fen, commission)  # room for a fee rounded up to the next fen
    share = float(commission)
    dealt = (price * (1 + share) <= positions.most_cny[buyers]) & (price * (1 - share) >= positions.least_cny[sellers])
    dealt &= (np.abs(tick - close) <= close * float(band)) & (cost <= world.ledger.balance[MONEY, buyers, AVAILABLE])
    return Trades(buyer=buyers[dealt], seller=sellers[dealt], tick=tick[dealt], lots=lots[dealt])


def _largest(amount: np.ndarray, least: float) -> np.ndarray:
    """Rows of at least `least`, the largest first, equals by row."""
    order = np.argsort(-amount, kind="stable")
    return order[amount[order] >= max(least, 1.0)]
