"""The population of a city: holders of rights cut out of the cells of its table so that everything adds up to the unit.

In each sector a stated number of holders takes a stated share. They stand in districts in proportion to the sector's use there;
a holder's size is the least it must use plus a lognormal share of the rest:
    size_i = floor + (total - n * floor) * exp(sigma * z_i) / sum_j exp(sigma * z_j)
and its output per use varies by exp(output_sd * z). Holders without a sector (governments) take what the others leave of the
rights that cover them; the rest of every cell is one residual row. Of several cities like one, cells and numbers of holders
are so many times the city's, and the holders are as large as there.
Source: number of entities, least sizes, shares and spreads with grades in the region's holders.csv and coverage.csv.
"""

import math
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from marketsim.domain.firms import MAX_RANK, NO_SECTOR, RESIDUAL, Firms
from marketsim.domain.region import City, added
from marketsim.domain.rows import Row, read, unique
from marketsim.domain.sharing import product_over, share_out
from marketsim.errors import InputError
from marketsim.rng import Luck

MILLION = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Holder:
    """A line of holders.csv: `count` holders of `kind` take `share_ppm` of what earlier lines leave of a sector's use of the right at `size`.

    Each uses at least `least` base units of that right. `sector` -1: `count` holders a district, of what others leave.
    """

    place: str
    kind: str
    sector: int
    count: int
    share_ppm: int
    size: int
    least: int
    sigma: float
    output_sd: float


@dataclass(frozen=True, kw_only=True)
class Cover:
    """A line of coverage.csv: the right at `right` covers holders of `kind` in `sectors` that use at least `threshold` base units."""

    right: int
    kind: str
    sectors: tuple[int, ...]
    threshold: int


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """What a synthesis needs besides the city's table."""

    holders: tuple[Holder, ...]
    coverage: tuple[Cover, ...]

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of holders in the order of the file, then the residual rows."""
        return (*dict.fromkeys(holder.kind for holder in self.holders), RESIDUAL)

    def times(self, copies: int) -> "Parameters":
        """The same for so many cities like this one."""
        return replace(self, holders=tuple(replace(holder, count=holder.count * copies) for holder in self.holders))


@dataclass(frozen=True, kw_only=True)
class Claims:
    """Who carries which part of which cell: `firm` a row of Firms, `region` an adcode, `sector` and `meter` positions in the city.

    All columns have the shape (claims,); `amount` is int64 in base units of the meter.
    """

    firm: np.ndarray
    region: np.ndarray
    sector: np.ndarray
    meter: np.ndarray
    amount: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Population:
    """A city's holders and residual rows, and the claims that tie them to the cells."""

    city: City
    firms: Firms
    claims: Claims

    def cells(self) -> np.ndarray:
        """What all claims add up to: equals `city.cells`. Shape (districts, sectors, meters)."""
        found = np.zeros_like(self.city.cells)
        order = {region.adcode: i for i, region in enumerate(self.city.districts)}
        district = np.array([order[adcode] for adcode in self.claims.region.tolist()], dtype=np.int64)
        np.add.at(found, (district, self.claims.sector, self.claims.meter), self.claims.amount)
        return found


def load_parameters(folder: Path, city: City) -> Parameters:
    """Read holders.csv and coverage.csv of a city's folder. Raises InputError naming file and line."""
    rights, sectors = tuple(m.key for m in city.rights), tuple(s.key for s in city.sectors)
    columns = ("kind", "sector", "count", "share_pct", "size_meter", "least_size", "sigma", "output_sd_pct")
    holders = tuple(_holder(row, city) for row in unique(read(folder / "holders.csv", columns), ("kind", "sector")))
    kinds = tuple(dict.fromkeys(holder.kind for holder in holders))
    coverage = tuple(
        Cover(
            right=rights.index(row.choice("right", rights)), kind=row.choice("kind", kinds),
            sectors=tuple(sectors.index(key) for key in row.several("sectors", sectors)),
            threshold=row.whole("threshold", city.rights[rights.index(row.text("right"))].base_per_trading_unit),
        ) for row in read(folder / "coverage.csv", ("right", "kind", "sectors", "threshold"))
    )  # fmt: skip
    return Parameters(holders=holders, coverage=coverage)


def synthesise(city: City, parameters: Parameters, luck: Luck, scale: int = 1) -> Population:
    """Cut the city's cells into holders and residual rows; `scale` times as many, each that much smaller.

    Ids depend on place, sector, kind and rank alone, and sizes on `luck`'s seed and those: leaving out a right changes neither.
    Raises: InputError when a sector cannot hold that many holders above their least size.
    """
    left = city.cells.copy()
    parts: list[_Part] = []
    kinds, luck = parameters.kinds, replace(luck, replication=0)
    for holder in sorted(parameters.holders, key=lambda holder: holder.sector == NO_SECTOR):
        cut = _rest if holder.sector == NO_SECTOR else _facilities
        parts.extend(cut(city, left, holder, parameters, luck, scale))
    parts.extend(
        _Part(district=d, sector=s, cell=s, kind=len(kinds) - 1, amounts=left[d, s][:, None].copy())
        for d in range(left.shape[0]) for s in range(left.shape[1])
    )  # fmt: skip
    return _assemble(city, parameters.coverage, kinds, sorted(parts, key=lambda p: (p.kind, p.district, p.sector, p.cell)), scale)


@dataclass(frozen=True, kw_only=True)
class _Part:
    """Holders of one kind that share one cell; several cells of one holder without a sector have one part each."""

    district: int
    sector: int
    cell: int
    kind: int
    amounts: np.ndarray  # (meters, holders)


def _holder(row: Row, city: City) -> Holder:
    kind = row.text("kind")
    if not row.text("sector"):
        return Holder(
            place=row.place, kind=kind, sector=NO_SECTOR, count=1, share_ppm=MILLION, size=0, least=0, sigma=0.0, output_sd=0.0
        )
    rights, sectors = tuple(meter.key for meter in city.rights), tuple(sector.key for sector in city.sectors)
    size = rights.index(row.choice("size_meter", rights))
    holder = Holder(
        place=row.place, kind=kind, sector=sectors.index(row.choice("sector", sectors)), count=row.whole("count"),
        share_ppm=row.whole("share_pct", 10_000), size=size, least=row.whole("least_size", city.rights[size].base_per_trading_unit),
        sigma=float(row.number("sigma")), output_sd=float(row.number("output_sd_pct")) / 100,
    )  # fmt: skip
    if holder.count <= 0 or not 0 < holder.share_ppm <= MILLION or min(holder.least, holder.sigma, holder.output_sd) < 0:
        raise InputError(f"{row.place}: needs count > 0, 0 < share_pct <= 100 and no negative least_size, sigma or output_sd_pct")
    return holder


def _facilities(city: City, left: np.ndarray, holder: Holder, parameters: Parameters, luck: Luck, scale: int) -> list[_Part]:
    """Holders of one sector in all districts, taken out of `left`."""
    use = replace(city, cells=left).use()[:, holder.sector, holder.size]
    floor = (holder.least + city.rights[holder.size].base_per_trading_unit) // scale  # a unit above, so that rounding stays above too
    counts = _places(use, holder, holder.count * scale, floor)
    share_ppm = min(MILLION, holder.share_ppm * int(use.sum()) // int(use[counts > 0].sum()))
    parts = []
    for district in np.flatnonzero(counts).tolist():
        n, kind = int(counts[district]), parameters.kinds.index(holder.kind)
        ids = _ids(city, kind, district, holder.sector, n)
        rest = _exp(holder.sigma * luck.normal_of("size of a holder", 0, ids))
        least = floor * MILLION / (int(use[district]) * share_ppm)
        size = least + (1 - n * least) * rest / math.fsum(rest)
        output = size * _exp(holder.output_sd * luck.normal_of("output of a holder", 0, ids))
        amounts = np.stack([
            _split(int(left[district, holder.sector, m]) * share_ppm // MILLION, output if meter.role == "value" else size)
            for m, meter in enumerate(city.meters)
        ])  # fmt: skip
        parts.append(_Part(district=district, sector=holder.sector, cell=holder.sector, kind=kind, amounts=amounts))
    for part in parts:
        left[part.district, part.sector] -= part.amounts.sum(axis=1)
    return parts


def _exp(power: np.ndarray) -> np.ndarray:
    """Exponentials one by one: numpy's own differ in the last bit between processors. Shape (n,)."""
    return np.fromiter(map(math.exp, power.tolist()), dtype=np.float64, count=len(power))


def _places(use: np.ndarray, holder: Holder, count: int, floor: int) -> np.ndarray:
    """How many of `count` holders stand in each district: pro rata to use, no more than fit at one and a half times `floor`."""
    taken = product_over(use, np.array(holder.share_ppm // 100), np.array(10_000))
    room = np.minimum(taken // max(1, floor * 3 // 2), np.where(use > 0, count, 0))
    counts = np.zeros(len(use), dtype=np.int64)
    while counts.sum() < count:
        open_use = np.where(counts < room, use, 0)
        if not open_use.any():
            raise InputError(f"{holder.place}: only {int(room.sum())} of {count} holders fit above their least size; lower the count")
        counts = np.minimum(room, counts + share_out(np.array([count - counts.sum()]), open_use[:, None])[:, 0])
    return counts


def _rest(city: City, left: np.ndarray, holder: Holder, parameters: Parameters, luck: Luck, scale: int) -> list[_Part]:
    """Equal holders in every district take what is left of the rights and sectors that cover their kind, but for what power use adds."""
    kind, power = parameters.kinds.index(holder.kind), city.role_index("power")
    parts = []
    for cover in parameters.coverage:
        right = city.rights[cover.right]
        place = city.meter_index(right.key)
        for sector in cover.sectors if cover.kind == holder.kind else ():
            kept = added(left[:, sector, power], right.base_per_gwh) if right.includes_power else np.zeros(len(left), dtype=np.int64)
            for district in range(len(left)):
                amounts = np.zeros((left.shape[2], holder.count), dtype=np.int64)
                amounts[place] = _split(int(left[district, sector, place] - kept[district]), np.ones(holder.count))
                left[district, sector, place] = kept[district]
                parts.append(_Part(district=district, sector=NO_SECTOR, cell=sector, kind=kind, amounts=amounts))
    return parts


def _split(total: int, weights: np.ndarray) -> np.ndarray:
    """Cut `total` into whole parts in proportion to `weights`: differences of rounded running totals. Shape (n,) int64.

    Parts are within one unit of their share; unlike the largest remainder it stays fast and in float64 for a million holders.
    """
    running = np.cumsum(weights)
    edges = np.rint(running / running[-1] * total).astype(np.int64)
    edges[-1] = total
    return np.diff(edges, prepend=0)


def _ids(city: City, kind: int, district: int, sector: int, n: int) -> np.ndarray:
    """Ids of the holders of one kind in one cell: kind, adcode, sector and rank written one after the other. Shape (n,)."""
    if n >= MAX_RANK:
        raise InputError(f"{n} holders in one cell are too many; at most {MAX_RANK - 1}")
    place = (kind * 10**6 + city.districts[district].adcode) * 100 + (len(city.sectors) if sector == NO_SECTOR else sector)
    return place * MAX_RANK + np.arange(1, n + 1)


def _assemble(city: City, coverage: tuple[Cover, ...], kinds: tuple[str, ...], parts: list[_Part], scale: int) -> Population:
    """Give the sorted parts rows and ids; parts of the same holder without a sector share one row."""
    columns: dict[str, list[np.ndarray]] = {name: [] for name in ("id", "firm", "region", "sector", "meter", "amount")}
    last, row = None, 0
    for part in parts:
        n, adcode = part.amounts.shape[1], city.districts[part.district].adcode
        if (part.kind, part.district, part.sector) != last or part.sector != NO_SECTOR:
            columns["id"].append(_ids(city, part.kind, part.district, part.sector, n))
            row += n
        last = (part.kind, part.district, part.sector)
        meter, member = np.nonzero(part.amounts)
        columns["firm"].append(row - n + member)
        columns["meter"].append(meter)
        columns["amount"].append(part.amounts[meter, member])
        columns["region"].append(np.full(len(meter), adcode))
        columns["sector"].append(np.full(len(meter), part.cell))
    flat = {name: np.concatenate(pieces) for name, pieces in columns.items()}
    claims = Claims(
        firm=flat["firm"], region=flat["region"].astype(np.int32), sector=flat["sector"].astype(np.int16),
        meter=flat["meter"].astype(np.int8), amount=flat["amount"],
    )  # fmt: skip
    return Population(city=city, firms=_firms(city, coverage, kinds, flat["id"], claims, scale), claims=claims)


def _firms(city: City, coverage: tuple[Cover, ...], kinds: tuple[str, ...], ids: np.ndarray, claims: Claims, scale: int) -> Firms:
    """The table of firms that the ids and the claims imply."""
    totals = np.zeros((len(city.meters), len(ids)), dtype=np.int64)
    np.add.at(totals, (claims.meter, claims.firm), claims.amount)
    power = totals[city.role_index("power")]
    direct = np.stack([
        totals[city.meter_index(m.key)] - (added(power, m.base_per_gwh) if m.includes_power else 0) for m in city.rights
    ])  # fmt: skip
    sector = (ids // MAX_RANK % 100).astype(np.int16)
    firms = Firms(
        id=ids, region=(ids // (MAX_RANK * 100) % 10**6).astype(np.int32),
        sector=np.where(sector == len(city.sectors), NO_SECTOR, sector).astype(np.int16), sectors=tuple(s.key for s in city.sectors),
        kind=(ids // (MAX_RANK * 10**8)).astype(np.int8), kinds=kinds, rights=tuple(m.key for m in city.rights),
        direct=direct, power_kwh=power.copy(), factor_per_gwh=np.array([m.base_per_gwh for m in city.rights], dtype=np.int64),
        covered=np.zeros(direct.shape, dtype=bool), value_added_fen=totals[city.role_index("value")].copy(),
    )  # fmt: skip
    use = firms.use()
    for cover in coverage:
        in_scope = np.isin(firms.sector, (*cover.sectors, NO_SECTOR)) & firms.is_kind(cover.kind)
        firms.covered[cover.right] |= in_scope & (use[cover.right] >= max(1, cover.threshold // scale))
    return firms
