"""The money of a month of power: contracts, planned supply, deviations or the spot market, retailers and lines.

Without a spot market what was metered against contracts is settled with the imbalance pool, and the grid company buys and sells the rest at planned
tariffs. With one, everything beyond contracts is settled at the hour's price through the venue; the prices' shape over the month is
shared by users in proportion to what they used. Every payment is one transfer, so a month nets to zero to the fen.
"""

from dataclasses import dataclass

import numpy as np

from marketsim.domain.orders import BUY, SELL
from marketsim.domain.sharing import share_out
from marketsim.markets import contracts as deals
from marketsim.markets import deviation
from marketsim.markets.deviation import Payments, all_payments, fen_of, payments
from marketsim.markets.two_settlement import settle_spot
from marketsim.policy.exact import multiply_divide
from marketsim.simulation.power.year import MILLION, Made, PowerYear, tick_of
from marketsim.simulation.world import World


@dataclass(frozen=True, kw_only=True)
class Month:
    """What a month is settled on: `signed` contracts, what was `made`, `generation` (units,), `use` (firms,), `small` kWh of small users,
    `in_market` (buyers,) kWh of use in the market, and the mean contract price `reference`."""  # fmt: skip

    signed: deals.Contracts
    made: Made
    generation: np.ndarray
    use: np.ndarray
    small: int
    in_market: np.ndarray
    reference: int


def month_of(world: World, signed: deals.Contracts, made: Made, use: np.ndarray, small: int) -> Month:
    """The figures of a month together."""
    year = world.setting.power
    lots = int(signed.lots.sum())
    reference = int(signed.fen.sum()) // (lots * deals.FEN_PER_LOT_TICK) if lots else year.tariff_tick
    return Month(signed=signed, made=made, generation=made.generation_kwh.sum(axis=1), use=use, small=small,
                 in_market=use[year.buyer] * year.market_ppm // MILLION, reference=reference)  # fmt: skip


def settle(world: World, month: Month, rows: np.ndarray) -> Payments:
    """All payments of a month between users, generators, retailers, the grid company, the pool, the venue and the lines."""
    year = world.setting.power
    tariff = _planned_tick(world, rows)
    planned = month.use.copy()
    planned[year.buyer] -= month.in_market
    buyer = _contract_account(year)
    done = all_payments(
        payments(buyer[month.signed.buyer], year.unit_account[month.signed.seller], month.signed.fen, deviation.CONTRACT),
        payments(np.arange(len(month.use)), year.grid_account, fen_of(planned, np.full(len(month.use), tariff)), deviation.PLANNED),
        payments(year.small_account, year.grid_account, fen_of(np.array([month.small]), np.array([tariff])), deviation.PLANNED),
        _spot(world, month, rows) if world.setting.question.power.spot is not None else _without_spot(year, month),
    )
    if month.made.arrived_kwh is not None:
        done = all_payments(done, _lines(world, month.made))
    return all_payments(done, _retail(world, month, done)) if year.extras.retail is not None else done


def _planned_tick(world: World, rows: np.ndarray) -> int:
    """Planned tariff of the month: with tariffs by hour, their mean over the month's load."""
    year, by_hour = world.setting.power, world.setting.question.power.time_of_use
    if by_hour is None:
        return year.tariff_tick
    hour, load = year.hours.hour[rows], year.load_kwh[rows]
    factor = np.full(len(rows), MILLION)
    factor[np.isin(hour, by_hour.peak)] += int(by_hour.up * MILLION)
    factor[np.isin(hour, by_hour.valley)] -= int(by_hour.down * MILLION)
    factor[np.isin(hour, by_hour.critical)] = int((1 + by_hour.up) * (1 + by_hour.critical_up) * MILLION)
    mean_ppm = int((load // 1000 * factor).sum()) // max(int((load // 1000).sum()), 1)
    return year.tariff_tick * mean_ppm // MILLION


def _contract_account(year: PowerYear) -> np.ndarray:
    """Who answers for each buyer's contracts: itself or its retailer; (buyers,)."""
    if year.extras.retail is None:
        return year.buyer
    return np.where(year.extras.retail, year.extras.account["retailer"], year.buyer)


def _without_spot(year: PowerYear, month: Month) -> Payments:
    signed = month.signed
    bought, sold = (deals.held_kwh(signed, side, n) for side, n in ((BUY, len(year.buyer)), (SELL, len(month.generation))))
    tariff = np.full(len(year.buyer), year.tariff_tick)
    own = np.minimum(deals.mean_price(signed, BUY, len(year.buyer), tariff), tariff)
    delivered = np.minimum(month.generation, sold)
    rules = deviation.DeviationRules(band_ppm=year.band_ppm, penalty_ppm=year.penalty_ppm, reference_tick=month.reference, pool=year.pool_account)
    account, bought, in_market, own = _together(year, (bought, month.in_market, own))
    positions = deviation.Positions(
        account=np.concatenate([account, year.unit_account]),
        side=np.repeat(np.array([BUY, SELL]), [len(account), len(month.generation)]),
        contracted_kwh=np.concatenate([bought, sold]), metered_kwh=np.concatenate([in_market, delivered]),
        over_tick=np.concatenate([np.full(len(account), year.tariff_tick), year.fleet.tariff_tick]),
        under_tick=np.concatenate([own, year.fleet.tariff_tick]),
        exempt=np.concatenate([np.zeros(len(account), np.int64), year.fleet.exempt]),
    )
    return all_payments(
        payments(year.grid_account, year.unit_account, fen_of(month.generation - delivered, year.fleet.tariff_tick), deviation.PLANNED),
        deviation.settle_deviations(positions, rules),
    )


def _together(year: PowerYear, columns: tuple[np.ndarray, np.ndarray, np.ndarray]) -> tuple[np.ndarray, ...]:
    """Accounts, contracted and metered kWh and price of the buyers; those of a retailer as one position, so that their deviations net."""
    bought, metered, own = columns
    retail = year.extras.retail
    if retail is None:
        return year.buyer, bought, metered, own
    whole = [np.append(column[~retail], column[retail].sum()) for column in (bought, metered)]
    lots = np.maximum(bought[retail] // deals.KWH_PER_LOT, 0)
    mean = int((lots * own[retail]).sum()) // max(int(lots.sum()), 1) if lots.any() else year.tariff_tick
    return np.append(year.buyer[~retail], year.extras.account["retailer"]), *whole, np.append(own[~retail], mean)


def _spot(world: World, month: Month, rows: np.ndarray) -> Payments:
    """Everything beyond contracts at the hour's price: generators by hour, users by their share of the month, the grid company for the rest."""
    year, made = world.setting.power, month.made
    venue, price = year.extras.account["spot-venue"], made.price_tick
    ahead_price = price if made.ahead_tick is None else made.ahead_tick
    ahead_kwh = made.generation_kwh if made.ahead_kwh is None else made.ahead_kwh
    curve = deals.contract_curve(deals.contracted(month.signed, SELL, len(year.fleet)), year.load_kwh, year.hours)[:, rows]
    served = made.generation_kwh.sum(axis=0) + _net(made)
    expected = ahead_kwh.sum(axis=0) + _net(made)
    users, foreseen = _in_market(month, served), _in_market(month, expected)
    batches = [
        _by_hour(year.unit_account, (ahead_kwh - curve, made.generation_kwh - curve), (ahead_price, price), venue),
        _by_hour(np.array([year.grid_account]), (-(expected - foreseen)[None], -(served - users)[None]), (ahead_price, price), venue),
    ]  # fmt: skip
    contracted = curve.sum(axis=0)
    bill = -int(deviation.balance(_by_hour(np.array([0]), ((contracted - foreseen)[None], (contracted - users)[None]), (ahead_price, price), 1), 2)[0])
    batches.append(_users_bill(year, month, bill, _mean_tick(users, price)))
    done = deviation.gathered(all_payments(*batches), len(world.ledger.accounts))
    paid_in = _venue_rest(world, done, venue, made)
    return all_payments(done, paid_in)


def _in_market(month: Month, kwh: np.ndarray) -> np.ndarray:
    """The part of each hour's kWh (hours,) that users in the market take: their share of the month's use."""
    metered = max(int(month.use.sum()) + month.small, 1)
    return multiply_divide(kwh, np.full(len(kwh), int(month.in_market.sum())), np.full(len(kwh), metered))


def _net(made: Made) -> np.ndarray:
    """What lines and storage added to the month's hours, (hours,) kWh."""
    lines = 0 if made.arrived_kwh is None else made.arrived_kwh - made.sent_kwh
    return lines + (0 if made.taken_kwh is None else made.given_kwh - made.taken_kwh) + np.zeros(len(made.price_tick), np.int64)


def _by_hour(account: np.ndarray, kwh: tuple[np.ndarray, np.ndarray], price: tuple[np.ndarray, np.ndarray], venue: int) -> Payments:
    """Two settlements of rows (accounts, hours) against the venue."""
    hours = kwh[0].shape[1]
    return settle_spot(np.repeat(account, hours), kwh[0].ravel(), kwh[1].ravel(), tuple(np.tile(one, len(account)) for one in price), venue)


def _mean_tick(kwh: np.ndarray, price: np.ndarray) -> int:
    weight = kwh // 1000
    return int((weight * price).sum()) // max(int(weight.sum()), 1)


def _users_bill(year: PowerYear, month: Month, bill: int, mean_tick: int) -> Payments:
    """Each user pays its own difference at the month's mean price; what the hours cost beyond is shared by use, to the fen."""
    venue = year.extras.account["spot-venue"]
    bought = deals.held_kwh(month.signed, BUY, len(year.buyer))
    own = fen_of(month.in_market - bought, np.full(len(bought), mean_tick))
    rest = bill - int(own.sum())
    shape = np.sign(rest) * share_out(np.array([abs(rest)]), np.maximum(month.in_market, 1)[:, None])[:, 0]
    account = _contract_account(year)
    return payments(account, venue, own + shape, deviation.SPOT)


def _venue_rest(world: World, done: Payments, venue: int, made: Made) -> Payments:
    """Storage and lines are settled with the venue too; what is left of rounding goes to the grid company."""
    year = world.setting.power
    batches = []
    if made.taken_kwh is not None:
        owner = year.extras.account["storage-owner"]
        batches.append(payments(venue, owner, np.array([int(fen_of(made.given_kwh - made.taken_kwh, made.price_tick).sum())]), deviation.SPOT))
    if made.arrived_kwh is not None:  # the lines are paid by the grid company, who gets their part of the venue's money
        batches.append(payments(venue, year.grid_account, np.array([int(fen_of(made.arrived_kwh - made.sent_kwh, made.price_tick).sum())]), deviation.SPOT))
    settled = all_payments(done, *batches)
    left = int(deviation.balance(settled, len(world.ledger.accounts))[venue])
    return all_payments(*batches, payments(venue, year.grid_account, np.array([left]), deviation.SPOT))


def _lines(world: World, made: Made) -> Payments:
    """What came over the lines is paid at the zone's price: congestion rent to its account, fees to the grid company, the rest outside."""
    year, account = world.setting.power, world.setting.power.extras.account
    whole = int(fen_of(made.arrived_kwh - made.sent_kwh, made.price_tick).sum())
    outside = world.ledger.accounts.index("outside")
    return payments(year.grid_account, np.array([account["congestion-rent"], outside]),
                    np.array([made.rent_fen, whole - made.rent_fen - made.fee_fen]), deviation.LINE)  # fmt: skip


def _retail(world: World, month: Month, done: Payments) -> Payments:
    """Users of retailers pay the mean price of the retailer's contracts and its fee; margin beyond the limit goes back to them by use."""
    year, chosen = world.setting.power, world.setting.question.power.retail
    retail, retailer = year.extras.retail, year.extras.account["retailer"]
    users, used = year.buyer[retail], month.in_market[retail]
    price = np.full(len(users), month.reference + tick_of(chosen.fee))
    paid = payments(users, retailer, fen_of(used, price), deviation.RETAIL)
    if chosen.most is None:
        return paid
    margin = int(deviation.balance(all_payments(done, paid), len(world.ledger.accounts))[retailer])
    back = max(margin - int(fen_of(np.array([used.sum()]), np.array([tick_of(chosen.most)]))[0]), 0)
    return all_payments(paid, payments(retailer, users, share_out(np.array([back]), np.maximum(used, 1)[:, None])[:, 0], deviation.RETAIL))
