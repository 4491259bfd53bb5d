"""Several indicators are added up with given weights.

Formula: score_i = Σ_j w_j x_ij / Σ_i x_ij × n; cut_i by start_i × score_i, growth by start_i / score_i.

Source: integrated weighting for Beijing-Tianjin-Hebei gives responsibility about 0.56, the largest (Han et
al. 2016).
"""

import math
from dataclasses import dataclass

import numpy as np

from marketsim.policy.decomposition.districts import Bounds, Districts, by_factor, indicators_of
from marketsim.policy.rule import Example, Rule, RuleError, parameter


@dataclass(frozen=True, kw_only=True)
class Parameters(Bounds):
    """Bounds, and the weight of each indicator."""

    weights: tuple = parameter(
        (0.56, 0.22, 0.22),
        unit="-",
        meaning="Weight of each indicator, in their order (responsibility, capacity, potential in a run).",
        meaning_zh="各指标权重，按次序（运行时为责任、能力、潜力）。",
        source="Han et al. 2016 for the first (responsibility), literature; the rest judgement",
    )


def apply(parameters: Parameters, districts: Districts) -> np.ndarray:
    """Return what each district may use, `(districts,)` int64. Raises: RuleError when weights and indicators
    differ."""
    indicators = indicators_of(districts)
    if len(parameters.weights) != indicators.shape[1]:
        raise RuleError(f"{len(parameters.weights)} weights for {indicators.shape[1]} indicators")
    relative = indicators / indicators.mean(axis=0)
    score = [
        math.fsum(w * x for w, x in zip(parameters.weights, row, strict=True)) for row in relative.tolist()
    ]
    return by_factor(districts, np.array(score), parameters)


EXAMPLE = Example(
    given="Two districts would use 100 each; indicators (3, 1) and (1, 1) with weights 0.5 and 0.5; together 160.",
    given_zh="两区各用100，指标(3,1)与(1,1)，权重各0.5，合计目标160。",
    run=lambda: apply(
        Parameters(weights=(0.5, 0.5)),
        Districts(start=np.array([100, 100]), goal=160, indicators=np.array([[3.0, 1.0], [1.0, 1.0]])),
    ).tolist(),
    then=[75, 85],
)

RULE = Rule(
    name="composite",
    room="decomposition",
    title_en="Given weights on several indicators",
    title_zh="综合指标加权",
    summary_zh="多个指标按给定权重加总。",
    doc=__doc__,
    Parameters=Parameters,
    apply=apply,
    example=EXAMPLE,
)
