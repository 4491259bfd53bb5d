"""Founding a world: a scenario's data become firms, rights, accounts and a grid, every account at zero.

Nothing is decided here; the first entries are opening cash, posted like any other.
"""

import csv
from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from marketsim import resources
from marketsim.agents.abatement import Menu
from marketsim.domain.accounts import Accounts, with_firms
from marketsim.domain.calendar import Calendar, workdays
from marketsim.domain.choices import Choices, expand, measures_of
from marketsim.domain.firms import Firms
from marketsim.domain.instrument import read_instrument
from marketsim.domain.ledger import Ledger
from marketsim.domain.population import load_parameters, synthesise
from marketsim.domain.region import City, load_city
from marketsim.policy import rules
from marketsim.policy.build import build
from marketsim.rng import Luck
from marketsim.scenario.copies import many_cities
from marketsim.scenario.schema import Question, RuleChoice
from marketsim.simulation.law.consumed import consumed_ppm, counted
from marketsim.simulation.law.follow_up import trend
from marketsim.simulation.hand_out import entitlement, scale_rows
from marketsim.simulation.invest import timed, with_output, within_reach
from marketsim.simulation.law.linked import Linked, link
from marketsim.simulation.outlook import foreseen_cny
from marketsim.simulation.power.founding import city_fleet, grid_folder, power_assets, with_power
from marketsim.simulation.right import Law, Right
from marketsim.simulation.world import Carried, Setting, State, World

MILLION = 1_000_000
FURTHER = {"correction": "allocation", "entrants": "allocation", "stability": "stability", "consumption": "links", "sale": "allocation"}
"""Rules a market may have besides allocation and compliance, and the rooms they stand in."""
KIND_OF = {
    "government": "government", "reserve": "government", "partner": "government", "grid-company": "treasury", "imbalance-pool": "treasury", "small-users": "outside",
    **{kind: kind for kind in ("issuer", "treasury", "outside", "surrendered", "cancelled", "lost", "used")},
    "storage": "firm", **{name: "treasury" for name in ("spot-venue", "retailer", "storage-owner", "congestion-rent")},
}  # fmt: skip


def found(scenario, seed: int | None = None, replication: int = 0, carried: Carried | None = None) -> World:
    """Build the world of a loaded scenario, of a later year with what is carried into it. Raises InputError where data do not fit together."""
    question = many_cities(scenario.question)
    luck = Luck(seed=question.seed if seed is None else seed, replication=replication)
    city = load_city(scenario.region_path, question.view).times(question.copies)
    population = synthesise(city, load_parameters(city.folder, city).times(question.copies), luck, question.scale)
    keys = tuple(question.markets)
    measures = within_reach(measures_of(city), question)
    choices = expand(population, measures, luck, spread=float(question.firms.cost_spread), availability=float(question.firms.availability), costs=float(question.firms.measure_costs))
    meters = {key: read_instrument(resources.path("configs", "markets", f"{question.markets[key].instrument}.yaml"))[1] for key in keys}
    firms = _within(population.firms.for_rights(tuple(meters[key] for key in keys)), question)
    choices = with_output(_for_rights(choices, [population.firms.rights.index(meters[key]) for key in keys]), firms, question)
    fleet = city_fleet(question, scenario.folder, firms.rights)
    ledger = Ledger(_assets(question), _accounts(firms, city, question, fleet.key if fleet else ()))
    rights = tuple(_right(question, key, index, ledger) for index, key in enumerate(keys))
    luck = replace(luck, year=0 if carried is None else carried.year)  # the firms stay, their fortunes change
    setting = _setting(question, luck, city, firms, rights, (choices, carried))
    setting = replace(setting, links=_links(question, rights, ledger), folder=scenario.folder)
    setting = timed(setting)
    if fleet is not None:
        setting = with_power(setting, grid_folder(question, scenario.folder), fleet, ledger)
    state = _state(setting)
    if carried is not None:
        state.law = dict(carried.law)
        state.owed[:], state.close_tick[:], state.expected_cny[:] = carried.owed, carried.close_tick, carried.expected_cny
        state.begun[:] = setting.standing
        state.invested.update({name: column.copy() for name, column in carried.invested.items()})
    world = World(setting, ledger, state)
    world.setting = replace(setting, foreseen_cny=foreseen_cny(world))
    return world


def _within(firms: Firms, question: Question) -> Firms:
    """The same firms, each right covering only those of the districts its market is limited to."""
    covered = firms.covered.copy()
    for row, market in enumerate(question.markets.values()):
        if market.regions is not None:
            covered[row] &= np.isin(firms.region, [int(adcode) for adcode in market.regions])
    return replace(firms, covered=covered)


def _for_rights(choices: Choices, rows: list[int]) -> Choices:
    return choices if rows == list(range(len(choices.saving))) else replace(choices, saving=choices.saving[rows])


def _calendar(question: Question) -> Calendar:
    days: set[date] = set()
    with resources.path("configs", "calendars", f"{question.calendar.holidays}.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            first, last = date.fromisoformat(row["first"]), date.fromisoformat(row["last"])
            days.update(first + timedelta(days=n) for n in range((last - first).days + 1))
    opening = min((market.calendar.open for market in question.markets.values()), default=question.calendar.start)
    closing = max((market.calendar.surrender for market in question.markets.values()), default=question.calendar.end)
    holidays = frozenset(days)
    return Calendar(
        start=question.calendar.start, end=question.calendar.end, trading_days=workdays(opening, closing, holidays), holidays=holidays
    )


def _assets(question: Question) -> tuple[str, ...]:
    year = question.calendar.start.year
    own = [f"{key}/{year}" for key in question.markets]
    offsets = [f"{key}-offset/{year}" for key, market in question.markets.items() if market.offsets is not None]
    return ("money", *own, *offsets, *power_assets(question))


def _accounts(firms: Firms, city: City, question: Question, units: tuple[str, ...]) -> Accounts:
    names = [*(f"government/{region.adcode}" for region in city.regions), *(f"reserve/{key}" for key in question.markets)]
    names += [f"partner/{key}" for key in question.links]
    names += [*(f"unit/{key}" for key in units), *(name for name in KIND_OF if name not in ("government", "reserve", "partner"))]
    return with_firms(firms, [(name, kind_of(name)) for name in names])


def kind_of(name: str) -> str:
    """Kind of the account of a name in the journal: what stands before its first slash tells, and whoever is nothing else is a firm."""
    return KIND_OF.get(name.partition("/")[0], "firm")


def _right(question: Question, key: str, index: int, ledger: Ledger) -> Right:
    market, year = question.markets[key], question.calendar.start.year
    instrument, _ = read_instrument(resources.path("configs", "markets", f"{market.instrument}.yaml"))
    allocation, free = build("allocation", market.allocation.model_dump())
    compliance, due = build("compliance", market.compliance.model_dump())
    further = {place: law(room, getattr(market, place)) for place, room in FURTHER.items()}
    band = rules("stability")["price_band"]
    return Right(
        key=key, index=index, instrument=instrument, market=market,
        allocation=Law(rule=allocation, parameters=free), compliance=Law(rule=compliance, parameters=due),
        band=Law(rule=band, parameters=band.make({"limit_pct": float(market.price_band * 100)})), **further,
        asset=ledger.asset(f"{key}/{year}"),
        offset_asset=ledger.asset(f"{key}-offset/{year}") if market.offsets is not None else -1,
        government=ledger.accounts.index(f"reserve/{key}"),
    )  # fmt: skip


def _links(question: Question, rights: tuple[Right, ...], ledger: Ledger) -> tuple[Linked, ...]:
    """The markets elsewhere that rights of this run are linked to."""
    by_key = {right.key: right for right in rights}
    return tuple(link(key, by_key[chosen.market], ledger.accounts.index(f"partner/{key}"), chosen, law("links", chosen.by))
                 for key, chosen in question.links.items())


def law(room: str, choice: RuleChoice | None) -> Law | None:
    """The rule a scenario chose from a room, ready to be applied; None where it chose none."""
    if choice is None:
        return None
    rule, parameters = build(room, choice.model_dump())
    return Law(rule=rule, parameters=parameters)


def _setting(question: Question, luck: Luck, city: City, firms: Firms, rights: tuple[Right, ...], made: tuple[Choices, Carried | None]) -> Setting:
    choices, carried = made
    activity, calendar = question.activity, _calendar(question)
    grown = trend(carried, float((1 + activity.growth) ** (1 + luck.year) - 1))
    common = float(activity.common_sd) * float(luck.normal("common growth", 0, 1)[0])
    own = float(activity.firm_sd) * luck.normal_of("firm growth", 0, firms.id)
    before = float(activity.firm_sd) * luck.normal_of("firm growth", 1, firms.id)
    grows = ~firms.is_kind("irrigation")
    varies = firms.is_kind("facility") | firms.is_kind("irrigation")
    output = _ppm(1.0 + grows * (grown + common) + varies * own)
    falls = np.where(firms.is_kind("residual"), float(1 - (1 - activity.efficiency) ** (1 + luck.year)), 0.0)
    used = _ppm(output / MILLION * (1.0 - falls))
    ppm, months = consumed_ppm(firms, city, rights), _months(question, luck, firms)
    base_use = firms.use() if ppm is None else scale_rows(firms.use(), ppm)
    choices = _of_year(choices, ppm, output)
    menu = Menu(firm=choices.firm, saving=_counted(choices, firms, rights), cost_fen=choices.cost_fen)
    return Setting(
        question=question, calendar=calendar, luck=luck, firms=firms, rights=rights, choices=choices, menu=menu, base_use=np.where(months < 12, base_use * months // 12, base_use),
        use=scale_rows(base_use, used), power_kwh=scale_rows(firms.power_kwh, used), earlier_ppm=_ppm(1.0 + varies * before),
        output_ppm=output, strategies=_strategies(question), strategy=_strategy(question, replace(luck, year=0), firms, rights), decision_day=_decision_days(question, calendar, luck, firms),
        last_decision=_last_decision(question, calendar),
        power=None, city=city, foreseen_cny=np.zeros(len(rights)), late=np.zeros(len(choices), dtype=bool), months=months, consumed_ppm=ppm, carried=carried,
    )  # fmt: skip


def _of_year(choices: Choices, ppm: np.ndarray | None, output_ppm: np.ndarray) -> Choices:
    """The choices at the year's output, `output_ppm` (firms,) over the base year's; right by right, for they may be many."""
    grown, saving = output_ppm[choices.firm], counted(choices, ppm)
    return replace(choices, saving=np.array([scale_rows(saved, grown) for saved in saving], dtype=np.int64).reshape(saving.shape), cost_fen=scale_rows(choices.cost_fen, grown))


def _counted(choices: Choices, firms: Firms, rights: tuple[Right, ...]) -> np.ndarray:
    """Savings in trading units where a right covers the firm, else 0; (rights, choices), laid out choice by choice as decisions read them."""
    table = np.zeros((len(choices), len(rights)))
    for right in rights:
        table[:, right.index] = np.where(firms.covered[right.index, choices.firm], choices.saving[right.index], 0) / right.instrument.base_per_unit
    return table.T


def _months(question: Question, luck: Luck, firms: Firms) -> np.ndarray:
    """Months each firm operated in the last base year: 0 for a new facility, 1 to 5 for one that opened in it, else 12. Shape (firms,)."""
    activity, facility = question.activity, firms.is_kind("facility")
    if not activity.entrants and not activity.part_year:
        return np.broadcast_to(np.int64(12), firms.id.shape)
    new = luck.uniform_of("entrant", 0, firms.id) < float(activity.entrants)
    late = luck.uniform_of("part year", 0, firms.id) < float(activity.part_year)
    months = np.where(late, 1 + np.floor(5 * luck.uniform_of("months", 0, firms.id)), 12)
    return np.where(facility, np.where(new, 0, months), 12).astype(np.int64)


def _ppm(ratio: np.ndarray) -> np.ndarray:
    return np.maximum(np.rint(ratio * MILLION), 0).astype(np.int64)


def _strategies(question: Question) -> tuple[str, ...]:
    """Every strategy the question names, once."""
    named = [question.firms.strategies, *question.firms.by_sector.values(), question.firms.investors]
    return tuple(dict.fromkeys(name for shares in named for name in shares))


def _strategy(question: Question, luck: Luck, firms: Firms, rights: tuple[Right, ...]) -> np.ndarray:
    """Strategy of each firm in each right, -1 for who does not trade it. Shape (rights, firms)."""
    names, behaviour = _strategies(question), question.firms
    own = _drawn(behaviour.strategies, names, luck.uniform_of("strategy", 0, firms.id))
    for sector, shares in behaviour.by_sector.items():
        rows = np.flatnonzero(firms.sector == firms.sectors.index(sector))
        own[rows] = _drawn(shares, names, luck.uniform_of("strategy", 0, firms.id[rows]))
    table = np.where(firms.covered, own, -1)
    free = np.flatnonzero(~firms.is_kind("residual"))
    if behaviour.investors:
        left = dict(behaviour.investors) | {"": 1 - sum(behaviour.investors.values())}
        for right in rights:
            drawn = _drawn(left, (*names, ""), luck.uniform_of(f"investor/{right.key}", 0, firms.id[free]))
            outside = ~firms.covered[right.index, free] & (drawn < len(names))
            table[right.index, free[outside]] = drawn[outside]
    return table.astype(np.int8)


def _drawn(shares: dict, names: tuple[str, ...], uniform: np.ndarray) -> np.ndarray:
    """Place among `names` that each draw falls on, by shares in their order; int64 like `uniform`."""
    edges = np.cumsum([float(share) for share in shares.values()])
    chosen = np.minimum(np.searchsorted(edges, uniform, side="right"), len(edges) - 1)
    return np.array([names.index(name) for name in shares])[chosen]


def _decision_days(question: Question, calendar: Calendar, luck: Luck, firms: Firms) -> np.ndarray:
    """The session on which each firm settles its measures: even over the last sessions before the first verification."""
    last = _last_decision(question, calendar)
    window = min(question.firms.decision_days, last + 1)
    return last - np.floor(luck.uniform_of("decision day", 0, firms.id) * window).astype(np.int16)


def _last_decision(question: Question, calendar: Calendar) -> int:
    """The last session before any right's use is verified."""
    verified = min((market.calendar.verification for market in question.markets.values()), default=calendar.end)
    return sum(day <= verified for day in calendar.trading_days) - 1


def _state(setting: Setting) -> State:
    firms, rights = len(setting.firms.id), setting.rights
    table = (len(rights), firms)
    first = [right.per_unit_cny(right.market.first_price.value) for right in rights]
    units = len(setting.power.fleet) if setting.power else 0
    final = np.array([entitlement(setting, right) for right in rights], dtype=np.int64).reshape(table)
    return State(
        expected_cny=np.array([np.full(firms, min(price, right.ceiling_cny)) for price, right in zip(first, rights, strict=True)]).reshape(table),
        metered=np.zeros(table, dtype=np.int64), final=final, given=np.zeros(table, dtype=np.int64), owed=np.zeros(table, dtype=np.int64),
        begun=np.zeros(len(setting.menu.firm), dtype=bool), decided=np.zeros(firms, dtype=bool),
        close_tick=np.array([right.instrument.tick(price) for price, right in zip(first, rights, strict=True)], dtype=np.int64),
        offsets_sold=np.zeros(len(rights), dtype=np.int64), order_flow=np.zeros((len(rights), 2)), generation=np.zeros((units, 12), dtype=np.int64),
        spent_fen={name: np.zeros(firms, dtype=np.int64) for name in ("measures", "offsets", "penalties", "standing")},
    )  # fmt: skip
