"""How much of a right its holder may sell: saved use, closures, and part of a region's unused quota.

Formula: sellable_i = min(held, saved + closed + share × (quota − use where the quota is not used up)).

Source: water intake rights (2016 measures: only what process, structure or measures saved; town utilities
excluded); Zhejiang 2019 (retrofits, closures, up to 50 % of a region's new quota); regional water rights: the
unused part of the cap.
"""

from dataclasses import dataclass

import numpy as np

from marketsim.policy.exact import scale
from marketsim.policy.rule import Example, Rule, parameter


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """What counts as sellable."""

    saved_share: float = parameter(
        1.0,
        unit="of verified savings",
        within=(0, 1),
        meaning="Share of verified savings that may be sold.",
        meaning_zh="可出售的节约量比例。",
        source="2016 water measures; Henan 2022: verified saving, official",
    )
    closed_share: float = parameter(
        1.0,
        unit="of last use",
        within=(0, 1),
        meaning="Share of a closed plant's use of the year before that may be sold.",
        meaning_zh="关停企业上年用量可出售比例。",
        source="Henan 2022, official",
    )
    unused_share: float = parameter(
        0.5,
        unit="of the unused quota",
        within=(0, 1),
        meaning="Share of an unused quota that a government may sell.",
        meaning_zh="区域未用指标可出售比例。",
        source="Zhejiang 2019: up to 50 %, official; 1 for regional water rights",
    )


@dataclass(frozen=True, kw_only=True)
class Holdings:
    """Columns, `(holders,)` int64 base units; `government` and `excluded` (may not sell at all) bool."""

    held: np.ndarray
    use: np.ndarray
    saved: np.ndarray
    closed_use: np.ndarray
    government: np.ndarray
    excluded: np.ndarray


def apply(parameters: Parameters, holdings: Holdings) -> np.ndarray:
    """Return what each holder may sell, `(holders,)` int64 base units, at most what it holds."""
    unused = np.where(holdings.government, np.maximum(holdings.held - holdings.use, 0), 0)
    amount = (
        scale(holdings.saved, parameters.saved_share)
        + scale(holdings.closed_use, parameters.closed_share)
        + scale(unused, parameters.unused_share)
    )
    return np.where(holdings.excluded, 0, np.minimum(amount, holdings.held))


EXAMPLE = Example(
    given="A mill holds 100 and saved 8; a district holds 100 and used 60; a town utility holds 100 and saved 5.",
    given_zh="工厂持有100、节约8；区政府持有100、用60；城镇供水企业持有100、节约5。",
    run=lambda: apply(
        Parameters(),
        Holdings(
            held=np.array([100, 100, 100]),
            use=np.array([92, 60, 95]),
            saved=np.array([8, 0, 5]),
            closed_use=np.zeros(3, np.int64),
            government=np.array([False, True, False]),
            excluded=np.array([False, False, True]),
        ),
    ).tolist(),
    then=[8, 20, 0],
)

RULE = Rule(
    name="sellable",
    room="allocation",
    title_en="What may be sold",
    title_zh="可交易量",
    summary_zh="持有者可出售的数量：节约量、关停量与未用指标的一部分。",
    doc=__doc__,
    Parameters=Parameters,
    apply=apply,
    example=EXAMPLE,
)
