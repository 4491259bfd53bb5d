"""Contracts of the year: annual deals, the month's auction in the form of the scenario, and what is undone or passed on before delivery.

Source: forms as in `markets/contracts.py` and `markets/contract_forms.py`; buy-back (减持) and transfer (转让) Sichuan 2020 (secondary).
"""

from dataclasses import replace
from fractions import Fraction

import numpy as np

from marketsim.domain.fleet import available
from marketsim.domain.journal import on_disk
from marketsim.domain.ledger import MONEY, Entries, entries, together
from marketsim.domain.orders import BUY, SELL, Orders, Trades
from marketsim.markets import contract_forms as forms
from marketsim.markets import contracts as deals
from marketsim.policy.exact import multiply_divide, scale
from marketsim.simulation.power.owners import with_owners
from marketsim.simulation.power.year import MILLION, PowerYear, load_until, month_shares
from marketsim.simulation.world import World

SPREAD = 0.01
"""Half-width of the prices asked for monthly contracts around the first price, as a share."""
MANY = 100_000
"""Contracts of a month that are too many to lie about in memory."""


def sign_annual(world: World) -> None:
    """Bilateral deals for the year, over the monthly curve of demand."""
    year, power = world.setting.power, world.setting.question.power
    wanted = scale(year.planned_kwh, Fraction(year.market_ppm, MILLION) * power.annual_share)
    outside = scale(wanted, power.from_outside)
    sells = (year.fleet.rank == 2) & (year.fleet.cost_tick <= year.terms.high_tick)  # nobody signs below cost
    batches = [_bilateral(year, wanted - outside, sells, np.maximum(year.fleet.cost_tick, year.terms.low_tick))]
    if outside.any():
        landed = forms.landed_tick(np.full(len(year.fleet), year.terms.low_tick), *_line(year))
        batches.append(_bilateral(year, outside, year.fleet.rank == 1, landed))
    world.state.signed = {month: put_by(deals.together(*(batch[month] for batch in batches))) for month in range(12)}


def put_by(signed: deals.Contracts) -> deals.Contracts:
    """Contracts of a month in which nothing is done for now: many of them wait on the disk."""
    return on_disk(signed) if len(signed) > MANY else signed


def _bilateral(year: PowerYear, wanted: np.ndarray, sells: np.ndarray, ask: np.ndarray) -> tuple[deals.Contracts, ...]:
    supply = np.where(sells, available(year.fleet, year.hours).sum(axis=1), 0)
    use = wanted[:, None] * month_shares(year)[None, :] // MILLION
    return deals.annual_contracts(use, supply, np.full(len(year.buyer), year.terms.high_tick), ask, year.terms)


def _line(year: PowerYear) -> tuple[int, int]:
    """Loss and fee of the first line of the city's zone."""
    zone = year.grid.zones.index(year.fleet.zones[int(year.fleet.zone[0])])
    line = int(np.flatnonzero((year.grid.link_from == zone) | (year.grid.link_to == zone))[0])
    return int(year.grid.link_loss_ppm[line]), int(year.grid.link_fee_tick[line])


def over_lines(world: World, signed: deals.Contracts) -> tuple[np.ndarray, np.ndarray, int]:
    """Of contracts from outside, what is delivered by sellers and lost on the way, two (units,) kWh, and the fee per MWh in ticks."""
    year = world.setting.power
    delivered = np.where(year.fleet.rank == 1, deals.held_kwh(signed, SELL, len(year.fleet)), 0)
    if not world.setting.question.power.from_outside:
        return 0 * delivered, 0 * delivered, 0
    loss, fee = _line(year)
    return delivered, forms.sent_kwh(delivered, loss) - delivered, fee


def sign_monthly(world: World, month: int) -> Entries | None:
    """The month's central trade: users and generators bid around the first price, inside the band; then what cannot be used is undone."""
    year, power, luck = world.setting.power, world.setting.question.power, world.setting.luck
    lots = _wanted_lots(world, month)
    buyers, sellers = np.flatnonzero(lots), np.flatnonzero((year.fleet.rank == 2) & (year.fleet.cost_tick <= year.terms.high_tick))
    first = float(power.contract_price.value) * 100  # fen per kWh to ticks of 10 fen per MWh
    drawn = [luck.uniform_of("contract bid", month, world.setting.firms.id[year.buyer[buyers]]),
             luck.uniform_of("contract ask", month, sellers)]
    bid, ask = (np.rint(first * (1 + SPREAD * (2 * u - 1))).astype(np.int64) for u in drawn)
    capacity = year.fleet.capacity_kw[sellers]
    offered = multiply_divide(capacity, lots.sum(), max(int(capacity.sum()), 1))
    sells = np.flatnonzero(offered)
    orders = Orders(
        owner=np.concatenate([buyers, sellers[sells]]),
        side=np.repeat(np.array([BUY, SELL], np.uint8), [len(buyers), len(sells)]),
        tick=np.concatenate([bid, np.maximum(ask[sells], year.fleet.cost_tick[sellers[sells]])]),
        lots=np.concatenate([lots[buyers], offered[sells]]),
    )
    signed = _by_form(power.monthly_form, month, orders, year.terms)
    world.state.signed[month] = deals.together(world.state.signed[month], signed)
    price = int(signed.fen.sum()) // (int(signed.kwh.sum()) // 1000 * 10) if len(signed) else 0
    world.state.readings.append(("contract month", str(month), price, int(signed.kwh.sum())))
    return None if power.adjust == "none" else _adjust(world, month, price or int(first))


def _wanted_lots(world: World, month: int) -> np.ndarray:
    """MWh each buyer wants in the month's trade; who is below the signing floor wants a month's part of what is missing."""
    year, power = world.setting.power, world.setting.question.power
    share = int(month_shares(year)[month])
    in_market = scale(year.planned_kwh, Fraction(year.market_ppm, MILLION))
    wanted = scale(year.planned_kwh, Fraction(year.market_ppm, MILLION) * (1 - power.annual_share)) * share // MILLION
    if power.signing_floor:
        signed = sum(deals.held_kwh(one, BUY, len(year.buyer)) for one in world.state.signed.values())
        missing = forms.signing_shortfall(signed, in_market, int(power.signing_floor * MILLION))
        wanted = np.maximum(wanted, -(-missing // (12 - month)))
    return wanted // deals.KWH_PER_LOT


def _by_form(form: str, month: int, orders: Orders, terms: deals.Terms) -> deals.Contracts:
    """The month's contracts in one of the forms of trade; all keep to the band."""
    if form == "uniform":
        return deals.monthly_contracts(month, orders, terms)
    buys = orders.side == BUY
    tick = np.where(buys, orders.tick, np.maximum(orders.tick, terms.low_tick))
    tick[buys] = terms.highest_bids(orders.owner[buys], tick[buys])
    orders = replace(orders, tick=tick)
    if form == "high-low":
        trades = forms.high_low(orders)
    elif form == "rolling":
        trades = forms.rolling(orders, terms.low_tick, max(int(tick.max(initial=0)), terms.low_tick))
    else:
        trades = _listed(orders, form.removeprefix("listing-"))
    return forms.as_contracts(trades, month, deals.MONTHLY)


def _listed(orders: Orders, allocation: str) -> Trades:
    """Sellers post their offers; from the cheapest on, every buyer who would pay its price asks for all it still wants."""
    posted, takers = orders.take(np.flatnonzero(orders.side == SELL)), orders.take(np.flatnonzero(orders.side == BUY))
    posted, left, done = posted.take(np.argsort(posted.tick, kind="stable")), takers.lots.copy(), []
    for row in range(len(posted)):
        asks = np.flatnonzero((left > 0) & (takers.tick >= posted.tick[row]))
        trades = forms.listing(posted.take(np.array([row])), takers.owner[asks], np.zeros(len(asks), np.int64), left[asks], allocation)
        place = {int(owner): n for n, owner in enumerate(takers.owner)}
        for buyer, lots in zip(trades.buyer.tolist(), trades.lots.tolist(), strict=True):
            left[place[buyer]] -= lots
        done.append(trades)
    names = ("buyer", "seller", "tick", "lots")
    return Trades(**{name: np.concatenate([getattr(trades, name) for trades in done] or [np.zeros(0, np.int64)]) for name in names})


def _adjust(world: World, month: int, price: int) -> Entries:
    """Before the month begins contracts beyond what is foreseen are bought back, or their delivery is passed on, at the month's price."""
    year, state, how = world.setting.power, world.state, world.setting.question.power.adjust
    own = state.signed[month]
    signed = replace(own, buyer=year.buyer[own.buyer], seller=year.unit_account[own.seller])
    moved, batches = 0, []
    side, rows, foreseen = (BUY, year.buyer, month_use(world, month)[year.buyer] * year.market_ppm // MILLION) if how == "buy-back" else (
        SELL, year.unit_account, able_kwh(world, month))  # fmt: skip
    sold = deals.held_kwh(own, side, len(rows))
    room = np.maximum(foreseen - sold, 0) // deals.KWH_PER_LOT
    for row in np.flatnonzero(sold > foreseen).tolist():
        excess = (int(sold[row]) - int(foreseen[row])) // deals.KWH_PER_LOT
        while excess > 0:
            owner = signed.buyer if how == "buy-back" else signed.seller
            held = np.flatnonzero(owner == rows[row])
            largest = int(held[np.argmax(signed.lots[held])])
            lots = min(excess, int(signed.lots[largest]))
            if how == "buy-back":
                signed, paid = forms.buy_back(signed, largest, lots, price)
            else:
                taker = int(np.argmax(np.where(year.fleet.rank == 2, room, 0)))
                lots = min(lots, int(room[taker]))
                if lots == 0:
                    break
                room[taker] -= lots
                signed, paid = forms.transfer(signed, largest, int(rows[taker]), lots, price)
            batches.append(entries("transfer", MONEY, paid.payer, paid.payee, paid.fen))
            excess, moved = excess - lots, moved + lots * deals.KWH_PER_LOT
    state.signed[month] = replace(signed, buyer=np.searchsorted(year.buyer, signed.buyer), seller=np.searchsorted(year.unit_account, signed.seller))
    state.readings.append((f"contract {how}", str(month), price, moved))
    return with_owners(world, together(*batches), month)


def able_kwh(world: World, month: int) -> np.ndarray:
    """What each unit can deliver in a month, outages taken off; (units,) int64 kWh."""
    year = world.setting.power
    can = available(year.fleet, year.hours)
    if year.extras.able_ppm is not None:
        can = can * year.extras.able_ppm // MILLION
    return can[:, year.hours.month == month].sum(axis=1)


def month_use(world: World, month: int) -> np.ndarray:
    """Power used in the month by every firm that is not a residual row; (firms,) kWh."""
    year, firms = world.setting.power, world.setting.firms
    before, after = (load_until(year, m) if m >= 0 else 0 for m in (month - 1, month))
    kwh = np.where(firms.is_kind("residual"), 0, world.setting.power_kwh)
    return kwh * after // MILLION - kwh * before // MILLION
