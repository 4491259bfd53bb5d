"""The institutions and their calendars: who acts on which day, in the order the law gives.

Each institution is one SimPy process over its own dates; all it does is to wait for its next date and let the world step.
"""

import difflib
from collections.abc import Iterator
from datetime import date

import numpy as np
import simpy

from marketsim.domain.accounts import AVAILABLE
from marketsim.domain.calendar import month_ends
from marketsim.domain.ledger import MONEY, Entries, entries, together
from marketsim.errors import InputError, printable
from marketsim.simulation import blocks, comply, decide, hand_out, invest, judge, meter, trade
from marketsim.simulation.law import govern
from marketsim.simulation.power import deliver
from marketsim.simulation.law.agenda import law_acts
from marketsim.simulation.world import Carried, Due, World

INSTITUTIONS = ("founding", "delivery", "compliance", "trading", "targets", "law")
MORNING, OPENING, EVENING, NIGHT = 8, 9, 16, 23
"""Hours of the day at which offices open, trading takes place, the day is settled, and meters are read."""


def process(clock: simpy.Environment, world: World, institution: str) -> Iterator[simpy.Event]:
    """Wait for each date of an institution; the world knows what is due."""
    for tick in world.ticks(institution):
        yield clock.timeout(tick - clock.now)
        world.state.now = tick
        world.step()


def agenda(world: World) -> tuple[Due, ...]:
    """Everything that will be done, in order of time; within a tick institutions act in the order of `INSTITUTIONS`."""
    dated = [*_founding(world), *_delivery(world), *_compliance(world), *_trading(world), *_targets(world), *_law(world)]
    return tuple(sorted(dated, key=lambda due: due.tick))


def endow(world: World) -> Entries:
    """Opening cash: a share of value added, and enough to buy a tenth of what must be covered at the price of a shortfall."""
    setting, accounts = world.setting, world.ledger.accounts
    if setting.carried is not None:
        return _take_over(world, setting.carried)
    covered = setting.firms.covered
    need = sum(np.where(covered[right.index], setting.base_use[right.index], 0) // 10 * right.market.shortfall_price.value.numerator
               // right.market.shortfall_price.value.denominator for right in setting.rights)  # fmt: skip
    own = hand_out.scale_rows(setting.firms.value_added_fen, np.full(len(setting.firms.id), int(setting.question.working_capital * 10**6)))
    cash = np.where(setting.firms.is_kind("residual"), 0, own + need)
    outside = accounts.index("outside")
    batches = [entries("transfer", MONEY, outside, np.arange(len(cash)), cash)]
    if setting.power is not None:
        fleet = setting.power.fleet
        # a thousand hours of output at its tariff: fuel is paid before the month's income is settled; ten thousand where an hour's price may be
        # many times the tariff and what was contracted but not made is bought at it
        hours = 1_000 if setting.question.power.spot is None else 10_000
        batches.append(entries("transfer", MONEY, outside, setting.power.unit_account, fleet.capacity_kw * fleet.tariff_tick * hours // 100))
    return together(*batches)


def _take_over(world: World, carried: Carried) -> Entries:
    """Cash, banked rights and unused offsets of the year before; what is kept is issued again under the new year."""
    accounts = world.ledger.accounts
    outside, issuer, rows = accounts.index("outside"), accounts.index("issuer"), np.arange(carried.bank.shape[1])
    banked = [entries("issue", right.asset, issuer, rows, carried.bank[right.index]) for right in world.setting.rights]
    banked += [entries("issue", right.offset_asset, issuer, rows, carried.offsets[right.index]) for right in world.setting.rights if right.offset_asset >= 0]
    cash = entries("transfer", MONEY, outside, np.arange(len(carried.cash_fen)), carried.cash_fen)
    return together(cash, *banked, decide.keep_up(world, carried.cash_fen))


def lapse(world: World, right) -> Entries:
    """What the government still holds of its reserve when the year closes is cancelled."""
    held = world.ledger.balance[right.asset, right.government, AVAILABLE]
    return entries("cancel", right.asset, right.government, world.ledger.accounts.index("cancelled"), held)


def suspend(world: World, right, lift: bool) -> None:
    """The authority suspends the accounts the scenario names, or lifts that. Raises InputError for a name nobody has."""
    for name in right.market.suspended.accounts:
        try:
            account = world.ledger.accounts.index(name)
        except ValueError:
            near = difflib.get_close_matches(name, world.ledger.accounts.key, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise InputError(f"markets.{right.key}.suspended: no account is named {printable(name)}{hint}") from None
        world.ledger.suspend(world.state.now, right.asset, account, lift=lift)


def collect(world: World) -> None:
    """Keep the evening's prices in the world's data collector."""
    world.datacollector.collect(world)


def _due(world: World, day: date, place: tuple[int, str], institution: str, act: tuple) -> Due:
    action, *about = act
    return Due(tick=world.setting.calendar.tick(day, *place), institution=institution, action=action, about=tuple(about))


def _law(world: World) -> Iterator[Due]:
    for day, phase, act in law_acts(world):
        yield _due(world, day, (0 if phase == "meters" else NIGHT, phase), "law", act)


def _founding(world: World) -> Iterator[Due]:
    yield _due(world, world.setting.calendar.start, (0, "meters"), "founding", (endow,))


def _delivery(world: World) -> Iterator[Due]:
    start = world.setting.calendar.start
    last = date(start.year, 12, 31)
    if world.setting.power is not None:
        yield _due(world, start, (MORNING, "matching"), "delivery", (deliver.sign_annual,))
    for day in month_ends(start, last):
        month = day.month - 1
        yield _due(world, day, (NIGHT, "meters"), "delivery", (meter.read_meters, month))
        yield _due(world, day, (NIGHT, "settlement"), "delivery", (meter.take_income, month))
        if world.setting.power is not None:
            yield _due(world, date(day.year, day.month, 1), (OPENING, "matching"), "delivery", (deliver.sign_monthly, month))
            yield _due(world, day, (NIGHT, "settlement"), "delivery", (deliver.deliver, month))


def _compliance(world: World) -> Iterator[Due]:
    for right in world.setting.rights:
        year = right.market.calendar
        yield _due(world, year.allocation, (MORNING, "compliance"), "compliance", (hand_out.allocate, right))
        yield _due(world, year.true_up, (MORNING, "compliance"), "compliance", (hand_out.correct, right))
        if right.market.suspended is not None:
            yield from _suspension(world, right)
        if right.market.auction is not None:
            yield _due(world, right.market.auction.day, (EVENING, "matching"), "compliance", (hand_out.auction, right))
        yield _due(world, year.surrender, (NIGHT, "compliance"), "compliance", (comply.comply, right))
        yield _due(world, year.surrender, (NIGHT, "records"), "compliance", (lapse, right))
    if world.setting.question.firms.credit:
        yield _due(world, world.setting.calendar.end, (NIGHT, "records"), "compliance", (invest.repay,))


def _suspension(world: World, right) -> Iterator[Due]:
    order = right.market.suspended
    yield _due(world, order.day, (MORNING, "meters"), "compliance", (suspend, right, False))
    if order.until is not None:
        yield _due(world, order.until, (MORNING, "meters"), "compliance", (suspend, right, True))


def _trading(world: World) -> Iterator[Due]:
    """Sessions of each right from the day there is something to trade; decisions on measures in the evening."""
    for session, day in enumerate(world.setting.calendar.trading_days):
        for right in world.setting.rights:
            year = right.market.calendar
            if max(year.open, year.allocation) <= day <= year.surrender:
                yield _due(world, day, (OPENING, "quotes"), "trading", (trade.quote, right, session))
                yield _due(world, day, (OPENING, "matching"), "trading", (trade.match, right))
                yield _due(world, day, (OPENING, "settlement"), "trading", (trade.settle, right))
                if right.market.blocks is not None:
                    yield _due(world, day, (OPENING, "settlement"), "trading", (blocks.negotiate, right, session))
        yield _due(world, day, (EVENING, "compliance"), "trading", (decide.decide, session))
        yield _due(world, day, (EVENING, "records"), "trading", (collect,))


def _targets(world: World) -> Iterator[Due]:
    if world.setting.question.targets is None:
        return
    start = world.setting.calendar.start
    active = world.setting.question.governments is not None
    yield _due(world, start, (MORNING, "assessment"), "targets", (judge.set_targets,))
    if active:
        yield _due(world, start, (MORNING, "assessment"), "targets", (govern.fund,))
        yield _due(world, world.setting.calendar.end, (NIGHT, "records"), "targets", (govern.close_books,))
    for day in month_ends(start, date(start.year, 12, 31)):
        if day.month % 3 == 0:
            yield _due(world, day, (NIGHT, "assessment"), "targets", (judge.warn, day.month - 1))
            if active:
                yield _due(world, day, (NIGHT, "assessment"), "targets", (govern.act, day.month - 1))
                yield _due(world, day, (NIGHT, "assessment"), "targets", (govern.trade, day.month - 1))
    yield _due(world, world.setting.calendar.end, (NIGHT, "assessment"), "targets", (judge.assess,))
