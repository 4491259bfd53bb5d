"""Zero-sum-gains envelopment: the goal moves from districts below the frontier to those on it.

Formula: θ_o = least θ with Σλ y ≥ y_o, Σ λ_j x_j (1 + x_o (1 − θ) / Σ_{j≠o} x_j) ≤ θ x_o, Σλ = 1; with one
input this is θ = θ' X / (X − x_o + θ' x_o), θ' the ordinary efficiency and X = Σ x; what o gives up goes to
the others pro rata; repeat.

Source: zero-sum-gains DEA: Lins et al. 2003; Gomes and Lins 2008, literature.
"""

from dataclasses import dataclass

import numpy as np

from marketsim.policy.decomposition.districts import ZERO, Bounds, Districts, share_goal
from marketsim.policy.exact import whole_weights
from marketsim.policy.rule import Example, Rule, RuleError, parameter

CLOSE = 1e-7


@dataclass(frozen=True, kw_only=True)
class Parameters(Bounds):
    """Bounds, outputs that count, and how long to go on."""

    outputs: str = parameter(
        "both",
        unit="-",
        within=("both", "value_added", "population"),
        meaning="Which outputs the frontier counts.",
        meaning_zh="前沿面所计产出：增加值、人口或两者。",
        source="design choice",
    )
    rounds: int = parameter(
        200,
        unit="rounds",
        within=(1, 10_000),
        meaning="Most rounds of giving and taking; it stops when all are efficient.",
        meaning_zh="最多迭代次数；全部有效即止。",
        source="design choice",
    )


def efficiency(inputs: np.ndarray, outputs: np.ndarray) -> np.ndarray:
    """Return the ordinary input-oriented efficiency with variable returns. Shapes: `(n,)`, `(outputs, n)` to
    `(n,)`."""
    import highspy

    scaled = outputs / outputs.max(axis=1, keepdims=True)
    count, kinds = len(inputs), len(outputs)
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    cost = inputs / inputs.max()
    for one in cost:
        solver.addVar(0.0, highspy.kHighsInf)
        solver.changeColCost(solver.getNumCol() - 1, float(one))
    everyone = np.arange(count, dtype=np.int32)
    for row in scaled:
        solver.addRow(0.0, highspy.kHighsInf, count, everyone, row)
    solver.addRow(1.0, 1.0, count, everyone, np.ones(count))
    found = np.empty(count)
    for one in range(count):
        for kind in range(kinds):
            solver.changeRowBounds(kind, float(scaled[kind, one]) * (1 - 1e-12), highspy.kHighsInf)
        solver.run()
        found[one] = solver.getInfo().objective_function_value / cost[one]
    return np.minimum(found, 1.0)


def settle(inputs: np.ndarray, outputs: np.ndarray, rounds: int) -> np.ndarray:
    """Return the inputs once everybody stands on the frontier; their total does not change. Shapes: `(n,)`
    float."""
    for _ in range(rounds):
        plain = efficiency(inputs, outputs)
        if plain.min() > 1 - CLOSE:
            break
        whole = inputs.sum()
        theta = plain * whole / (whole - inputs + plain * inputs)
        given = inputs * (1 - theta)
        rate = given / (whole - inputs)
        inputs = inputs - given + inputs * (rate.sum() - rate)
    return inputs


def apply(parameters: Parameters, districts: Districts) -> np.ndarray:
    """Return what each district may use, `(districts,)` int64, adding up to the goal. Raises: RuleError for a district without use."""
    columns = {
        "value_added": ("value_added_fen",),
        "population": ("population",),
        "both": ("value_added_fen", "population"),
    }[parameters.outputs]
    outputs = np.array([districts.need(name) for name in columns], float)
    if (districts.start <= 0).any() or (outputs.max(axis=1) <= 0).any():
        raise RuleError(ZERO)
    final = settle(districts.start / districts.start.sum(), outputs, parameters.rounds)
    return share_goal(districts, whole_weights(final), parameters)


EXAMPLE = Example(
    given="Two districts make the same from 120 and 80; the goal of 200 ends as 100 each.",
    given_zh="两区产出相同，用量120与80；总目标200最终各得100。",
    run=lambda: apply(
        Parameters(outputs="value_added"),
        Districts(start=np.array([120, 80]), goal=200, value_added_fen=np.array([1, 1])),
    ).tolist(),
    then=[100, 100],
)

RULE = Rule(
    name="zsg_dea",
    room="decomposition",
    title_en="Zero-sum-gains DEA",
    title_zh="零和收益DEA",
    summary_zh="零和收益数据包络：总量不变，指标由前沿以下的区转给前沿上的区。",
    doc=__doc__,
    Parameters=Parameters,
    apply=apply,
    example=EXAMPLE,
)
