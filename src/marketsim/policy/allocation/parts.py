"""A part of a composed rule: another rule with its parameters, its weight, and the sectors it serves."""

from dataclasses import dataclass

from marketsim.policy.rule import Rule


@dataclass(frozen=True, kw_only=True)
class Part:
    """`share` weighs the part in a hybrid; `sectors` names whom it serves in a rule by sector (empty: all
    others)."""

    rule: Rule
    parameters: object
    share: float = 1.0
    sectors: tuple[str, ...] = ()
