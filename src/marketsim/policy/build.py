"""From a choice in a scenario, `rule:` and plain values, to a rule and its frozen parameters."""

import difflib
from collections.abc import Mapping

from marketsim.policy import rules
from marketsim.policy.allocation.parts import Part
from marketsim.policy.rule import Rule, RuleError


def find(room: str, name: str) -> Rule:
    """Return a rule by name. Raises: RuleError with the nearest name when there is none."""
    known = rules(room)
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
    raise RuleError(f"no rule named {name!r} in {room}; {hint}")


def build(room: str, choice: Mapping) -> tuple[Rule, object]:
    """Return the rule a choice names and its parameters; a list `parts` holds choices of the same room.

    Each part may carry `share` and `sectors` besides `rule` and its parameters. Raises: RuleError listing all
    problems.
    """
    values = dict(choice)
    if "rule" not in values:
        raise RuleError(f"a choice of {room} must name its `rule`; there are {', '.join(rules(room))}")
    rule = find(room, values.pop("rule"))
    if isinstance(values.get("parts"), list | tuple):
        values["parts"] = tuple(_part(room, one) for one in values["parts"])
    return rule, rule.make(values)


def _part(room: str, choice: Mapping) -> Part:
    values = dict(choice)
    share, sectors = values.pop("share", 1.0), tuple(values.pop("sectors", ()))
    rule, parameters = build(room, values)
    return Part(rule=rule, parameters=parameters, share=share, sectors=sectors)
