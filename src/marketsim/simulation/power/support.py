"""Payments beside the market: capacity, mechanism volume, green power with its certificates, starts, lines of contracts from outside.

Capacity: a twelfth of the year's payment a month, levied on all use. Mechanism: (strike − market price) · covered output, both ways, through
the grid company. Green: the environmental value of what was generated, used and contracted; certificates are units of the ledger, one
for each whole MWh a plant made, so that none can be given twice, and those users hold are used up at the end of the year.
Source: 发改价格〔2023〕1501号; 发改价格〔2025〕136号; Tianjin's green power plan 2023; 发改环资〔2024〕113号.
"""

import numpy as np

from marketsim.domain.ledger import MONEY, Entries, entries, together
from marketsim.markets import deviation
from marketsim.markets.contracts import KWH_PER_LOT, pair
from marketsim.markets.deviation import Payments, all_payments, fen_of, payments
from marketsim.markets.green import GreenContracts, certificates_due, deducted, settle_green
from marketsim.markets.support import capacity_levy_fen, difference_fen
from marketsim.policy.exact import scale
from marketsim.simulation.power.contracts import over_lines
from marketsim.simulation.power.money import Month
from marketsim.simulation.power.year import MILLION, month_shares, tick_of
from marketsim.simulation.world import World


def support(world: World, month: Month, number: int) -> Payments:
    """All payments beside the market of month `number` (0–11)."""
    year = world.setting.power
    delivered, _, fee = over_lines(world, month.signed)
    batches = [payments(year.unit_account, year.grid_account, fen_of(np.minimum(delivered, month.generation), np.full(len(delivered), fee)), deviation.LINE)]
    if year.extras.capacity_fen is not None:
        batches.append(_capacity(world, month, number))
    if year.extras.strike_tick is not None:
        batches.append(_mechanism(world, month))
    if world.setting.question.power.green is not None:
        batches.append(_green_value(world, month, number))
    return all_payments(*batches)


def _capacity(world: World, month: Month, number: int) -> Payments:
    """A twelfth of the year's capacity payment, collected from firms and small users by use."""
    year = world.setting.power
    due = year.extras.capacity_fen * (number + 1) // 12 - year.extras.capacity_fen * number // 12
    levied = capacity_levy_fen(due, np.append(month.use, month.small))
    payer = np.append(np.arange(len(month.use)), year.small_account)
    return all_payments(payments(payer, year.grid_account, levied, deviation.CAPACITY), payments(year.grid_account, year.unit_account, due, deviation.CAPACITY))


def _mechanism(world: World, month: Month) -> Payments:
    """The difference between each winner's price and the month's market price on its covered output."""
    year, extras = world.setting.power, world.setting.power.extras
    covered = month.generation * extras.covered_ppm // MILLION
    owed = difference_fen(covered, extras.strike_tick, np.full(len(covered), _market_tick(world, month)))
    return payments(year.grid_account, year.unit_account, owed, deviation.MECHANISM)


def _market_tick(world: World, month: Month) -> int:
    """The month's market price: of the spot market by generation where there is one, else of the contracts."""
    if world.setting.question.power.spot is None:
        return month.reference
    weight = month.made.generation_kwh.sum(axis=0) // KWH_PER_LOT
    return int((weight * month.made.price_tick).sum()) // max(int(weight.sum()), 1)


def green_pairs(world: World, month: Month, number: int) -> tuple[GreenContracts, np.ndarray]:
    """The month's green contracts between plants that must run and larger users, and what of each is settled, (contracts,) kWh."""
    year, chosen = world.setting.power, world.setting.question.power.green
    plants = np.where(year.fleet.rank == 0, year.extras.expected_kwh, 0)
    wanted = scale(year.planned_kwh, chosen.share) * int(month_shares(year)[number]) // MILLION // KWH_PER_LOT
    volume = int(wanted.sum()) if plants.any() else 0
    offered = capacity_levy_fen(np.array([volume]), plants) if volume else 0 * plants
    buyer, plant, lots = pair(wanted if volume else 0 * wanted, offered)
    contracts = GreenContracts(plant=plant, user=buyer, kwh=lots * KWH_PER_LOT, rank=np.zeros(len(lots), np.int64))
    # volume under a mechanism price earns no green revenue beside it (136号)
    free = month.generation if year.extras.covered_ppm is None else month.generation - month.generation * year.extras.covered_ppm // MILLION
    return contracts, settle_green(contracts, np.where(year.fleet.rank == 0, free, 0), month.use[year.buyer])


def _green_value(world: World, month: Month, number: int) -> Payments:
    year, chosen = world.setting.power, world.setting.question.power.green
    contracts, kwh = green_pairs(world, month, number)
    value = payments(year.buyer[contracts.user], year.unit_account[contracts.plant], fen_of(kwh, np.full(len(kwh), tick_of(chosen.value))), deviation.GREEN)
    bought, seller, lots = sold_alone(world, month, number)
    price = int(chosen.certificate_price.value * KWH_PER_LOT)
    return all_payments(value, payments(year.buyer[bought], year.unit_account[seller], lots * price, deviation.GREEN))


def certificates(world: World, month: Month, number: int) -> Entries:
    """Certificates of the month: issued to plants, handed to users with what was delivered or sold alone; in December users use theirs up."""
    year, asset = world.setting.power, world.ledger.asset("certificate")
    accounts, before = world.ledger.accounts, world.state.generation[:, :number].sum(axis=1)
    due = np.where(year.fleet.rank == 0, certificates_due(before, month.generation), 0)
    plant, user, lots = handed_over(world, month, number)
    bought, seller, alone = sold_alone(world, month, number)
    batches = [entries("issue", asset, accounts.index("issuer"), year.unit_account, due),
               entries("transfer", asset, year.unit_account[plant], year.buyer[user], lots),
               entries("transfer", asset, year.unit_account[seller], year.buyer[bought], alone)]  # fmt: skip
    if number == 11:
        held = world.ledger.held(asset)[: len(month.use)].copy()
        np.add.at(held, year.buyer[user], lots)
        np.add.at(held, year.buyer[bought], alone)
        batches.append(entries("surrender", asset, np.arange(len(held)), accounts.index("surrendered"), held))
    return together(*batches)


def handed_over(world: World, month: Month, number: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Plant, user and certificates that go with what was settled: whole MWh of each contract's month."""
    contracts, kwh = green_pairs(world, month, number)
    return contracts.plant, contracts.user, kwh // KWH_PER_LOT


def sold_alone(world: World, month: Month, number: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Buyer, plant and certificates sold without delivery: what users want, at most what plants have left; (rows,) each."""
    year, chosen = world.setting.power, world.setting.question.power.green
    asset = world.ledger.asset("certificate")
    plant, _, lots = handed_over(world, month, number)
    before = world.state.generation[:, :number].sum(axis=1)
    left = world.ledger.held(asset)[year.unit_account].copy()
    left += np.where(year.fleet.rank == 0, certificates_due(before, month.generation), 0)
    np.subtract.at(left, plant, lots)
    # what was delivered as green in part of a MWh may not be sold again inside the certificate that is left of it
    contracts, kwh = green_pairs(world, month, number)
    free, none = before + month.generation, np.zeros(len(before), np.int64)
    np.subtract.at(free, contracts.plant, kwh)
    free -= world.state.power.get("green by unit", none) + world.state.power.get("certificates by unit", none)
    left = np.minimum(left, np.maximum(free, 0) // KWH_PER_LOT)
    wanted = scale(month.use[year.buyer], chosen.unbundled) // KWH_PER_LOT
    volume = min(int(left.sum()), int(wanted.sum()))
    if volume <= 0:
        none = np.zeros(0, np.int64)
        return none, none, none
    buyer, seller, sold = pair(capacity_levy_fen(np.array([volume]), wanted), capacity_levy_fen(np.array([volume]), left))
    return buyer, seller, sold


def green_deduction(world: World) -> np.ndarray:
    """Green power that dual control does not count, (firms,) kWh: all that was delivered, and certificates alone up to half the saving needed."""
    chosen = world.setting.question.power.green if world.setting.power is not None else None
    firms = len(world.setting.firms.id)
    if chosen is None or not chosen.counts:
        return np.zeros(firms, np.int64)
    delivered, alone = world.state.power["green by firm"], world.state.power["certificates by firm"]
    needed = int(world.setting.power_kwh.sum()) * chosen.needed_saving
    counted = int(deducted(np.array([0]), np.array([alone.sum()]), np.array([int(needed)]))[0])
    return delivered + (capacity_levy_fen(np.array([counted]), alone) if counted else 0)


def starts(world: World, month: Month) -> Entries:
    """Fuel burnt for starting units, paid to the outside world."""
    year = world.setting.power
    spent = np.zeros(len(year.fleet), np.int64) if month.made.start_fen is None else month.made.start_fen
    return entries("transfer", MONEY, year.unit_account, world.ledger.accounts.index("outside"), spent)
