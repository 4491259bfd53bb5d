"""How instruments act on one another: one run with every right, one with each alone, on the same luck."""

from collections.abc import Mapping

from marketsim.policy.audit import Finding, interaction
from marketsim.scenario import Scenario, variant
from marketsim.simulation.law.claims import audit
from marketsim.simulation.found import found
from marketsim.simulation.run import run

SCHEMA = "marketsim.overlap/1"
Rows = Mapping[tuple[str, str], float]


def overlap(scenario: Scenario, seed: int) -> dict:
    """Run the scenario whole, with each right alone and with its transfers alone; return what adding the others changes, as plain data.

    What a district bears is the outlay of its firms less what its government receives under transfers.
    """
    rights = tuple(scenario.question.markets)
    whole = _rows(variant.under(scenario, None, {}), seed)
    alone = {right: _rows(_only(scenario, right), seed) for right in rights}
    city = max((region for region, metric in whole if metric == "cost.least"), default="")
    parts = dict(alone)
    if scenario.question.transfers:
        parts["transfers"] = _rows(_transfers_only(scenario), seed)
    told = interaction(
        _burden(whole, city), {name: _burden(rows, city) for name, rows in parts.items()},
        {right: (rows[city, f"{right}.use"], whole[city, f"{right}.use"]) for right, rows in alone.items()},
    )
    figures = ("price_least", "price_last_quarter", "use", "shortfall")
    return {
        "schema": SCHEMA,
        "seed": seed,
        "rights": {
            right: {
                "alone": {name: rows[city, f"{right}.{name}"] for name in figures} | {"cost_fen": rows[city, "cost.market"]},
                "together": {name: whole[city, f"{right}.{name}"] for name in figures},
            }
            for right, rows in alone.items()
        },
        "cost_fen": {"together": whole[city, "cost.market"], "sum_alone": sum(rows[city, "cost.market"] for rows in alone.values())},
        "transfers_fen": {
            which: {region: value for (region, metric), value in rows.items() if metric == "transfers.net"}
            for which, rows in (("together", whole), ("alone", parts.get("transfers", {})))
        },
        "index": told.index,
        "waterbed": list(told.waterbed),
        "double_burden": list(told.double_burden),
        "double_count": [{"amount": one.amount, "en": one.message, "zh": one.message_zh} for one in twice_priced(scenario)],
    }


def _burden(rows: Rows, city: str) -> dict[str, float]:
    """What each district bears: outlay of its firms less what it receives under transfers, fen."""
    borne: dict[str, float] = {}
    for (region, metric), value in rows.items():
        if region != city and metric in ("cost.market", "transfers.net"):
            borne[region] = borne.get(region, 0) + (value if metric == "cost.market" else -value)
    return borne


def _transfers_only(scenario: Scenario) -> Scenario:
    """The scenario without any right: what is left is what governments pay one another."""
    changes = {f"markets.{right}": "null" for right in scenario.question.markets}
    changes |= {"targets": "null", "links": "null"} if scenario.question.links else {"targets": "null"}
    if scenario.question.power is not None and scenario.question.power.priced_rights:
        changes["power.priced_rights"] = "[]"
    return variant.under(scenario, None, changes)


def _only(scenario: Scenario, right: str) -> Scenario:
    """The scenario with one right and without the others, and without targets where theirs is the watched meter."""
    question = scenario.question
    changes = {f"markets.{other}": "null" for other in question.markets if other != right}
    if question.targets is not None and question.targets.meter != right:
        changes["targets"] = "null"
    if question.power is not None and question.power.priced_rights:
        kept = [right] if right in question.power.priced_rights else []
        changes["power.priced_rights"] = str(kept).replace("'", "")
    return variant.under(scenario, None, changes)


def _rows(scenario: Scenario, seed: int) -> Rows:
    return {(region, metric): value for region, metric, _, value in run(scenario, seed).summary}


def twice_priced(scenario: Scenario) -> tuple[Finding, ...]:
    """What users must cover for power and generators pass on in its price: units claimed twice before a year is over."""
    return audit(found(variant.under(scenario, None, {})))
