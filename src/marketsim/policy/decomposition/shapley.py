"""Districts give up by what each adds to the saving they could reach by learning from one another.

Formula: v(S) = Σ_{i in S} use_i − (Σ_{i in S} value added_i) × lowest intensity in S; cut_i ∝ Shapley value
φ_i of v; where the city may grow, growth goes by start_i / (φ_i / start_i).

Source: Shapley 1953; used for carbon quotas by Zhang et al. 2014, literature; the learning game is a choice
of this model.
"""

from dataclasses import dataclass

import numpy as np

from marketsim.policy.coalitions import add_up, shapley
from marketsim.policy.decomposition.districts import Bounds, Districts, by_factor, quotients, share_change
from marketsim.policy.exact import whole_weights
from marketsim.policy.rule import Example, Rule, RuleError

MOST = 20


@dataclass(frozen=True, kw_only=True)
class Parameters(Bounds):
    """Bounds on the share any district gives up."""


def learning_game(use: np.ndarray, value_added: np.ndarray) -> np.ndarray:
    """Return the joint saving of every coalition. Shapes: `(districts,)` to `(2**districts,)` float."""
    lowest = np.full(1, np.inf)
    for intensity in quotients(use, value_added):
        lowest = np.concatenate([lowest, np.minimum(lowest, intensity)])
    made = add_up(value_added.astype(float))
    return add_up(use.astype(float)) - np.where(made > 0, made * np.where(np.isinf(lowest), 0, lowest), 0)


def apply(parameters: Parameters, districts: Districts) -> np.ndarray:
    """Return what each district may use, `(districts,)` int64. Raises: RuleError for more than 20 districts."""
    if len(districts.start) > MOST:
        raise RuleError(f"the Shapley rule looks at every coalition and takes at most {MOST} districts")
    values = shapley(learning_game(districts.need("use"), districts.need("value_added_fen")))
    saving = np.maximum(values, 0)
    if districts.cut < 0:
        return by_factor(districts, saving / np.maximum(districts.start, 1), parameters)
    return share_change(districts, whole_weights(saving), parameters)


EXAMPLE = Example(
    given="Two districts make the same value from 100 and 60; the 40 they can save together is shared half and half.",
    given_zh="两区产值相同，用量100与60；共同可节约的40各占一半。",
    run=lambda: apply(
        Parameters(),
        Districts(
            start=np.array([100, 60]), goal=140, use=np.array([100, 60]), value_added_fen=np.array([10, 10])
        ),
    ).tolist(),
    then=[90, 50],
)

RULE = Rule(
    name="shapley",
    room="decomposition",
    title_en="Shapley value",
    title_zh="Shapley值法",
    summary_zh="按各区对相互学习所得共同节约的平均边际贡献分摊。",
    doc=__doc__,
    Parameters=Parameters,
    apply=apply,
    example=EXAMPLE,
)
