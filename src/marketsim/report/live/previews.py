"""Previews: one option in its own future with one seed, as the report of a run; what was asked before is not run again.

A preview can be given up: `look` is called now and then while a run is at work, and may raise to end it.
"""

import gc
from collections import OrderedDict
from collections.abc import Callable

from marketsim.report.document import document
from marketsim.report.words import pair

KEPT = 32
PARTS = ("numpy", "marketsim.lean", "marketsim.simulation.run", "marketsim.study.page")
"""What a preview needs, in parts: it is loaded before the first question."""
_known: OrderedDict[tuple[str, int], dict] = OrderedDict()
KERNELS = "marketsim.matching.compiled"
"""Where this is loaded, a run takes the compiled twin of each plain function, with the same bytes."""
Look = Callable[[], None]


def key(scenario) -> tuple[str, int]:
    """What decides the figures of a preview."""
    from marketsim.scenario.variant import substance

    return substance(scenario), scenario.seed


def preview(scenario, look: Look) -> dict:
    """The document of a preview. Raises what `look` raises. Python's collector of cycles rests while the run is at work."""
    asked = key(scenario)
    if asked not in _known:
        gc.disable()
        try:
            _known[asked] = document(_run(scenario, look))
        finally:
            gc.enable()
    _known.move_to_end(asked)
    while len(_known) > KEPT:
        _known.popitem(last=False)
    return _known[asked] | {"title": pair(scenario.title)}


def rehearse(scenario, look: Look) -> None:
    """A run whose result nobody wants: it loads what the first run of a kind has to load."""
    _run(scenario, look)


def _run(scenario, look: Look) -> dict:
    import pandas

    from marketsim.simulation.run import run
    from marketsim.study import page, store
    from marketsim.study.folder import code_version

    result = run(scenario, scenario.seed, lambda done, total, day: look())
    summary = store.summary_table(result.summary, option="base", future="base", seed=scenario.seed)
    manifest = {"name": scenario.name, "hash": "", "seed": scenario.seed, "option": "base", "future": "base", "code": code_version(), "digest": "–",
                "command": "marketsim serve", "about": result.report, "sources": result.sources}  # fmt: skip
    series = result.series if isinstance(result.series, pandas.DataFrame) else pandas.DataFrame(result.series)
    return page.assemble(manifest, summary, series, result.journal)
