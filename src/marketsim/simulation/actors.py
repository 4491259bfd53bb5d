"""The few rich actors of a world as ordinary Mesa agents, and the mass of firms as one agent holding columns.

`world.agents.select(...)` and `world.agents.get(...)` work on regulators, governments and exchanges as on any Mesa model. The
population answers the same verbs on columns: `firms.select(lambda f: f.value_added_fen > 0).agg("value_added_fen", sum)`.
"""

from dataclasses import dataclass

import numpy as np

from marketsim.domain.accounts import AVAILABLE
from marketsim.domain.ledger import MONEY
from marketsim.lean import mesa
from marketsim.simulation.right import Right


class Regulator(mesa.Agent):
    """Hands out one right, keeps its reserve and takes it back on the day of surrender."""

    def __init__(self, model: mesa.Model, right: Right):
        super().__init__(model)
        self.right = right

    @property
    def reserve(self) -> int:
        """What the government holds back, in base units."""
        return int(self.model.ledger.balance[self.right.asset, self.right.government, AVAILABLE])


class Exchange(mesa.Agent):
    """The venue of one right."""

    def __init__(self, model: mesa.Model, right: Right):
        super().__init__(model)
        self.right = right

    @property
    def price_cny(self) -> float:
        """Reference price, CNY per trading unit."""
        return self.right.instrument.price_cny(int(self.model.state.close_tick[self.right.index]))


class DistrictGovernment(mesa.Agent):
    """Answers for the targets of one district."""

    def __init__(self, model: mesa.Model, place: int, adcode: int, name: str):
        super().__init__(model)
        self.place, self.adcode, self.name = place, adcode, name

    @property
    def grade(self) -> int | None:
        """Grade of the year (0 missed … 3 exceeded); None before the assessment."""
        grades = self.model.state.targets.get("grade")
        return None if grades is None else int(grades[self.place])


@dataclass(frozen=True, kw_only=True)
class FirmRow:
    """A look at one firm, made on demand: nothing is stored per firm."""

    id: int
    name: str
    region: int
    kind: str
    value_added_fen: int
    cash_fen: int
    holding: dict[str, int]
    expected_cny: dict[str, float]


class Population(mesa.Agent):
    """All firms as columns; a selection is the same face over fewer rows."""

    def __init__(self, model: mesa.Model, rows: np.ndarray | None = None, *, listed: bool = True):
        if listed:
            super().__init__(model)
        else:
            self.model = model  # a selection is a view, not one more agent of the world
        self.rows = np.arange(len(model.setting.firms.id)) if rows is None else rows

    def __len__(self) -> int:
        return len(self.rows)

    def get(self, name: str) -> np.ndarray:
        """A column of the firms by name, or `RIGHT.holding` and `RIGHT.expected_cny` of a right. Raises AttributeError."""
        head, _, tail = name.partition(".")
        if not tail:
            return self._cash() if name == "cash_fen" else getattr(self.model.setting.firms, name)[self.rows]
        right = next((right for right in self.model.setting.rights if right.key == head), None)
        if right is None or tail not in ("holding", "expected_cny"):
            raise AttributeError(f"no column {name!r}; rights have .holding and .expected_cny")
        if tail == "holding":
            return self.model.ledger.held(right.asset)[self.rows]
        return self.model.state.expected_cny[right.index, self.rows]

    def __getattr__(self, name: str) -> np.ndarray:
        if name.startswith("_") or name in ("rows", "model"):
            raise AttributeError(name)
        return self.get(name)

    def select(self, wanted) -> "Population":
        """The firms for which `wanted(self)`, evaluated once on columns, is true."""
        return Population(self.model, self.rows[np.asarray(wanted(self))], listed=False)

    def agg(self, name: str, function):
        """`function` over a column, such as `agg("value_added_fen", sum)`."""
        return function(self.get(name).tolist())

    def __getitem__(self, place: int) -> FirmRow:
        row = int(self.rows[place])
        firms, rights = self.model.setting.firms, self.model.setting.rights
        return FirmRow(
            id=int(firms.id[row]), name=firms.name(row), region=int(firms.region[row]), kind=firms.kinds[firms.kind[row]],
            value_added_fen=int(firms.value_added_fen[row]), cash_fen=int(self.model.ledger.balance[MONEY, row].sum()),
            holding={right.key: int(self.model.ledger.balance[right.asset, row].sum()) for right in rights},
            expected_cny={right.key: float(self.model.state.expected_cny[right.index, row]) for right in rights},
        )  # fmt: skip

    def _cash(self) -> np.ndarray:
        return self.model.ledger.held(MONEY)[self.rows]


def enter(world) -> Population:
    """Let the actors enter the world in a fixed order and return the population of firms."""
    for right in world.setting.rights:
        Regulator(world, right)
        Exchange(world, right)
    for place, region in enumerate(world.setting.city.districts):
        DistrictGovernment(world, place, region.adcode, region.name_en)
    reporters = {f"{right.key}.price_cny": _price_reporter(right) for right in world.setting.rights}
    world.datacollector = mesa.DataCollector(model_reporters=reporters)
    return Population(world)


def _price_reporter(right: Right):
    def price_cny(world) -> float:
        return right.instrument.price_cny(int(world.state.close_tick[right.index]))

    return price_cny
