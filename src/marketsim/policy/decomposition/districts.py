"""Who shares a city's target, as columns, and the exact split of a change over them."""

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from marketsim.policy.exact import multiply_divide, ratio, total, whole_weights
from marketsim.policy.rule import RuleError, parameter


ZERO = (
    "a weight of this decomposition is a quotient, and its divisor (people, value added or use) is zero in some district;"
    " take a rule that does not divide by it"
)


@dataclass(frozen=True, kw_only=True)
class Districts:
    """Columns a rule of decomposition may read; `(districts,)` int64 unless said otherwise.

    `start`: what each district would use without a target, base units: last year's use for a total, use at
    the intensity of the base year and the projected output for an intensity (`at_projected_output`); `goal`:
    what all together may use. `value_added_fen`, `population`, `use` (of the base year); `history`: use added
    up over earlier years; `potential_use`: what best practice would use; `zone (districts,)` index in
    `zones`; `indicators (districts, indicators)` float for weights of several indicators; `sector_use
    (sectors, districts)` of `sectors`.
    """

    start: np.ndarray
    goal: int
    use: np.ndarray | None = None
    value_added_fen: np.ndarray | None = None
    population: np.ndarray | None = None
    history: np.ndarray | None = None
    potential_use: np.ndarray | None = None
    zone: np.ndarray | None = None
    zones: tuple[str, ...] = ()
    indicators: np.ndarray | None = None
    sector_use: np.ndarray | None = None
    sectors: tuple[str, ...] = ()
    marginal_cut: np.ndarray | None = None

    def need(self, name: str) -> np.ndarray:
        """Return a column. Raises: RuleError naming the column when the districts do not carry it."""
        column = getattr(self, name)
        if column is None:
            raise RuleError(
                f"this rule of decomposition needs the column `{name}`, which these districts do not carry"
            )
        return column

    @property
    def cut(self) -> int:
        """What all together must give up; below zero where they may grow."""
        return total(self.start) - self.goal


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """How little and how much any district may have to give up; every rule of the room has these two
    parameters."""

    lowest_rate: float | None = parameter(
        None,
        unit="of the start",
        within=(-10, 1),
        meaning="No district gives up a smaller share; empty means no bound.",
        meaning_zh="各区降幅下限；空为不设。",
        source="clip and solve again; design choice",
    )
    highest_rate: float = parameter(
        1.0,
        unit="of the start",
        within=(0, 1),
        meaning="No district gives up a larger share.",
        meaning_zh="各区降幅上限。",
        source="clip and solve again; design choice",
    )


def at_projected_output(use: np.ndarray, output: np.ndarray, projected: np.ndarray) -> np.ndarray:
    """Return what districts would use at their base intensity and projected output. Shapes: `(districts,)`
    int64."""
    return multiply_divide(use, projected, output)


def intensity_goal(
    districts_use: np.ndarray, output: np.ndarray, projected: np.ndarray, reduction: float
) -> int:
    """Return what a city may use at its projected output when its intensity must fall by `reduction`.

    Formula: goal = floor((1 − reduction) × Σuse / Σoutput × Σprojected).
    """
    exact = (1 - ratio(reduction)) * Fraction(total(districts_use) * total(projected), total(output))
    return exact.numerator // exact.denominator


def share_change(districts: Districts, weights, bounds: Bounds) -> np.ndarray:
    """Return targets start − cut_i with cut_i in proportion to `weights`, clipped, adding up to the goal
    exactly.

    Formula: cut_i = clip(k w_i, lowest × start_i, highest × start_i), k such that Σ cut_i = Σ start − goal;
    the unit left by rounding goes to the largest fractions. Shapes: weights `(districts,)` ≥ 0 as integers or
    floats, result `(districts,)` int64. Raises: RuleError when no k reaches the goal within the bounds.
    """
    whole = (
        weights
        if isinstance(weights, list)
        else (weights if weights.dtype == np.int64 else whole_weights(weights)).tolist()
    )
    if min(whole) < 0:
        raise RuleError("the weights of a decomposition must not be negative")
    start, cut = districts.start.tolist(), districts.cut
    highest = [int(ratio(bounds.highest_rate) * amount // 1) for amount in start]
    lowest = None
    if bounds.lowest_rate is not None:
        lowest = [-int(-ratio(bounds.lowest_rate) * amount // 1) for amount in start]
    shares = _clipped(whole, cut, lowest or [min(0, cut)] * len(start), highest)
    return districts.start - np.array(_whole(shares, cut), np.int64)


def share_goal(districts: Districts, weights: np.ndarray, bounds: Bounds) -> np.ndarray:
    """Return the goal split by `weights`, each district's change clipped to the bounds, adding up exactly.

    Formula: U_i = clip(k w_i, (1 − highest) start_i, (1 − lowest) start_i), Σ U_i = goal. Shapes:
    `(districts,)` int64. Raises: RuleError when no k reaches the goal within the bounds.
    """
    start = districts.start.tolist()
    least = [amount - int(ratio(bounds.highest_rate) * amount // 1) for amount in start]
    most = [max(districts.goal, amount) for amount in start]
    if bounds.lowest_rate is not None:
        most = [int((1 - ratio(bounds.lowest_rate)) * amount // 1) for amount in start]
    return np.array(_whole(_clipped(weights.tolist(), districts.goal, least, most), districts.goal), np.int64)


def by_factor(districts: Districts, factors, bounds: Bounds) -> np.ndarray:
    """Return targets with rates in proportion to `factors` (cut), or growth in proportion to start / factor.

    A factor of zero spares a district from cuts; of a growth it gets no more than the one with the smallest factor above zero.
    Shapes: factors `(districts,)` ≥ 0, not all zero; result `(districts,)` int64.
    """
    factors = whole_weights(factors)
    if districts.cut < 0:
        least = min((one for one in factors.tolist() if one > 0), default=1)
        factors = whole_weights([1 / max(one, least) for one in factors.tolist()])
    return share_change(
        districts,
        [amount * one for amount, one in zip(districts.start.tolist(), factors.tolist(), strict=True)],
        bounds,
    )


def quotients(upper: np.ndarray, lower: np.ndarray) -> np.ndarray:
    """Return upper / lower, correctly rounded. Raises: RuleError where the divisor is not positive."""
    if (np.asarray(lower) <= 0).any():
        raise RuleError(ZERO)
    return np.asarray(upper) / np.asarray(lower)


def indicators_of(districts: Districts) -> np.ndarray:
    """Return the indicators. Shapes: `(districts, indicators)` float. Raises: RuleError where one is not finite."""
    table = np.asarray(districts.need("indicators"), float)
    if not np.isfinite(table).all():
        raise RuleError(ZERO)
    return table


def by_rate(
    districts: Districts, upper: np.ndarray, lower: np.ndarray, theta: float, bounds: Bounds
) -> np.ndarray:
    """Return targets with rates in proportion to (upper / lower) to the power theta; see `by_factor`."""
    return by_factor(districts, [math.pow(one, theta) for one in quotients(upper, lower).tolist()], bounds)


def _whole(shares: list[Fraction], amount: int) -> list[int]:
    """Round shares that add up to `amount` down, and give the units left to the largest fractions, earlier
    rows first."""
    floors = [share.numerator // share.denominator for share in shares]
    order = sorted(range(len(shares)), key=lambda place: floors[place] - shares[place])
    for place in order[: amount - sum(floors)]:
        floors[place] += 1
    return floors


def _clipped(weights: list[int], cut: int, lowest: list[int], highest: list[int]) -> list[Fraction]:
    """Solve Σ clip(k w_i) = cut for k exactly by walking over the breakpoints of this rising line of pieces."""
    rows = list(zip(weights, lowest, highest, strict=True))
    fixed = sum(min(max(0, low), high) for weight, low, high in rows if weight == 0)
    least = fixed + sum(low for weight, low, _ in rows if weight)
    most = fixed + sum(high for weight, _, high in rows if weight)
    if not least <= cut <= most:
        raise RuleError(
            f"the change of {cut} base units cannot be shared within the bounds: they allow {least} to {most}"
            " (widen lowest_rate or highest_rate, or check that the weights are not all zero)"
        )

    def given(k: Fraction) -> list[Fraction]:
        return [min(max(k * weight, Fraction(low)), Fraction(high)) for weight, low, high in rows]

    breaks = sorted(
        {Fraction(bound, weight) for weight, low, high in rows if weight for bound in (low, high)}
    )
    if not breaks:
        return given(Fraction(0))
    before, after = 0, len(breaks) - 1
    while after - before > 1:
        middle = (before + after) // 2
        if sum(given(breaks[middle])) <= cut:
            before = middle
        else:
            after = middle
    at_before, at_after = sum(given(breaks[before])), sum(given(breaks[after]))
    if at_after == at_before:
        return given(breaks[before])
    step = (cut - at_before) / (at_after - at_before)
    return given(breaks[before] + step * (breaks[after] - breaks[before]))
