"""Founding the year of power: fleet, load and contract terms from the grid's folder, at the scenario's shares."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from marketsim import resources
from marketsim.domain.calendar import Calendar
from marketsim.domain.firms import Firms
from marketsim.domain.fleet import Fleet, read_fleet
from marketsim.domain.grid import Grid, read_grid
from marketsim.domain.hours import Hours, hourly_load, hours_of, typical
from marketsim.domain.ledger import Ledger
from marketsim.errors import InputError
from marketsim.markets.contracts import Terms, band
from marketsim.policy.exact import multiply_divide
from marketsim.scenario.schema import Power, Question
from marketsim.simulation.power.extras import extras_of
from marketsim.simulation.power.year import MILLION, PowerYear
from marketsim.simulation.world import Setting


def grid_folder(question: Question, base: Path) -> Path:
    """The packaged grid of that name, or a folder beside the scenario file."""
    own = base / question.power.grid
    return own if own.is_dir() else resources.path("configs", "grid", question.power.grid)


def city_fleet(question: Question, base: Path, rights: tuple[str, ...]) -> Fleet | None:
    """Units of the city's zone, with meters for `rights`; None where the scenario has no power."""
    if question.power is None:
        return None
    return read_fleet(grid_folder(question, base), rights=rights, coupled=question.power.neighbours).in_zone(question.power.zone).times(question.copies)


def power_assets(question: Question) -> tuple[str, ...]:
    """Assets of the ledger a year of power needs."""
    power = question.power
    return () if power is None else ("power",) if power.green is None else ("power", "certificate")


def with_power(setting: Setting, folder: Path, fleet: Fleet, ledger: Ledger) -> Setting:
    """The same setting with its year of power."""
    power, calendar = setting.question.power, setting.calendar
    grid = read_grid(folder).times(setting.question.copies)
    hours = _hours(calendar, power.resolution)
    load = hourly_load(int(setting.power_kwh.sum()), grid.shape[grid.zones.index(power.zone)], hours)
    buyer = np.flatnonzero(setting.firms.is_kind("facility") & (setting.firms.power_kwh > 0))
    planned = multiply_divide(
        setting.firms.power_kwh[buyer], np.full(len(buyer), MILLION + int(setting.question.activity.growth * MILLION)), np.full(len(buyer), MILLION)
    )
    accounts = ledger.accounts
    year = PowerYear(
        grid=grid, fleet=fleet, hours=hours, load_kwh=load, buyer=buyer, planned_kwh=planned,
        unit_account=np.array([accounts.index(f"unit/{key}") for key in fleet.key], dtype=np.int64),
        grid_account=accounts.index("grid-company"), pool_account=accounts.index("imbalance-pool"),
        small_account=accounts.index("small-users"), asset=ledger.asset("power"),
        market_ppm=_market_ppm(power, setting, planned), terms=_terms(grid, power, setting.firms, buyer, calendar.start),
        tariff_tick=grid.rule(f"benchmark.{power.zone}", calendar.start),
        band_ppm=int(power.deviation_band * MILLION), penalty_ppm=grid.rule("deviation_penalty", calendar.start),
    )  # fmt: skip
    return replace(setting, power=replace(year, extras=extras_of(year, setting, ledger, folder)))


def _hours(calendar: Calendar, resolution: str) -> Hours:
    year = calendar.start.year
    days = [date(year, 1, 1) + timedelta(days=n) for n in range((date(year + 1, 1, 1) - date(year, 1, 1)).days)]
    hours = hours_of(days, [not calendar.is_workday(day) for day in days])
    return hours if resolution == "hourly" else typical(hours)


def _market_ppm(power: Power, setting: Setting, planned: np.ndarray) -> int:
    """Share of a contracting user's power under contract so that contracts carry the stated share of all use."""
    whole, larger = int(setting.power_kwh.sum()), int(planned.sum())
    return min(MILLION, int(power.market_share * whole * MILLION) // max(larger, 1))


def _terms(grid: Grid, power: Power, firms: Firms, buyer: np.ndarray, start: date) -> Terms:
    """The price band of the day, whom its upper end does not bind, and bargaining that lands on the scenario's first price."""
    day = power.rules_day or start
    low, high = band(grid.rule(f"benchmark.{power.zone}", day), grid.rule("band_low", day), grid.rule("band_high", day))
    first = int(power.contract_price.value * 100)  # fen per kWh to ticks of 10 fen per MWh
    weight = min(max((first - low) * MILLION // max(high - low, 1), 0), MILLION)
    unbound, unknown = None, [key for key in power.intensive_sectors if key not in firms.sectors]
    if unknown:
        raise InputError(f"power.intensive_sectors: there is no sector {unknown[0]}; the region has {', '.join(firms.sectors)}")
    if power.intensive_sectors and _in_force(grid, "intensive_users_exempt_above", day):
        unbound = np.isin(firms.sector[buyer], [firms.sectors.index(key) for key in power.intensive_sectors])
    return Terms(low_tick=low, high_tick=high, seller_weight_ppm=weight, unbound=unbound)


def _in_force(grid: Grid, rule: str, day: date) -> bool:
    return any(start <= day and value for start, value in grid.rules.get(rule, ()))
