"""Several indicators are weighed by how much they tell districts apart.

Formula: p_ij = x_ij / Σ_i x_ij; e_j = −(1/ln n) Σ_i p ln p; w_j = (1 − e_j) / Σ (1 − e); score_i = Σ_j w_j
z_ij, z scaled to [0, 1]; cut_i by start_i × score_i, growth by start_i / score_i.

Source: entropy weights after Shannon 1948; on 332 Chinese cities such a rule spread an 18 % goal over
2.76-88.58 %, literature, so clip and solve again.
"""

import math
from dataclasses import dataclass

import numpy as np

from marketsim.policy.decomposition.districts import Bounds, Districts, by_factor, indicators_of
from marketsim.policy.rule import Example, Rule, parameter


@dataclass(frozen=True, kw_only=True)
class Parameters(Bounds):
    """Bounds, and the least score."""

    least_score: float = parameter(
        0.1,
        unit="-",
        within=(0, 1),
        meaning="Score of the district that is lowest in every indicator; 1 minus this is the span.",
        meaning_zh="各指标均最低者的得分。",
        source="judgement: without it one district would give up nothing",
    )


def entropy_weights(indicators: np.ndarray) -> list[float]:
    """Return the weight of each indicator. Shapes: `(districts, indicators)` ≥ 0 to `(indicators,)` adding up
    to 1."""
    spread = []
    for column in indicators.T.tolist():
        whole = math.fsum(column)
        parts = [value / whole for value in column if value > 0] if whole > 0 else []
        told = -math.fsum(part * math.log(part) for part in parts) / math.log(len(column)) if len(parts) > 1 else 1.0
        spread.append(max(0.0, 1 - told))
    whole = math.fsum(spread)
    return [one / whole for one in spread] if whole > 1e-15 else [1 / len(spread)] * len(spread)


def apply(parameters: Parameters, districts: Districts) -> np.ndarray:
    """Return what each district may use, `(districts,)` int64, adding up to the goal."""
    indicators = indicators_of(districts)
    low, high = indicators.min(axis=0), indicators.max(axis=0)
    scaled = (indicators - low) / np.where(high > low, high - low, 1)
    weights = entropy_weights(indicators)
    score = np.array([math.fsum(w * z for w, z in zip(weights, row, strict=True)) for row in scaled.tolist()])
    return by_factor(districts, parameters.least_score + (1 - parameters.least_score) * score, parameters)


EXAMPLE = Example(
    given="Two districts would use 100 each; one indicator, 3 and 1; together 156.",
    given_zh="两区各用100，单一指标3与1，合计目标156。",
    run=lambda: apply(
        Parameters(), Districts(start=np.array([100, 100]), goal=156, indicators=np.array([[3.0], [1.0]]))
    ).tolist(),
    then=[60, 96],
)

RULE = Rule(
    name="entropy",
    room="decomposition",
    title_en="Entropy weights",
    title_zh="熵权法",
    summary_zh="多个指标按其区分各区的信息量（熵）加权。",
    doc=__doc__,
    Parameters=Parameters,
    apply=apply,
    example=EXAMPLE,
)
