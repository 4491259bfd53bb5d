"""Verbs about runs and their results: demo, run, report, verify."""

import json
import os
import shlex
import sys
import time
from argparse import Namespace
from functools import partial

from marketsim.errors import CheckFailed, InputError
from marketsim.messages import say

DEMO = "tianjin-2020"


class Progress:
    """How far a run is, on standard error: a bar with the time left on a terminal, else a line every tenth."""

    def __init__(self, lang: str):
        self.lang, self.begun, self.last = lang, time.monotonic(), -1
        self.alive = sys.stderr.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"

    def __call__(self, done: int, total: int, text: str) -> None:
        """Told by the run: `done` of `total`, and what it is doing."""
        share = done / total if total else 1.0
        step = done * (100 if self.alive else 10) // max(total, 1)
        if step == self.last:
            return
        self.last = step
        spent = time.monotonic() - self.begun
        left = say("cli.left", {"seconds": f"{spent * (1 - share) / share:.0f}"}, self.lang) if share > 0.05 else ""
        if self.alive:
            bar = "█" * int(share * 24)
            print(f"\r{bar:░<24} {share:4.0%} {text:.40} {left}\x1b[K", end="" if done < total else "\n", file=sys.stderr, flush=True)
        else:
            print(f"{share:4.0%} {text} {left}".rstrip(), file=sys.stderr, flush=True)


def demo(chosen: Namespace) -> int:
    """The packaged Tianjin scenario, end to end."""
    return _run(chosen, DEMO, (), None)


def run(chosen: Namespace) -> int:
    """One scenario with one seed."""
    return _run(chosen, chosen.file, tuple(chosen.set), chosen.seed)


def verify(chosen: Namespace) -> int:
    """Whether a result folder is still what the run wrote. Raises CheckFailed when it is not."""
    from marketsim.study import stored

    wrong = stored.verify(chosen.run)
    if chosen.json:
        print(json.dumps({"schema": "marketsim.verify/1", "run": chosen.run, "problems": wrong}, ensure_ascii=False))
    if wrong:
        raise CheckFailed("\n".join(wrong))
    if not chosen.json:
        print(say("cli.verified", {"file": chosen.run}, chosen.lang))
    print(say("cli.next", {"command": shlex.join(["marketsim", "report", chosen.run])}, chosen.lang), file=sys.stderr)
    return 0


def _run(chosen: Namespace, path: str, settings: tuple[str, ...], seed: int | None) -> int:
    """Run, show the scorecard, say where the report is; the digest comes last."""
    if seed is not None and not 0 <= seed < 2**31:
        raise InputError(say("cli.seed", {"seed": str(seed)}, chosen.lang))

    from marketsim.report import build
    from marketsim.report.terminal import scorecard
    from marketsim.study.run import run_scenario

    finished = run_scenario(
        path, out=chosen.out, seed=seed, settings=settings, progress=Progress(chosen.lang), render=partial(build, lang=chosen.lang)
    )
    if chosen.json:
        about = {"schema": "marketsim.run/1", "folder": str(finished.folder), "digest": finished.digest}
        print(json.dumps({**about, "page": finished.page}, ensure_ascii=False))
    else:
        print(scorecard(finished.page, chosen.lang, sys.stdout))
    print(say("cli.open", {"file": str(finished.folder / "report.html")}, chosen.lang), file=sys.stderr)
    if finished.options:
        places = {"file": path, "options": ", ".join(finished.options), "command": shlex.join(["marketsim", "compare", path])}
        print(say("cli.options_left", places, chosen.lang), file=sys.stderr)
    else:
        print(say("cli.next", {"command": shlex.join(["marketsim", "verify", str(finished.folder)])}, chosen.lang), file=sys.stderr)
    print(f"digest {finished.digest}", file=sys.stderr)
    return 0
