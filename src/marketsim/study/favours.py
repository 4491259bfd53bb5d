"""The levers of a scenario that favour local firms, each with what it costs all: one run with every lever, one without each."""

from dataclasses import replace

from marketsim.policy import rules
from marketsim.policy.audit.local_favour import Lever, Levers
from marketsim.scenario import Scenario
from marketsim.simulation.run import run

SCHEMA = "marketsim.favours/1"


def favours(scenario: Scenario, seed: int) -> dict:
    """Return every lever the lint finds, with the outlay of all firms with it less without it, in fen, as plain data.

    Outlay is measures, offsets and shortfalls, less what the rights that are left are worth: what only changes hands does not count.
    """
    rule, question = rules("audit")["local_favour"], scenario.question
    with_all = _outlay(scenario, {}, seed)
    found = []
    for place, lever in enumerate(question.favours):
        key = f"favours.{place}"
        names = ", ".join(lever.regions)
        told = rule.apply(rule.make(), Levers(city_factor=1.0, levers=(
            Lever(region=names, key=f"{key}.free", free_factor=float(lever.free)),
            Lever(region=names, key=f"{key}.buys_outside", bans_outside_purchases=not lever.buys_outside))))
        for one in told:
            plain = lever.model_copy(update={"free": 1} if one.code == "free-factor" else {"buys_outside": True})
            others = [plain if at == place else other for at, other in enumerate(question.favours)]
            cost = with_all - _outlay(scenario, {"favours": others}, seed)
            found.append({"code": one.code, "who": lever.regions, "market": lever.market, "key": one.switch.partition(" = ")[0],
                          "cost_fen": cost, "en": one.message, "zh": one.message_zh})
    return {"schema": SCHEMA, "seed": seed, "outlay_fen": with_all, "levers": found}


def _outlay(scenario: Scenario, changes: dict, seed: int) -> int:
    rows = run(replace(scenario, question=scenario.question.model_copy(update=changes)), seed).summary
    city = next(region for region, metric, _, _ in rows if metric == "cost.least")
    told = {metric: value for region, metric, _, value in rows if region == city}
    return int(told["cost.market"] - told["cost.banked"])
