"""Coverage-guided fuzzing of what reads other people's files: the loader of scenarios, the reader of results, the importers of CSV.

    python benchmarks/fuzz.py loader|results|csv [--executions 1000000] [--seconds 220] [--record]

Needs atheris (the extra `fuzz`, in no lock). Anything but our own errors is a find: it ends the run with a traceback and the input in
`build/fuzz/`, from where it goes to `tests/promises/fuzz/` with its fix. An input that takes longer than a second is a find too.
What earlier runs kept in `build/fuzz/corpus-NAME` is where the next begins; executions add up over the runs that are recorded.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
SEEDS = HERE.parent / "tests" / "promises" / "fuzz"
PLACE = HERE.parent / "build" / "fuzz"
LONGEST = {"loader": 400, "results": 500, "csv": 400}


def loader(folder: Path):
    """The text of a scenario, a setting of the command line, a quantity, a date."""
    from marketsim import units
    from marketsim.scenario import reader, values
    from marketsim.scenario.load import as_tree

    def whole(data: bytes) -> None:
        try:
            text = reader._decoded(data, "x.yaml")
        except reader._Stop as stop:
            stop.args[0].render("en")
            return
        tree, problems = reader.read_text(text, "x.yaml")
        for problem in problems:
            problem.render("en")
        assert tree is not None or problems

    def setting(data: bytes) -> None:
        tree, problems = as_tree(data.decode("utf-8", "replace"), 1)
        assert (tree is None) == bool(problems)

    def quantity(data: bytes) -> None:
        try:
            units.parse(data.decode("utf-8", "replace"))
        except units.UnitError:
            pass

    def value(data: bytes) -> None:
        from pydantic_core import PydanticCustomError

        text = data.decode("utf-8", "replace")
        for read in (values.read_amount, values.read_price, values.read_share, values.read_date):
            try:
                read(text)
            except PydanticCustomError:
                pass

    return [whole, setting, quantity, value, quantity, value, quantity, value]


def results(folder: Path):
    """A manifest as it may lie on a disk, one that a forger has sealed, and a summary."""
    from marketsim.errors import InputError
    from marketsim.study import folder as disk
    from marketsim.study import opened, stored

    (folder / "summary.csv").write_text("option,future,seed,region,metric,unit,value\n")

    def manifest(data: bytes) -> None:
        (folder / "manifest.json").write_bytes(data)
        for read in (stored.load, opened.load):
            try:
                read(folder)
            except InputError:
                pass

    def forged(data: bytes) -> None:
        try:
            told = json.loads(data)
        except (ValueError, RecursionError):
            return
        if isinstance(told, dict):
            manifest(disk.sealed({"schema": stored.SCHEMA, "files": {}} | told))

    def summary(data: bytes) -> None:
        (folder / "summary.csv").write_bytes(data)
        try:
            stored.Stored(folder=folder, manifest={}).summary
        except InputError:
            pass

    return [manifest, forged, forged, forged, manifest, forged, forged, manifest] * 4 + [summary]


def importers(folder: Path):
    """Tables of a city, tables of a grid, published curves."""
    from marketsim.domain import rows, tables
    from marketsim.errors import InputError
    from marketsim.lab import curves

    file = folder / "table.csv"

    def city(data: bytes) -> None:
        for row in rows.read(file, ("name", "value")):
            row.choice("name", ("a", "b"))
            row.whole("value", 1000)

    def grid(data: bytes) -> None:
        for row in tables.read_table(file, ("name", "value")):
            tables.whole(row["value"], 1000, "table.csv")

    def published(data: bytes) -> None:
        curves.run(file)

    def importer(read):
        def tried(data: bytes) -> None:
            file.write_bytes(data)
            try:
                read(data)
            except InputError:
                pass

        return tried

    return [importer(city), importer(grid), importer(published)]


TARGETS = {"loader": loader, "results": results, "csv": importers}


def target(name: str, folder: Path):
    """One input → one call: its first byte chooses which."""
    chosen = TARGETS[name](folder)

    def one(data: bytes) -> None:
        if data:
            chosen[data[0] % len(chosen)](data[1:])

    return one


def replay(name: str) -> int:
    """The kept inputs of a target once more; returns how many. Raises what a find raises."""
    with tempfile.TemporaryDirectory() as place:
        one = target(name, Path(place))
        files = sorted((SEEDS / name).iterdir())
        for file in files:
            one(file.read_bytes())
    return len(files)


def main() -> int:
    """Fuzz one target in a child (libFuzzer ends its process), then count."""
    parser = argparse.ArgumentParser()
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--executions", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=int, default=220)
    parser.add_argument("--record", action="store_true")
    chosen = parser.parse_args()
    corpus = PLACE / f"corpus-{chosen.target}"
    corpus.mkdir(parents=True, exist_ok=True)
    begun = time.monotonic()
    child = os.fork()
    if child == 0:
        _fuzz(chosen, corpus)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    log = (PLACE / f"{chosen.target}.log").read_text(errors="replace")
    done = max((int(line.split()[0][1:]) for line in log.splitlines() if line.startswith("#") and line.split()[0][1:].isdigit()), default=0)
    if status:
        print(log[-3000:], file=sys.stderr)
    print(json.dumps({"target": chosen.target, "executions": done, "finds": int(status != 0), "seconds": round(time.monotonic() - begun, 1)}))
    if chosen.record:
        _add(chosen.target, done, int(status != 0), time.monotonic() - begun)
    return int(status != 0)


def _fuzz(chosen, corpus: Path) -> None:
    """Instrument our readers and hand over to libFuzzer; never returns."""
    import atheris

    log = os.open(PLACE / f"{chosen.target}.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(log, 2)
    room = tempfile.mkdtemp(dir="/dev/shm" if os.path.isdir("/dev/shm") else None)
    with atheris.instrument_imports(include=["marketsim.scenario", "marketsim.units", "marketsim.study.stored", "marketsim.domain.rows", "marketsim.domain.tables", "marketsim.lab.curves", "json"]):
        one = target(chosen.target, Path(room))
    words = [sys.argv[0], f"-runs={chosen.executions}", f"-max_total_time={chosen.seconds}", "-timeout=5", f"-max_len={LONGEST[chosen.target]}",
             "-rss_limit_mb=2048", f"-artifact_prefix={PLACE}/{chosen.target}-", str(corpus), str(SEEDS / chosen.target)]  # fmt: skip
    atheris.Setup(words, one)
    atheris.Fuzz()
    os._exit(0)


def _add(name: str, done: int, finds: int, seconds: float) -> None:
    """Executions add up over runs, by target."""
    from recorded import keep, kept

    before = kept("fuzz") or {"found": {}, "wrong": 0, "seconds": 0}
    found = before["found"] | {name: before["found"].get(name, 0) + done}
    keep("fuzz", figure=sum(found.values()), wrong=before["wrong"] + finds, seconds=before["seconds"] + seconds,
         command="python benchmarks/fuzz.py loader|results|csv", found=found)  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
