"""Districts give up what the least-cost plan of the whole city takes from each.

Formula: cut_i = the reduction of i at one price λ for all with Σ cut_i = Σ start − goal; λ and the reductions
come from the planner, rounding is made to add up; where the city may grow, growth goes by start.

Source: equal marginal abatement cost (Montgomery 1972); the benchmark for the price of fairness.
"""

from dataclasses import dataclass

import numpy as np

from marketsim.policy.decomposition.districts import Bounds, Districts, share_change
from marketsim.policy.rule import Example, Rule


@dataclass(frozen=True, kw_only=True)
class Parameters(Bounds):
    """Bounds on the share any district gives up."""


def apply(parameters: Parameters, districts: Districts) -> np.ndarray:
    """Return what each district may use, `(districts,)` int64; `marginal_cut` is the planner's answer,
    `(districts,)`."""
    weights = districts.need("marginal_cut") if districts.cut > 0 else districts.start
    return share_change(districts, weights, parameters)


EXAMPLE = Example(
    given="The planner finds cuts of 40 and 20 at one price; two districts would use 100 each; together 140.",
    given_zh="最小成本下两区减40与20，原各用100，合计目标140。",
    run=lambda: apply(
        Parameters(), Districts(start=np.array([100, 100]), goal=140, marginal_cut=np.array([40, 20]))
    ).tolist(),
    then=[60, 80],
)

RULE = Rule(
    name="equal_marginal_cost",
    room="decomposition",
    title_en="Equal marginal cost",
    title_zh="等边际成本分解",
    summary_zh="按全市最小成本方案中各区的减量分解。",
    doc=__doc__,
    Parameters=Parameters,
    apply=apply,
    example=EXAMPLE,
)
