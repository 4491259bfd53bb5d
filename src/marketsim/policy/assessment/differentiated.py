"""Districts are scored with the weights of their functional zone; ecological zones are scored without output.

Formula: score_i = Σ_j w_zone(i),j z_ij / Σ_j w_zone(i),j, z scaled to [0, 100] over districts; rank 1 is
best.

Source: Tianjin 2019 paper (六) 差异化绩效考核, ecological zones without GDP, official; the weights are judgement.
"""

import math
from dataclasses import dataclass

import numpy as np

from marketsim.policy.rule import Example, Rule, RuleError, parameter


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """Which indicators are struck out in which zones."""

    ecological_zones: tuple = parameter(
        ("ecological",),
        unit="-",
        meaning="Zones that are scored without the indicators struck out.",
        meaning_zh="不考核指定指标的功能区。",
        source="Tianjin 2019 paper (六), official",
    )
    struck: tuple = parameter(
        ("output",),
        unit="-",
        meaning="Indicators struck out there.",
        meaning_zh="在上述功能区不考核的指标。",
        source="Tianjin 2019 paper (六): no GDP, official",
    )


@dataclass(frozen=True, kw_only=True)
class Scores:
    """`values (districts, indicators)` float, more is better; `names` and `weights` of the indicators; `zone`
    index."""

    values: np.ndarray
    names: tuple[str, ...]
    weights: tuple[float, ...]
    zone: np.ndarray
    zones: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Ranking:
    """`score` float, `rank`, `rank_undifferentiated (districts,)` int64, 1 is best; ties to the earlier row."""

    score: np.ndarray
    rank: np.ndarray
    rank_undifferentiated: np.ndarray


def _rank(scores: list[float]) -> np.ndarray:
    rank = np.empty(len(scores), np.int64)
    rank[np.argsort(-np.array(scores), kind="stable")] = np.arange(1, len(scores) + 1)
    return rank


def _score(row: list[float], weights: list[float]) -> float:
    whole = math.fsum(weights)
    if whole <= 0:
        raise RuleError("every indicator of a zone is struck out: nothing is left to score")
    return math.fsum(weight * value for weight, value in zip(weights, row, strict=True)) / whole


def apply(parameters: Parameters, scores: Scores) -> Ranking:
    """Return scores and ranks with and without differentiation. Raises: RuleError when nothing is left to
    score, or an indicator does not exist."""
    strange = [name for name in parameters.struck if name not in scores.names]
    if strange:
        raise RuleError(f"no indicator named {', '.join(strange)}; there are {', '.join(scores.names)}")
    low, high = scores.values.min(axis=0), scores.values.max(axis=0)
    scaled = (100 * (scores.values - low) / np.where(high > low, high - low, 1)).tolist()
    special = [
        0.0 if name in parameters.struck else weight
        for name, weight in zip(scores.names, scores.weights, strict=True)
    ]
    plain = list(scores.weights)
    own = [
        special if scores.zones[place] in parameters.ecological_zones else plain
        for place in scores.zone.tolist()
    ]
    differentiated = [_score(row, weights) for row, weights in zip(scaled, own, strict=True)]
    return Ranking(
        score=np.array(differentiated),
        rank=_rank(differentiated),
        rank_undifferentiated=_rank([_score(row, plain) for row in scaled]),
    )


EXAMPLE = Example(
    given="A rich district with a poor river, and a poor one with a clean river in an ecological zone.",
    given_zh="甲区产出高、水质差；乙区属生态涵养，产出低、水质好。",
    run=lambda: apply(
        Parameters(),
        Scores(
            values=np.array([[10.0, 2.0], [1.0, 9.0]]),
            names=("output", "river"),
            weights=(0.7, 0.3),
            zone=np.array([0, 1]),
            zones=("key", "ecological"),
        ),
    ).rank.tolist(),
    then=[2, 1],
)

RULE = Rule(
    name="differentiated",
    room="assessment",
    title_en="Weights by functional zone",
    title_zh="分类差异化考核",
    summary_zh="按所在功能区的权重评分，生态功能区不考核产出。",
    doc=__doc__,
    Parameters=Parameters,
    apply=apply,
    example=EXAMPLE,
)
