"""A cap is served class by class: everybody in a class in full before the next gets anything.

Formula: class c receives min(need_c, cap − Σ earlier classes); within a class pro rata to need.

Source: initial allocation of water-use rights: living first, then ecology and production (2016 measures),
official.
"""

from dataclasses import dataclass

import numpy as np

from marketsim.policy.allocation.base_years import CHOICES, combine
from marketsim.policy.allocation.claimants import Claimants
from marketsim.policy.exact import fit_to_cap, scale, total
from marketsim.policy.rule import Example, Rule, parameter


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """Order of the classes."""

    ranks: dict = parameter(
        {},
        unit="rank",
        within=(0, 100),
        meaning="Rank of a sector, 0 first; sectors not listed come last together.",
        meaning_zh="各类用户的优先次序，0最先；未列者并列最后。",
        source="living, ecology, production: 2016 measures, official",
    )
    base_years: str = parameter(
        "mean",
        unit="-",
        within=CHOICES,
        meaning="Which of the base years counts as need.",
        meaning_zh="需求按哪一基准年计。",
        source="design choice",
    )
    factor: float = parameter(
        1.0,
        unit="-",
        within=(0, 2),
        meaning="Share of the base that counts as need.",
        meaning_zh="计为需求的基数比例。",
        source="design choice",
    )


def apply(parameters: Parameters, claimants: Claimants) -> np.ndarray:
    """Return rights, `(firms,)` int64 base units, adding up to the cap or to all needs."""
    need = scale(combine(claimants.need("use"), parameters.base_years), parameters.factor)
    rank = np.array(claimants.per_sector(parameters.ranks, 101))[claimants.need("sector")]
    given, left = np.zeros(len(need), np.int64), claimants.need_cap()
    for level in np.unique(rank).tolist():
        served = fit_to_cap(np.where(claimants.covered & (rank == level), need, 0), left)
        given, left = given + served, left - total(served)
    return given


EXAMPLE = Example(
    given="Cap 100: homes need 40, then ecology 30, farms and works last with 40 and 20.",
    given_zh="总量100：生活40优先，生态30其次，农业40与工业20最后。",
    run=lambda: apply(
        Parameters(ranks={"homes": 0, "ecology": 1}),
        Claimants(
            covered=np.ones(4, bool),
            use=np.array([[40, 30, 40, 20]]),
            sector=np.arange(4),
            sectors=("homes", "ecology", "farms", "works"),
            cap=100,
        ),
    ).tolist(),
    then=[40, 30, 20, 10],
)

RULE = Rule(
    name="priority",
    room="allocation",
    title_en="By priority of use",
    title_zh="按用途优先序分配",
    summary_zh="按用途优先次序逐类满足，前一类满足后才轮到下一类。",
    doc=__doc__,
    Parameters=Parameters,
    apply=apply,
    example=EXAMPLE,
)
