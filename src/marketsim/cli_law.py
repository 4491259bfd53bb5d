"""Verbs about the law as a whole: overlap, favours, split."""

import json
from argparse import Namespace

from marketsim.messages import say


def overlap(chosen: Namespace) -> int:
    """Run a scenario with all its rights and with each alone, and show how they act on one another."""
    from marketsim.scenario import load
    from marketsim.study.overlap import overlap as study

    scenario = load(chosen.file, tuple(chosen.set))
    told = study(scenario, scenario.seed if chosen.seed is None else chosen.seed)
    if chosen.json:
        print(json.dumps(told, ensure_ascii=False))
        return 0
    for right, figures in told["rights"].items():
        for name in ("price_least", "price_last_quarter", "use", "shortfall"):
            values = {which: f"{figures[which][name]:,.6g}" for which in ("alone", "together")}
            print(say("overlap.row", {"what": f"{right}.{name}", **values}, chosen.lang))
    costs = {which: f"{told['cost_fen'][which] / 1e8:,.2f}" for which in ("together", "sum_alone")}
    index = "–" if told["index"] is None else f"{told['index']:.2f}"
    print(say("overlap.cost", {**costs, "index": index}, chosen.lang))
    for key in ("waterbed", "double_burden"):
        print(say(f"overlap.{key}", {"who": ", ".join(told[key]) or "–"}, chosen.lang))
    for one in told["double_count"]:
        print(one[chosen.lang])
    return 0


def favours(chosen: Namespace) -> int:
    """List the levers that favour local firms, each with what it costs all; 1 when there is one."""
    from marketsim.scenario import load
    from marketsim.study.favours import favours as study

    scenario = load(chosen.file, tuple(chosen.set))
    told = study(scenario, scenario.seed if chosen.seed is None else chosen.seed)
    if chosen.json:
        print(json.dumps(told, ensure_ascii=False))
    else:
        for one in told["levers"]:
            print(say("favours.row", {"what": one[chosen.lang], "key": one["key"], "cost": f"{one['cost_fen'] / 1e8:+,.2f}"}, chosen.lang))
        print(say("favours.sum", {"count": str(len(told["levers"]))}, chosen.lang))
    return 1 if told["levers"] else 0


def split(chosen: Namespace) -> int:
    """Split the city's intensity target by every rule and show who gains against the rule of today."""
    from marketsim.scenario import load
    from marketsim.study.split import split as study

    told = study(load(chosen.file, tuple(chosen.set)))
    if chosen.json:
        print(json.dumps(told, ensure_ascii=False))
        return 0
    names = [place[chosen.lang] for place in told["districts"]]
    print(say("split.head", {"rule": told["today"], "unit": told["unit"]}, chosen.lang))
    for rule, row in told["rules"].items():
        most, least = max(row["gain"]), min(row["gain"])
        print(say("split.row", {
            "rule": f"{rule:<20}", "winners": f"{row['winners']:>2}", "losers": f"{row['losers']:>2}",
            "first": names[row["gain"].index(most)], "most": f"{most:+,}", "last": names[row["gain"].index(least)],
            "least": f"{least:+,}",
        }, chosen.lang))  # fmt: skip
    for rule, why in told["refused"].items():
        print(f"{rule}: {why}")
    return 0
