"""The world of one run: a `mesa.Model` whose whole state is a handful of arrays, the ledger and a place in the calendar.

SimPy is the only caller of `step()`, `post()` the only change of ownership. Phases are pure functions of the world that
return ledger entries; what they have to remember between ticks is in `State`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from functools import cached_property

import numpy as np

from marketsim.agents.abatement import Menu
from marketsim.domain.calendar import Calendar
from marketsim.domain.choices import Choices
from marketsim.domain.firms import Firms
from marketsim.domain.ledger import Entries, Ledger
from marketsim.domain.region import City
from marketsim.lean import mesa
from marketsim.markets.contracts import Contracts
from marketsim.rng import Luck
from marketsim.scenario.schema import Question
from marketsim.simulation.actors import enter
from marketsim.simulation.power.year import PowerYear
from marketsim.simulation.right import Right


@dataclass(frozen=True, kw_only=True)
class Due:
    """One dated action of an institution: at `tick`, `action(world, *about)` returns what is to be posted."""

    tick: int
    institution: str
    action: Callable[..., Entries | None]
    about: tuple = ()


@dataclass(kw_only=True)
class State:
    """Everything that changes during a run besides the ledger; arrays are (rights, firms) unless said otherwise.

    `law` what rules of law remember, by name; `expected_cny` price expected, CNY per trading unit; `metered` use read so far, base units; `final` free amount of the
    year and `given` what was handed out of it; `owed` carried from or to another year; `begun` (choices,) measures
    taken; `decided` (firms,) whether a firm has chosen its measures; `close_tick`, `offsets_sold` (rights,); `order_flow` (rights, 2) open and all lots of the last days; `generation` (units, 12) kWh; `signed` contracts of the year by month (0–11); `waiting` orders between the
    quotes and the matching of one tick; `memory` what strategies remember by right, (slots, firms), and `tape` the last orders of
    each venue, (3, rows); `bought` who bought a right today and may sell it from tomorrow; `settled` settlements of compliance; `spent_fen` by purpose, (firms,) each; `power` figures of the year of power as `power.record` keeps them;
    `invested`: `ordered` (choices,) day on which a measure of a later year was ordered, 0 for none, and `loan_fen` (firms,);
    `days` one row a session, `blocks` one row a block trade (tick, right, price in ticks, lots, fen); `readings` rows of the report that are not sessions.
    """

    done: int = 0
    now: int = -1
    expected_cny: np.ndarray
    metered: np.ndarray
    final: np.ndarray
    given: np.ndarray
    owed: np.ndarray
    begun: np.ndarray
    decided: np.ndarray
    close_tick: np.ndarray
    offsets_sold: np.ndarray
    order_flow: np.ndarray
    generation: np.ndarray
    signed: dict[int, Contracts] = field(default_factory=dict)
    waiting: dict = field(default_factory=dict)
    memory: dict[str, np.ndarray] = field(default_factory=dict)
    tape: dict[str, np.ndarray] = field(default_factory=dict)
    bought: dict[str, np.ndarray] = field(default_factory=dict)
    settled: dict = field(default_factory=dict)
    targets: dict[str, np.ndarray] = field(default_factory=dict)
    law: dict[str, np.ndarray] = field(default_factory=dict)
    spent_fen: dict[str, np.ndarray] = field(default_factory=dict)
    power: dict[str, np.ndarray] = field(default_factory=dict)
    invested: dict[str, np.ndarray] = field(default_factory=dict)
    days: list[tuple] = field(default_factory=list)
    blocks: list[tuple] = field(default_factory=list)
    readings: list[tuple] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Carried:
    """What one compliance year hands to the next, number `year` of the run (the first is 0).

    `bank`, `offsets` not used and `owed` (rights, firms) base units, `cash_fen` (accounts,), `close_tick` (rights,), `expected_cny` (rights, firms);
    `law` what rules of law remember; `begun` (choices,) measures taken, which stay and whose yearly cost stays with them; `invested` as in `State`.
    """

    year: int
    bank: np.ndarray
    offsets: np.ndarray
    owed: np.ndarray
    cash_fen: np.ndarray
    close_tick: np.ndarray
    expected_cny: np.ndarray
    begun: np.ndarray
    invested: dict[str, np.ndarray]
    law: dict[str, np.ndarray] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What does not change during a run: the question, its data, the firms and their luck.

    `base_use` and `use` (rights, firms) are base units of the base year and of this year without measures; `power_kwh`
    (firms,) this year's power; `output_ppm` and `earlier_ppm` (firms,) output of this year and of the year before the base
    year over the base year's; `strategy` (rights, firms) indexes `strategies`, -1 for who does not trade a right; `decision_day` (firms,) the session
    on which a firm settles its measures, `last_decision` the last session on which any may; `carried` from the year before;
    `foreseen_cny` (rights,) the planner's price of next year, zero where nobody asks for it; `late` (choices,) measures that cannot work this year; `months` (firms,) operated in the last base year, 0 for new ones;
    `consumed_ppm` (rights, firms) what a unit withdrawn counts in a right that counts consumption; `links` to markets elsewhere; `folder` of
    the scenario, where its tables lie.
    """

    question: Question
    calendar: Calendar
    luck: Luck
    firms: Firms
    rights: tuple[Right, ...]
    choices: Choices
    menu: Menu
    base_use: np.ndarray
    use: np.ndarray
    power_kwh: np.ndarray
    earlier_ppm: np.ndarray
    output_ppm: np.ndarray
    strategies: tuple[str, ...]
    strategy: np.ndarray
    decision_day: np.ndarray
    last_decision: int
    power: PowerYear | None
    city: City
    carried: Carried | None = None
    foreseen_cny: np.ndarray
    late: np.ndarray
    months: np.ndarray | None = None
    consumed_ppm: np.ndarray | None = None
    links: tuple = ()
    folder: Path | None = None

    @property
    def standing(self) -> np.ndarray:
        """Measures taken in earlier years of the run that work this year, (choices,) bool; output given up comes back with the year."""
        if self.carried is None or self.question.firms.measures != "lasting":
            return np.zeros(len(self.menu.firm), dtype=bool)
        ordered = self.carried.invested.get("ordered", np.zeros(len(self.menu.firm), dtype=np.int64))
        in_time = (ordered > 0) & (ordered + self.choices.lead_days <= self.verified.toordinal())
        return (self.carried.begun | in_time) & (self.choices.measure >= 0)

    @property
    def verified(self) -> date:
        """First day on which any right's use is verified: no measure counts after it."""
        return min((right.market.calendar.verification for right in self.rights), default=self.calendar.end)

    @property
    def years_left(self) -> int:
        """Compliance years of the run after this one."""
        return self.question.years - 1 - self.luck.year

    @cached_property
    def traders(self) -> tuple[np.ndarray, ...]:
        """Rows of the firms that may trade each right."""
        return tuple(np.flatnonzero(row >= 0) for row in self.strategy)

    @cached_property
    def trader_ids(self) -> tuple[np.ndarray, ...]:
        """Ids of the same firms."""
        return tuple(self.firms.id[rows] for rows in self.traders)

    @property
    def entrant(self) -> np.ndarray:
        """Facilities without base years. Shape (firms,) bool."""
        return self.months == 0


class World(mesa.Model):
    """One city, its regions, firms, venues and institutions."""

    def __init__(self, setting: Setting, ledger: Ledger, state: State):
        super().__init__(rng=setting.luck.seed)
        self.setting = setting
        self.ledger = ledger
        self.state = state
        self.agenda: tuple[Due, ...] = ()
        self.drawn: dict[tuple[str, ...], tuple[int, np.ndarray]] = {}  # draws of the next sessions; made again where they are not kept
        self.firms = enter(self)

    def ticks(self, institution: str) -> list[int]:
        """The ticks still ahead on which an institution acts, in order, each once."""
        ahead = self.agenda[self.state.done:]
        return sorted({due.tick for due in ahead if due.institution == institution})

    def step(self) -> None:
        """Carry out what is due at the present tick and was not done yet."""
        while self.state.done < len(self.agenda) and self.agenda[self.state.done].tick <= self.state.now:
            due = self.agenda[self.state.done]
            batch = due.action(self, *due.about)
            if batch is not None:
                self.post(batch)
            self.state.done += 1

    def post(self, batch: Entries) -> None:
        """The only change of ownership. Raises LedgerError when the batch may not be posted."""
        self.ledger.post(self.state.now, batch)

    @property
    def today(self) -> date:
        """The day the clock stands on."""
        return self.setting.calendar.day(self.state.now)
