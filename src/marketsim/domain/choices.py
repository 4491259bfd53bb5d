"""What firms can do to use less: measures as data, and the choices they offer firm by firm.

    amount  = basis use of the firm in the measure's sectors * potential * availability
    saving  = amount * direct saving per unit + power saved * what a GWh adds        (per right)
    cost    = amount * cost per unit * max(0.1, 1 + spread * z)                      z standard normal by firm and measure
Source: measures with grades in configs/measures/; the spread smooths the steps that a table of averages would give.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from marketsim import resources
from marketsim.domain.population import Population
from marketsim.domain.region import GWH, City, added
from marketsim.domain.rows import Row, read, unique
from marketsim.errors import InputError
from marketsim.rng import Luck

STATUSES = ("baseline", "available", "later")
MILLION = 1_000_000
LEAST_FACTOR = 0.1


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One way to use less.

    `potential_ppm` of the basis use can be saved (basis: a right's use, what power adds included). Per trading unit of the
    basis saved it costs `cost_fen` and saves `saves` base units of each right directly and `saves_power_kwh`; both may be
    negative. `baseline`: already taken or blocked; `later`: cannot take effect within the year.
    """

    key: str
    sectors: tuple[int, ...]
    basis: int
    potential_ppm: int
    cost_fen: int
    saves: tuple[int, ...]
    saves_power_kwh: int
    lead_days: int
    status: str
    name_zh: str
    name_en: str


@dataclass(frozen=True, kw_only=True)
class Choices:
    """A row for every covered firm and measure it may take, those of a firm together; columns have the shape (choices,).

    `firm` (int32, rising) is a row of Firms, `measure` (int16) a position in the list of measures, `saving` (rights, choices) int64 base
    units a year through all meters (negative: uses more), `lead_days` (int32), `cost_fen` the cost of the whole choice.
    """

    firm: np.ndarray
    measure: np.ndarray
    saving: np.ndarray
    lead_days: np.ndarray
    cost_fen: np.ndarray

    def __len__(self) -> int:
        return len(self.firm)


def load_measures(path: Path, city: City) -> tuple[Measure, ...]:
    """Read a table of measures; columns `saves_<meter>` name the city's rights and its power meter. Raises InputError."""
    rights = tuple(meter.key for meter in city.rights)
    power = city.meters[city.role_index("power")].key
    columns = ("key", "sectors", "basis", "potential_pct", "cost_cny_per_unit", "lead_days", "status", "name_zh", "name_en")
    rows = unique(read(path, (*columns, *(f"saves_{key}" for key in (*rights, power)))), ("key",))
    return tuple(_measure(row, rights, power, tuple(sector.key for sector in city.sectors)) for row in rows)


def measures_of(city: City) -> tuple[Measure, ...]:
    """The city's measures: `measures.csv` in its folder, or the packaged table of its name. Raises InputError."""
    own = city.folder / "measures.csv"
    try:
        return load_measures(own if own.exists() else resources.path("configs", "measures", f"{city.key}.csv"), city)
    except FileNotFoundError:
        raise InputError(f"{own} is missing, and no measures for {city.key!r} are packaged") from None


def expand(
    population: Population, measures: tuple[Measure, ...], luck: Luck, *, spread: float = 0.4, availability: float = 1.0, costs: float = 1.0
) -> Choices:
    """Every available measure for every firm that a right it saves covers; costs differ by firm with sd `spread`.

    `availability` is the share of each potential that can be had within the year, `costs` what measures cost as a share of
    their data.
    """
    firms, can = population.firms, []
    for number, measure in enumerate(measures):
        if measure.status == "available":
            amount = _basis_use(population, measure) * round(measure.potential_ppm * availability) // MILLION
            saves = np.zeros(len(firms), dtype=bool)
            for right, saved in enumerate(_savings(population, measure, amount)):
                saves |= (saved > 0) & firms.covered[right]
            rows = np.flatnonzero(saves)
            can.append((number, measure, rows.astype(np.int32), amount[rows]))
    count = np.bincount(np.concatenate([rows for _, _, rows, _ in can] or [np.zeros(0, dtype=np.int32)]), minlength=len(firms))
    place, many = np.cumsum(count) - count, int(count.sum())
    choices = Choices(
        firm=np.repeat(np.arange(len(firms), dtype=np.int32), count), measure=np.zeros(many, dtype=np.int16), lead_days=np.zeros(many, dtype=np.int32),
        saving=np.zeros((len(firms.rights), many), dtype=np.int64), cost_fen=np.zeros(many, dtype=np.int64),
    )  # fmt: skip
    for number, measure, rows, amount in can:  # each firm's choices stand together, in the order of measures
        at, unit = place[rows], population.city.rights[measure.basis].base_per_trading_unit
        factor = np.maximum(LEAST_FACTOR, 1.0 + spread * luck.normal_of(f"cost of measure {measure.key}", 0, firms.id[rows]))
        choices.measure[at], choices.lead_days[at] = number, measure.lead_days
        choices.cost_fen[at] = np.rint(amount / unit * measure.cost_fen * factor * costs).astype(np.int64)
        for right, saved in enumerate(_savings(population, measure, amount)):
            choices.saving[right, at] = saved
        place[rows] += 1
    return choices


def _savings(population: Population, measure: Measure, amount: np.ndarray) -> Iterator[np.ndarray]:
    """What `amount` (n,) of a measure saves of each right in turn, through power too. Shapes (n,)."""
    unit = population.city.rights[measure.basis].base_per_trading_unit
    power = amount * measure.saves_power_kwh // unit
    for direct, factor in zip(measure.saves, population.firms.factor_per_gwh.tolist(), strict=True):
        yield amount * direct // unit + power * factor // GWH


def _measure(row: Row, rights: tuple[str, ...], power: str, sectors: tuple[str, ...]) -> Measure:
    measure = Measure(
        key=row.text("key"), sectors=tuple(sectors.index(key) for key in row.several("sectors", sectors)),
        basis=rights.index(row.choice("basis", rights)), potential_ppm=row.whole("potential_pct", 10_000),
        cost_fen=row.whole("cost_cny_per_unit", 100), saves=tuple(row.whole(f"saves_{key}") for key in rights),
        saves_power_kwh=row.whole(f"saves_{power}"), lead_days=row.whole("lead_days"),
        status=row.choice("status", STATUSES), name_zh=row.text("name_zh"), name_en=row.text("name_en"),
    )  # fmt: skip
    if not (0 < measure.potential_ppm <= MILLION and measure.lead_days >= 0):
        raise InputError(f"{row.place}: needs 0 < potential_pct <= 100 and lead_days >= 0")
    if measure.status == "available" and measure.cost_fen <= 0:
        raise InputError(f"{row.place}: a measure that costs nothing is already taken; its status must be baseline")
    return measure


def _basis_use(population: Population, measure: Measure) -> np.ndarray:
    """What each holder uses of the measure's basis in its sectors; residual rows have no choices. Shape (firms,), base units."""
    city, claims, firms = population.city, population.claims, population.firms
    basis, in_sectors = city.rights[measure.basis], np.isin(claims.sector, measure.sectors)
    direct, power = (np.zeros(len(firms), dtype=np.int64) for _ in range(2))
    for total, meter in ((direct, city.meter_index(basis.key)), (power, city.role_index("power"))):
        mine = in_sectors & (claims.meter == meter)
        np.add.at(total, claims.firm[mine], claims.amount[mine])
    use = direct if basis.includes_power else direct + added(power, int(firms.factor_per_gwh[measure.basis]))
    return np.where(firms.covered.any(axis=0), use, 0)
