"""A weighted sum of other rules: half by history and half by benchmark, say.

Formula: A_i = Σ_p share_p × A_i(rule p), shrunk to the cap where the sum exceeds it.

Source: transitions from grandfathering to benchmarks are made so; the weights are a choice.
"""

from dataclasses import dataclass

import numpy as np

from marketsim.policy.allocation import benchmarking, grandfathering
from marketsim.policy.allocation.claimants import Claimants
from marketsim.policy.allocation.parts import Part
from marketsim.policy.exact import scale
from marketsim.policy.rule import Example, Rule, parameter

HALVES = (
    Part(rule=grandfathering.RULE, parameters=grandfathering.Parameters(), share=0.5),
    Part(rule=benchmarking.RULE, parameters=benchmarking.Parameters(), share=0.5),
)


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """The rules that are added up."""

    parts: tuple = parameter(
        HALVES,
        unit="-",
        meaning="List of rules, each with its share and its own parameters.",
        meaning_zh="各组成规则及其权重与参数。",
        source="design choice",
    )


def apply(parameters: Parameters, claimants: Claimants) -> np.ndarray:
    """Return free rights, `(firms,)` int64 base units."""
    due = np.zeros(len(claimants.covered), np.int64)
    for part in parameters.parts:
        due += scale(part.rule.apply(part.parameters, claimants), part.share)
    return claimants.grant(due)


def _example() -> list:
    history = Part(rule=grandfathering.RULE, parameters=grandfathering.Parameters(factor=1.0), share=0.75)
    tighter = Part(rule=grandfathering.RULE, parameters=grandfathering.Parameters(factor=0.8), share=0.25)
    return apply(
        Parameters(parts=(history, tighter)), Claimants(covered=np.array([True]), use=np.array([[1000]]))
    ).tolist()


EXAMPLE = Example(
    given="Three quarters by use × 1.0 and one quarter by use × 0.8, for a use of 1,000.",
    given_zh="四分之三按用量×1.0，四分之一按用量×0.8，用量1000。",
    run=_example,
    then=[950],
)

RULE = Rule(
    name="hybrid",
    room="allocation",
    title_en="Weighted hybrid",
    title_zh="加权组合",
    summary_zh="几种规则的加权和。",
    doc=__doc__,
    Parameters=Parameters,
    apply=apply,
    example=EXAMPLE,
)
