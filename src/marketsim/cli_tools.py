"""Verbs about the engine and the machine: lab, bench, doctor, warmup."""

import json
import platform
import sys
import time
from argparse import Namespace
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from marketsim import __version__, resources
from marketsim.cli_doctor import LEAST_FREE_MB, extras, surroundings
from marketsim.errors import CheckFailed, InputError
from marketsim.messages import say

PACKAGES = ("mesa", "simpy", "numpy", "pandas", "pydantic", "ruamel.yaml", "rich", "numba", "highspy", "duckdb")
SUITES = ("matching", "clearing", "agents", "sweep")


def lab(chosen: Namespace) -> int:
    """One mechanism of the engine on one small JSON problem."""
    from marketsim import lab as room

    if chosen.kind not in room.KINDS:
        raise InputError(say("cli.kinds", {"word": chosen.kind, "kinds": ", ".join(room.KINDS)}, chosen.lang))
    if chosen.kind == "curves" and chosen.orders:
        from marketsim.lab import curves

        answer, rents = curves.run(*(Path(file) if file else None for file in (chosen.orders, chosen.fixed, chosen.links)))
        print(answer)
        if rents:
            print(rents, file=sys.stderr)
        return 0
    text = "" if chosen.kind == "curves" else _text(chosen.problem, chosen.lang)
    for answer in room.answers(chosen.kind, text, chosen.lines):
        print(answer)
    return 0


def bench(chosen: Namespace) -> int:
    """Speed of one part of the engine on this machine."""
    rooms = {suite: f"marketsim.{'study' if suite == 'sweep' else 'lab'}.bench_{suite}" for suite in SUITES}
    module = rooms.get(chosen.suite, "")
    if not module or find_spec(module) is None:
        there = [suite for suite in SUITES if find_spec(rooms[suite])]
        raise InputError(say("cli.suites", {"word": chosen.suite, "suites": ", ".join(there)}, chosen.lang))
    asked = {name: value for name in ("tape", "shape", "messages", "seed") if (value := getattr(chosen, name)) is not None}
    result = import_module(module).run(asked)
    print(json.dumps(result) if chosen.json else "\n".join(f"{key}: {value}" for key, value in result.items()))
    if result.get("differences"):
        raise CheckFailed("\n".join(result["differences"]))
    return 0


def doctor(chosen: Namespace) -> int:
    """What marketsim needs and what it found. Raises CheckFailed when something is missing."""
    found = {name: _version(name) for name in PACKAGES}
    data = {name: _shipped(name) for name in ("configs", "scenarios")}
    lacking, around = extras(), surroundings()
    facts = {
        "marketsim": __version__, "python": platform.python_version(), "system": platform.platform(),
        "packages": found, "data": data, "output_encoding": sys.stdout.encoding,
        "extras": {name: not packages for name, packages in lacking.items()}, **around,
    }  # fmt: skip
    missing = [name for name, number in {**found, **data}.items() if number is None]
    if chosen.json:
        print(json.dumps({"schema": "marketsim.doctor/1", **facts, "missing": missing}, ensure_ascii=False))
    else:
        print(f"marketsim {__version__} · Python {facts['python']} · {facts['system']}")
        for name, number in {**found, **data}.items():
            print(f"{name}: {number or say('cli.missing', {}, chosen.lang)}")
        print("\n".join(_besides(lacking, around, chosen.lang)))
    if missing:
        raise CheckFailed(say("cli.sick", {"names": ", ".join(missing)}, chosen.lang))
    print(say("cli.next", {"command": "marketsim demo"}, chosen.lang), file=sys.stderr)
    return 0


def _besides(lacking: dict, around: dict, lang: str) -> list[str]:
    """Lines about what some commands want; nothing of it is needed for a run."""
    lines = [f"marketsim[{name}]: " + (say("doctor.lacks", {"names": ", ".join(packages), "extra": name}, lang) if packages else say("doctor.there", {}, lang)) for name, packages in lacking.items()]
    lines += [say(f"doctor.{key}", {"found": around[key] or say("cli.missing", {}, lang)}, lang) for key in ("browser", "chinese_font")]
    kernels = around["kernels"]
    lines.append(say("doctor.kernels" if kernels["count"] else "doctor.no_kernels", {"count": str(kernels["count"]), "folder": kernels["folder"]}, lang))
    lines.append(say("doctor.disk" if around["free_mb"] >= LEAST_FREE_MB else "doctor.little_disk", {"free": f"{around['free_mb']:,}"}, lang))
    encoding = sys.stdout.encoding or "?"
    lines.append(say("doctor.narrow", {"encoding": encoding, "signs": str(len(around["unprintable"]))}, lang) if around["unprintable"] else say("doctor.console", {"encoding": encoding}, lang))
    return lines


def warmup(chosen: Namespace) -> int:
    """Compile the kernels once, so that later commands start at once."""
    from marketsim.markets import warm
    from marketsim.matching import core
    from marketsim.simulation import warm as firms

    begun = time.perf_counter()
    core.warmup()
    warm.warmup()
    firms.warmup()
    seconds = round(time.perf_counter() - begun, 1)
    print(json.dumps({"schema": "marketsim.warmup/1", "seconds": seconds}) if chosen.json else say("cli.warm", {"seconds": str(seconds)}, chosen.lang))
    return 0


def _text(file: str, lang: str) -> str:
    """The text of a problem file, or of standard input for `-`."""
    try:
        return (sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()).decode("utf-8")
    except (OSError, ValueError) as error:
        raise InputError(say("cli.unreadable", {"file": file, "why": str(getattr(error, "strerror", None) or error)}, lang)) from None


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _shipped(name: str) -> str | None:
    try:
        return str(resources.path(name))
    except FileNotFoundError:
        return None
