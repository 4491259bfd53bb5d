"""One run from a scenario file to a finished result folder."""

import json
import platform
import shlex
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

import pandas

from marketsim.errors import RunError
from marketsim.study import folder as disk
from marketsim.study import page, store
from marketsim.study.stored import SCHEMA

BASE = "base"
"""Name of the option and of the future of a run that sets neither."""

_PACKAGES = ("mesa", "numpy", "pandas", "simpy", "pydantic", "ruamel.yaml", "numba", "highspy", "duckdb")


@dataclass(frozen=True, kw_only=True)
class Finished:
    """A run that is on disk: where, its digest, the data of its report, and options of its scenario, none of which a single run sets."""

    folder: Path
    digest: str
    summary: pandas.DataFrame
    page: dict
    options: tuple[str, ...] = ()


def run_scenario(
    question,
    *,
    out: str | Path = "results",
    seed: int | None = None,
    settings: tuple[str, ...] = (),
    progress: Callable[[int, int, str], None] | None = None,
    render: Callable[[dict], str],
) -> Finished:
    """Run a scenario (a file, the name of a packaged one, or a `Scenario`) and write its result folder under `out`.

    `settings` are `key=value` texts that override the file; `seed` overrides the file's; `progress` is told (done, total,
    what); `render` turns the data of the page into the report (`marketsim.report.build`).
    Raises ProblemsFound for a bad scenario, RunError when the disk refuses.
    """
    from marketsim.scenario import load  # heavy: only when a run is asked for
    from marketsim.simulation.run import run

    scenario = load(question, settings) if isinstance(question, (str, Path)) else question
    try:
        Path(out).mkdir(parents=True, exist_ok=True)  # a folder that cannot be made is told before the run, not after it
    except OSError as error:
        raise RunError.of("error.disk", {"folder": str(out), "why": str(error.strerror or error)}) from error
    seed = scenario.seed if seed is None else seed
    begun = time.time()
    result = run(scenario, seed, progress)
    named = Path(question).name if question is not scenario else scenario.name if scenario.packaged else f"{scenario.name}.yaml"
    command = ["marketsim", "run", named, "--seed", str(seed)]
    for setting in settings:
        command += ["--set", setting]
    manifest = {
        "schema": SCHEMA,
        "name": scenario.name,
        "hash": disk.hash8(scenario.canonical, scenario.region_path, seed),
        "seed": seed,
        "option": BASE,
        "future": BASE,
        "code": disk.code_version(),
        "command": shlex.join(command),
        "question": json.loads(scenario.canonical),
        "about": result.report,
        "sources": result.sources,
    }
    return replace(write_result(result, manifest, out=out, begun=begun, render=render), options=tuple(scenario.question.options))


def write_result(result, manifest: dict, *, out: str | Path, begun: float, render: Callable[[dict], str]) -> Finished:
    """Write summary, series, journal, report and manifest of a finished run. Raises RunError when the disk refuses."""
    summary = store.summary_table(
        result.summary, option=manifest["option"], future=manifest["future"], seed=manifest["seed"]
    )
    manifest["digest"] = store.digest(summary, result.journal)
    contents = page.assemble(manifest, summary, result.series, result.journal)
    writers = {
        "summary.csv": lambda file: file.write_text(store.csv_text(summary), encoding="utf-8", newline="\n"),
        "series.parquet": lambda file: store.write_parquet(result.series, file),
        "journal.parquet": lambda file: store.write_parquet(result.journal, file),
        "report.html": lambda file: file.write_text(render(contents), encoding="utf-8", newline="\n"),
    }
    target = Path(out) / disk.folder_name(manifest["name"], manifest["hash"])

    def finish() -> bytes:
        staged = {name: disk.staged(target, name) for name in writers}
        manifest["files"] = {n: {"sha256": disk.sha256(f), "bytes": f.stat().st_size} for n, f in staged.items()}
        manifest["versions"] = {"python": platform.python_version()} | {name: version(name) for name in _PACKAGES}
        manifest["random"] = "Philox, addressed by seed, replication, purpose and step"
        manifest["machine"] = {"host": socket.gethostname(), "system": platform.platform(), "arguments": sys.argv}
        manifest["times"] = {"begun": begun, "ended": time.time()}
        return disk.sealed(manifest)

    try:
        disk.write(target, writers, finish)
    except OSError as error:
        raise RunError.of("error.disk", {"folder": str(target), "why": str(error.strerror or error)}) from error
    return Finished(folder=target, digest=manifest["digest"], summary=summary, page=contents)
