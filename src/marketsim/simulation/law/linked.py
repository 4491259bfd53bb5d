"""A market elsewhere that ours is linked to: it sells and buys here along its own marginal cost, within what the link allows.

    price there = price alone + sold / response,   of a unit here = that / ratio, plus the fee for what is sold, less it for what is bought

The partner's units are recognised in our registry as they are sold (issued here, saved there); what it buys is used there. Its offers
stand at the head of the day's book on a ladder of prices within the day's band; a quota bounds what may come and what may go in the year.
Source: Burtraw et al. (2013), Linking by Degrees; gains of the parties: Doda, Quemin and Taschini (2019).
"""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from marketsim.domain.accounts import AVAILABLE
from marketsim.domain.ledger import MONEY, Entries, entries, together
from marketsim.domain.orders import BUY, SELL, Orders
from marketsim.planner.least_cost import Supply
from marketsim.policy.links.link import Pair
from marketsim.simulation.right import Law, Right
from marketsim.simulation.world import World

RUNGS = 12
"""Prices on the ladder of a day, on either side."""
STEPS = 40
"""The partner's straight line as the planner sees it: so many equal steps at their middle price."""
BIG = 10**12
"""Lots no market ever sees: a link without a quota."""


@dataclass(frozen=True, kw_only=True)
class Linked:
    """One link: its right, account, the partner's `alone_tick` and `lots_per_tick`, and the ways it opens in lots a year (0: closed).

    `ratio` is what a unit of the partner counts here, `fee_tick` the fee of a lot in ticks.
    """

    key: str
    right: Right
    account: int
    alone_tick: Fraction
    lots_per_tick: Fraction
    ratio: Fraction
    fee_tick: Fraction
    most_in: int
    most_out: int


def link(key: str, right: Right, account: int, chosen, law: Law) -> Linked:
    """The link a scenario describes, its amounts in lots and ticks of the right."""
    instrument = right.instrument
    lot = instrument.lot_base
    own = int(right.market.cap.value) // lot if right.market.cap is not None else BIG
    ways = law.apply(Pair(source=0, target=1, source_cap_lots=int(chosen.cap.value) // lot, target_cap_lots=own))
    most = {way.source: BIG if way.quota_lots is None else way.quota_lots for way in ways}
    coming = next((way for way in ways if way.source == 0), None)
    return Linked(
        key=key, right=right, account=account, alone_tick=chosen.price.value * lot / instrument.tick_fen,
        # one CNY a trading unit is so many ticks
        lots_per_tick=Fraction(chosen.response.value) / lot * instrument.tick_fen / (100 * instrument.units_per_lot),
        ratio=Fraction(1) if coming is None else coming.ratio, fee_tick=Fraction(coming.fee_fen_per_lot if coming else 0, instrument.tick_fen),
        most_in=most.get(0, 0), most_out=most.get(1, 0))


def net_lots(world: World, one: Linked) -> int:
    """Lots of ours the partner has sold here, less those it has bought, this year."""
    return int(world.state.law.get(f"link/{one.key}", np.zeros(2, dtype=np.int64))[0])


def price_tick(one: Linked, sold: int) -> Fraction:
    """What a lot here is worth to the partner after `sold` lots of ours, without the fee; ticks."""
    return max(one.alone_tick + Fraction(sold) / one.ratio / one.lots_per_tick, Fraction(0)) / one.ratio


def offers(world: World, one: Linked, band: tuple[int, int]) -> tuple[Orders, Entries]:
    """The partner's ladder of the day and what covers it: units recognised as they are offered, money from outside."""
    low, high = band
    sold, width = net_lots(world, one), max((high - low) // RUNGS, 1)
    rows = []
    for tick in range(low, high + 1, width):
        for side, sign in ((SELL, 1), (BUY, -1)):
            reach = _reach(one, tick - sign * one.fee_tick)
            limit = min(reach - sold, one.most_in - sold) if side == SELL else min(sold - reach, one.most_out + sold)
            rows.append((side, tick, limit))
    orders = _ladder(one, rows)
    sells = orders.side == SELL
    ledger, lot = world.ledger, one.right.instrument.lot_base
    held, money = int(ledger.balance[one.right.asset, one.account, AVAILABLE]), int(ledger.balance[MONEY, one.account, AVAILABLE])
    worth = int((orders.lots * orders.tick)[~sells].sum()) * one.right.instrument.tick_fen
    worth += -(-worth * one.right.market.fee.numerator // one.right.market.fee.denominator) + len(orders)
    return orders, together(
        entries("issue", one.right.asset, ledger.accounts.index("issuer"), one.account, max(int(orders.lots[sells].sum()) * lot - held, 0)),
        entries("transfer", MONEY, ledger.accounts.index("outside"), one.account, max(worth - money, 0) if (~sells).any() else 0),
    )


def _reach(one: Linked, tick: Fraction) -> int:
    """Lots of ours the partner wants to have sold in all when a lot fetches `tick`."""
    return int((tick * one.ratio - one.alone_tick) * one.lots_per_tick * one.ratio)


def _ladder(one: Linked, rows: list[tuple[int, int, int]]) -> Orders:
    """Orders out of cumulative lots by price: each rung adds what the one before it did not offer."""
    found = []
    for side in (SELL, BUY):
        rungs = [(tick, most) for kind, tick, most in rows if kind == side]
        offered = 0
        for tick, most in rungs if side == SELL else rungs[::-1]:
            if most > offered:
                found.append((side, tick, most - offered))
                offered = most
    table = np.array(found, dtype=np.int64).reshape(-1, 3)
    return Orders(owner=np.full(len(table), one.account), side=table[:, 0].astype(np.uint8), tick=table[:, 1], lots=table[:, 2])


def note(world: World, one: Linked, trades) -> None:
    """Keep what the partner has sold net and what it was paid for it: `law["link/KEY"]` is (lots, fen)."""
    mine = np.where(trades.seller == one.account, 1, 0) - np.where(trades.buyer == one.account, 1, 0)
    so_far = world.state.law.setdefault(f"link/{one.key}", np.zeros(2, dtype=np.int64))
    so_far[0] += int((mine * trades.lots).sum())
    so_far[1] += int((mine * trades.lots * trades.tick).sum()) * one.right.instrument.tick_fen


def close(world: World, one: Linked) -> Entries:
    """After the surrender: what was offered in vain was never recognised, what was bought is used there; money goes home."""
    ledger, accounts = world.ledger, world.ledger.accounts
    bought = max(-net_lots(world, one), 0) * one.right.instrument.lot_base
    matured = int(ledger.balance[one.right.asset, one.account, 2])
    held = int(ledger.balance[one.right.asset, one.account, AVAILABLE]) + matured
    return together(
        entries("mature", one.right.asset, one.account, one.account, matured),
        entries("cancel", one.right.asset, one.account, accounts.index("cancelled"), min(bought, held)),
        entries("take_back", one.right.asset, one.account, accounts.index("issuer"), max(held - bought, 0)),
        entries("transfer", MONEY, one.account, accounts.index("outside"), ledger.balance[MONEY, one.account, AVAILABLE]),
    )


def partner_gain_cny(one: Linked, lots: int, fen: int) -> float:
    """What the partner earned here less what saving it costs there: fen − ∫ marginal cost, exact for a straight line."""
    there = Fraction(lots) / one.ratio
    cost_ticks = one.alone_tick * there + there * there / (2 * one.lots_per_tick)
    return float((fen - cost_ticks * one.right.instrument.tick_fen) / 100)


def resource_cost_cny(world: World, one: Linked) -> float:
    """What the partner's net sales of the year cost it to save, less than zero where it bought; CNY."""
    lots, fen = (int(number) for number in world.state.law.get(f"link/{one.key}", np.zeros(2)))
    return fen / 100 - partner_gain_cny(one, lots, fen)


def demand(one: Linked) -> list[tuple[float, float]]:
    """What the partner may take of ours, as steps (units, CNY a unit), the dearest first; empty where nothing may go."""
    size = one.right.instrument
    most = min(one.most_out, -_reach(one, one.fee_tick))
    if most <= 0:
        return []
    tick = [float(price_tick(one, -int(most * (2 * step + 1) / (2 * STEPS))) - one.fee_tick) for step in range(STEPS)]
    return [(most / STEPS * size.units_per_lot, size.price_cny(max(one_tick, 0.0))) for one_tick in tick]


def supply(one: Linked, top_cny: float) -> list[Supply]:
    """What the perfect market may bring in through the link, as steps of cost up to a price; empty where nothing may come."""
    right, size = one.right, one.right.instrument
    most = min(one.most_in, max(_reach(one, Fraction(size.tick(top_cny)) - one.fee_tick), 0))
    if most <= 0:
        return []
    price = [float(price_tick(one, 0) + (price_tick(one, most) - price_tick(one, 0)) * (2 * step + 1) / (2 * STEPS) + one.fee_tick) for step in range(STEPS)]
    return [Supply(right=right.index, quantity=most / STEPS * size.units_per_lot, unit_cost=size.price_cny(tick), kind="cost") for tick in price]
