"""Who gains against the rule of today: the city's intensity target split by every rule, side by side."""

from dataclasses import replace

from marketsim import policy
from marketsim.errors import InputError
from marketsim.policy.build import build
from marketsim.policy.decomposition import who_gains
from marketsim.policy.rule import RuleError
from marketsim.scenario import Scenario
from marketsim.simulation.columns import intensity_split, least_cost_cut
from marketsim.simulation.found import found
from marketsim.simulation.judge import watched

SCHEMA = "marketsim.split/1"


def split(scenario: Scenario) -> dict:
    """Return targets and gains of every district under every rule with its defaults, in base units, as plain data.

    The scenario's own rule keeps its parameters and is the rule of today. A rule that cannot split this target, or
    needs data the city has not, is listed with its reason. Raises: InputError for a
    scenario without targets, or whose own rule cannot split them.
    """
    if scenario.question.targets is None:
        raise InputError("this scenario has no `targets` to split; add the block, or extend a base that has it")
    world = found(scenario)
    right = watched(world)
    columns = intensity_split(world, right, world.setting.question.targets.intensity_cut)
    columns = replace(columns, marginal_cut=least_cost_cut(world, right, columns.cut))
    chosen = scenario.question.targets.shared_by
    choices, refused = {}, {}
    for name, rule in policy.choices("decomposition").items():
        if name == chosen.rule:
            choices[name] = build("decomposition", chosen.model_dump())
            continue
        try:
            rule.apply(rule.make(), columns)
            choices[name] = (rule, rule.make())
        except RuleError as error:
            refused[name] = str(error)
    gains = who_gains(columns, chosen.rule, choices)
    return {
        "schema": SCHEMA, "unit": right.instrument.base_unit, "today": gains.today,
        "districts": [{"code": region.adcode, "zh": region.name_zh, "en": region.name_en} for region in world.setting.city.districts],
        "start": columns.start.tolist(), "goal": columns.goal,
        "rules": {
            name: {"targets": gains.targets[row].tolist(), "gain": gains.gain[row].tolist(),
                   "winners": int(gains.winners[row]), "losers": int(gains.losers[row])}
            for row, name in enumerate(gains.rules)
        },
        "refused": refused,
    }  # fmt: skip
