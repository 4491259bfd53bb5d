"""A sweep: the options of a study at the points of a design, and which uncertain key moves what."""

import json
from pathlib import Path

from marketsim.scenario import Scenario
from marketsim.study import collect, lock
from marketsim.study import folder as disk
from marketsim.study.backlog import Tell
from marketsim.study.compare import Finished, publish
from marketsim.study.design import points, sensitivity
from marketsim.study.engine import How, run_missing
from marketsim.study.futures import at, keys
from marketsim.study.plan import folder_hash, plan
from marketsim.study.scorecard import scorecard, tables
from marketsim.study.statistics import observations


def sweep(scenario: Scenario, out: Path, how: How, tell: Tell, design: str, count: int) -> Finished:
    """Run the points of a design, all with the same seeds, and publish each key's influence on each criterion.

    A longer sequence of the same design finds the runs of a shorter one where the two share points (sobol, oat, grid of the
    same levels). Raises InputError where the design will not do, RunError when the disk refuses.
    """
    varied = keys(scenario)
    visited = points(design, varied, count, scenario.seed)
    width = len(str(len(visited)))
    asked = plan(scenario, [at(scenario, point, f"{design}{place:0{width}d}") for place, point in enumerate(visited, start=1)], scenario.question.runs.seeds, common=True)
    folder = Path(out) / disk.folder_name(f"{scenario.name}-{design}"[:64], folder_hash(scenario))
    with lock.held(folder):
        damaged = run_missing(asked, folder, how, tell)
        wanted = collect.asked(asked, folder)
        criteria = scenario.question.report.judge_by
        found = {
            name: {option: sensitivity(design, varied, visited, observations(table) if len(table) > 1 else table.mean(axis=1)) for option, table in values.items()}
            for name, values in tables(folder, wanted, criteria).items()
        }
        told = scorecard(folder, collect.in_order(wanted, asked.options), criteria) | {"design": design, "points": len(visited), "sensitivity": _finite(found)}
        return publish(folder, asked, wanted, told, damaged)


def order(found: dict[str, dict[str, float]]) -> list[tuple[str, dict[str, float]]]:
    """Keys of one option and criterion, the most influential first."""
    return sorted(found.items(), key=lambda entry: -max((abs(value) for value in entry[1].values() if value is not None), default=0.0))


def _finite(found: dict) -> dict:
    """Numbers that are none as null, as JSON wants it."""
    return json.loads(json.dumps(found).replace("NaN", "null").replace("Infinity", "null"))

