"""Several compliance years, one world each: what is banked, owed or begun, offsets not used, the prices and the cash go over from one to the next.

Each year's world closes its books by handing everything back (rights to the issuer, cash to the outside world), and the next takes it
over by the same entries the other way, so that the journals of all years, one after another, are one double entry.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import numpy as np
import pandas

from marketsim.domain.accounts import AVAILABLE
from marketsim.domain.calendar import TICKS_PER_DAY
from marketsim.domain.ledger import MONEY, entries, together
from marketsim.scenario.schema import Question
from marketsim.simulation.law.follow_up import carried_law
from marketsim.simulation.comply import unused_offsets
from marketsim.simulation.found import found
from marketsim.simulation.institutions import agenda
from marketsim.simulation.result import Result, Row, journal, result
from marketsim.simulation.world import Carried, World


def run_years(scenario, seed: int | None, play: Callable[[World], None]) -> Result:
    """The last year's result with the series and the journals of all years; figures of earlier years stand under `YEAR.metric`."""
    question, carried = scenario.question, None
    rows: list[Row] = []
    series, journals = [], []
    for year in range(question.years):
        world = found(replace(scenario, question=in_year(question, year)), seed, carried=carried)
        left = question.years - 1 - year
        world.agenda = agenda(world)
        play(world)
        done, start = result(world), world.setting.calendar.start
        carried = close(world, year + 1) if left else None
        shift = (start - question.calendar.start).days * TICKS_PER_DAY
        series.append(done.series.assign(tick=done.series.tick + shift))
        journals.append(journal(world).assign(tick=lambda frame, shift=shift: frame.tick + shift))
        if left:
            rows += [(place, f"{start.year}.{name}", unit, value) for place, name, unit, value in done.summary if not name.startswith("reconcile.")]
    whole = pandas.concat(journals, ignore_index=True)
    return replace(done, summary=rows + done.summary, series=pandas.concat(series, ignore_index=True), journal=whole.assign(number=np.arange(len(whole))))


def in_year(question: Question, year: int) -> Question:
    """The question with every date `year` years later."""
    markets = {}
    for key, market in question.markets.items():
        moved = {"calendar": _moved(market.calendar, year)}
        for name in ("auction", "suspended"):
            if (block := getattr(market, name)) is not None:
                moved[name] = _moved(block, year)
        markets[key] = market.model_copy(update=moved)
    return question.model_copy(update={"calendar": _moved(question.calendar, year), "markets": markets})


def _moved(block, years: int):
    dates = {name: value for name, value in dict(block).items() if isinstance(value, date)}
    return block.model_copy(update={name: _later(value, years) for name, value in dates.items()})


def _later(day: date, years: int) -> date:
    leap = day.month == 2 and day.day == 29
    return day.replace(year=day.year + years, day=28 if leap and years % 4 else day.day)


def close(world: World, year: int) -> Carried:
    """Hand everything back and say what goes over into the next year."""
    setting, ledger, state = world.setting, world.ledger, world.state
    firms, accounts = len(setting.firms.id), ledger.accounts
    rows, holders = np.arange(firms), np.flatnonzero(accounts.kind == accounts.kind[0])
    bank, offsets = np.zeros((2, len(setting.rights), firms), dtype=np.int64)
    for right in setting.rights:
        bank[right.index] = ledger.balance[right.asset, :firms, AVAILABLE]
        offsets[right.index] = unused_offsets(world, right)
    cash = np.zeros(len(accounts), dtype=np.int64)
    cash[holders] = ledger.balance[MONEY, holders, AVAILABLE]
    world.post(together(
        entries("transfer", MONEY, np.arange(len(cash)), accounts.index("outside"), cash),
        *(entries("take_back", right.asset, rows, accounts.index("issuer"), bank[right.index]) for right in setting.rights),
        *(entries("take_back", right.offset_asset, rows, accounts.index("issuer"), offsets[right.index]) for right in setting.rights if right.offset_asset >= 0),
    ))
    return Carried(
        year=year, bank=bank, offsets=offsets, owed=state.owed.copy(), cash_fen=cash, close_tick=state.close_tick.copy(), expected_cny=state.expected_cny.copy(),
        begun=state.begun.copy(), invested={name: column.copy() for name, column in state.invested.items()}, law=carried_law(world),
    )
