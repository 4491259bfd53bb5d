"""The year of delivery: contracts are signed, every month is dispatched and metered, and deviations are settled.

Contracts carry a fixed share of the larger users' demand; the rest is bought and sold at planned tariffs through the grid
company. What is generated is what is used, to the kWh, and every month's payments net to zero to the fen.
"""

from fractions import Fraction

import numpy as np

from marketsim.agents.bidding import cost_with_rights
from marketsim.domain.fleet import available, must_run
from marketsim.domain.ledger import MONEY, Entries, entries, together
from marketsim.domain.orders import BUY, SELL, Orders
from marketsim.markets import contracts as deals
from marketsim.markets import deviation
from marketsim.markets.merit_order import Offers, dispatch_merit_order
from marketsim.policy.exact import scale
from marketsim.simulation.power_year import PowerYear, load_until
from marketsim.simulation.world import World

MILLION = 1_000_000
SPREAD = 0.01
"""Half-width of the prices asked for monthly contracts around the first price, as a share."""


def sign_annual(world: World) -> None:
    """Bilateral deals for the year, over the monthly curve of demand."""
    year, power = world.setting.power, world.setting.question.power
    monthly = _month_shares(year)
    wanted = scale(year.planned_kwh, Fraction(year.market_ppm, MILLION) * power.annual_share)
    sells = (year.fleet.rank == 2) & (year.fleet.cost_tick <= year.terms.high_tick)  # nobody signs below cost
    supply = np.where(sells, available(year.fleet, year.hours).sum(axis=1), 0)
    high = np.full(len(year.buyer), year.terms.high_tick)
    ask = np.maximum(year.fleet.cost_tick, year.terms.low_tick)
    use = wanted[:, None] * monthly[None, :] // MILLION
    world.state.contracts = deals.annual_contracts(use, supply, high, ask, year.terms)


def sign_monthly(world: World, month: int) -> None:
    """The month's central auction: users and generators bid around the first price, inside the band."""
    year, power, luck = world.setting.power, world.setting.question.power, world.setting.luck
    share = int(_month_shares(year)[month])
    lots = scale(year.planned_kwh, Fraction(year.market_ppm, MILLION) * (1 - power.annual_share)) * share // (MILLION * deals.KWH_PER_LOT)
    buyers, sellers = np.flatnonzero(lots), np.flatnonzero((year.fleet.rank == 2) & (year.fleet.cost_tick <= year.terms.high_tick))
    first = float(power.contract_price.value) * 100  # fen per kWh to ticks of 10 fen per MWh
    drawn = [luck.uniform_of("contract bid", month, world.setting.firms.id[year.buyer[buyers]]),
             luck.uniform_of("contract ask", month, sellers)]
    bid, ask = (np.rint(first * (1 + SPREAD * (2 * u - 1))).astype(np.int64) for u in drawn)
    capacity = year.fleet.capacity_kw[sellers]
    offered = int(lots.sum()) * capacity // max(int(capacity.sum()), 1)
    sells = np.flatnonzero(offered)
    orders = Orders(
        owner=np.concatenate([buyers, sellers[sells]]),
        side=np.repeat(np.array([BUY, SELL], np.uint8), [len(buyers), len(sells)]),
        tick=np.concatenate([bid, np.maximum(ask[sells], year.fleet.cost_tick[sellers[sells]])]),
        lots=np.concatenate([lots[buyers], offered[sells]]),
    )
    signed = deals.monthly_contracts(month, orders, year.terms)
    world.state.contracts = deals.together(world.state.contracts, signed)
    price = int(signed.price_tick[0]) if len(signed) else 0
    world.state.readings.append(("contract month", str(month), price, int(signed.kwh.sum())))


def deliver(world: World, month: int) -> Entries:
    """Dispatch the month, meter generators and users, and settle contracts, planned supply and deviations."""
    year = world.setting.power
    rows = np.flatnonzero(year.hours.month == month)
    signed = world.state.contracts
    signed = signed.take(np.flatnonzero(signed.month == month))
    generation, unserved = _dispatch(world, year, rows, signed)
    use = _month_use(world, year, month)
    small = int(generation.sum()) - int(use.sum())
    _record(world, year, month, (generation, unserved, use, small))
    paid = _payments(year, signed, generation, use, small)
    accounts = world.ledger.accounts
    burnt = deviation.fen_of(generation, year.fleet.cost_tick)
    holders = np.arange(len(use))
    return together(
        entries("issue", year.asset, accounts.index("issuer"), year.unit_account, generation),
        entries("transfer", year.asset, year.unit_account, year.grid_account, generation),
        entries("transfer", year.asset, year.grid_account, holders, use),
        entries("use", year.asset, holders, accounts.index("used"), use),
        entries("transfer", year.asset, year.grid_account, year.small_account, small),
        entries("transfer", MONEY, paid.payer, paid.payee, paid.fen),
        entries("transfer", MONEY, year.unit_account, accounts.index("outside"), burnt),
    )


def _month_shares(year: PowerYear) -> np.ndarray:
    """Share of the load in each month, (12,) int64 ppm; at most 10⁶ together."""
    ends = np.array([load_until(year, month) for month in range(12)])
    return np.diff(ends, prepend=0)


def _month_use(world: World, year: PowerYear, month: int) -> np.ndarray:
    """Power used in the month by every firm that is not a residual row; (firms,) kWh."""
    firms = world.setting.firms
    before, after = (load_until(year, m) if m >= 0 else 0 for m in (month - 1, month))
    kwh = np.where(firms.is_kind("residual"), 0, world.setting.power_kwh)
    return kwh * after // MILLION - kwh * before // MILLION


def _dispatch(world: World, year: PowerYear, rows: np.ndarray, signed) -> tuple[np.ndarray, int]:
    """Generation of the month by unit, (units,) kWh, and unserved kWh: contracts first, then the merit order."""
    fleet, hours = year.fleet, year.hours
    can, must = available(fleet, hours)[:, rows], must_run(fleet, hours)[:, rows]
    month_kwh = deals.contracted(signed, SELL, len(fleet))
    curve = deals.contract_curve(month_kwh, year.load_kwh, hours)[:, rows]
    must = np.minimum(np.maximum(must, curve), can)
    offers = Offers(available_kwh=can, must_kwh=must, rank=fleet.rank, cost_tick=_offer_tick(world, year))
    done = dispatch_merit_order(year.load_kwh[rows], offers, year.grid.rule("unserved_value", world.today))
    return done.generation_kwh.sum(axis=1), int(done.unserved_kwh.sum())


def _offer_tick(world: World, year: PowerYear) -> np.ndarray:
    """What each unit offers at: its variable cost and the share of the price of rights that is passed through, (units,) ticks."""
    power, fleet = world.setting.question.power, year.fleet
    priced = [right for right in world.setting.rights if right.key in power.priced_rights]
    fen = np.array([int(world.state.close_tick[right.index]) * right.instrument.tick_fen for right in priced], dtype=np.int64)
    lots = np.array([right.instrument.lot_base for right in priced], dtype=np.int64)
    turned = fleet.meter_per_gwh[[fleet.rights.index(right.key) for right in priced]]
    return cost_with_rights(fleet.cost_tick, fen, turned, lots, int(power.pass_through * MILLION))


def _payments(year: PowerYear, signed, generation: np.ndarray, use: np.ndarray, small: int) -> deviation.Payments:
    """All money of the month between users, generators, the grid company and the imbalance pool."""
    bought, sold = (deals.contracted(signed, side, n).sum(axis=1) for side, n in ((BUY, len(year.buyer)), (SELL, len(generation))))
    tariff = np.full(len(year.buyer), year.tariff_tick)
    own = np.minimum(deals.mean_price(signed, BUY, len(year.buyer), tariff), tariff)
    in_market = use[year.buyer] * year.market_ppm // MILLION
    delivered = np.minimum(generation, sold)
    lots = int(signed.kwh.sum()) // deals.KWH_PER_LOT
    reference = int(signed.fen.sum()) // (lots * deals.FEN_PER_LOT_TICK) if lots else year.tariff_tick
    rules = deviation.DeviationRules(band_ppm=year.band_ppm, penalty_ppm=year.penalty_ppm, reference_tick=reference, pool=year.pool_account)
    positions = deviation.Positions(
        account=np.concatenate([year.buyer, year.unit_account]),
        side=np.repeat(np.array([BUY, SELL]), [len(year.buyer), len(generation)]),
        contracted_kwh=np.concatenate([bought, sold]), metered_kwh=np.concatenate([in_market, delivered]),
        over_tick=np.concatenate([tariff, year.fleet.tariff_tick]), under_tick=np.concatenate([own, year.fleet.tariff_tick]),
        exempt=np.concatenate([np.zeros(len(year.buyer), np.int64), year.fleet.exempt]),
    )
    planned = use.copy()
    planned[year.buyer] -= in_market
    return deviation.all_payments(
        deviation.payments(year.buyer[signed.buyer], year.unit_account[signed.seller], signed.fen, deviation.CONTRACT),
        deviation.payments(np.arange(len(use)), year.grid_account, deviation.fen_of(planned, np.full(len(use), year.tariff_tick)), deviation.PLANNED),
        deviation.payments(year.small_account, year.grid_account, deviation.fen_of(np.array([small]), np.array([year.tariff_tick])), deviation.PLANNED),
        deviation.payments(year.grid_account, year.unit_account, deviation.fen_of(generation - delivered, year.fleet.tariff_tick), deviation.PLANNED),
        deviation.settle_deviations(positions, rules),
    )


def _record(world: World, year: PowerYear, month: int, figures: tuple) -> None:
    generation, unserved, use, small = figures
    for name, kwh in (("generation", int(generation.sum())), ("unserved", unserved), ("metered", int(use.sum())), ("small", small)):
        world.state.readings.append((f"power {name}", str(month), 0, kwh))
    world.state.generation[:, month] = generation
