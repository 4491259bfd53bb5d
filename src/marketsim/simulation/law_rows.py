"""What the optional parts of the law did in a run, as rows of its summary; nothing where a scenario does without them."""

import numpy as np

from marketsim.simulation.comply import verified_use
from marketsim.simulation.consumed import returned
from marketsim.simulation.hand_out import for_entrants
from marketsim.simulation.intervene import traded
from marketsim.simulation.right import Right
from marketsim.simulation.world import World

Row = tuple[str, str, str, int | float]


def law_rows(world: World, city: str) -> list[Row]:
    """Rows (region, metric, unit, value) of every optional rule of the scenario."""
    rows: list[Row] = []
    for right in world.setting.rights:
        rows += [(city, f"{right.key}.{name}", right.instrument.base_unit, int(value)) for name, value in _of_right(world, right).items()]
        if right.stability is not None:
            fen = {what: traded(world, right, what)[1] for what in ("released", "bought back")}
            rows += [(city, f"{right.key}.released_income", "fen", fen["released"]), (city, f"{right.key}.bought_back_cost", "fen", fen["bought back"])]
    return rows


def _of_right(world: World, right: Right) -> dict[str, int]:
    found = {}
    if right.stability is not None:
        found["released"], found["bought_back"] = (traded(world, right, what)[0] for what in ("released", "bought back"))
    if right.entrants is not None:
        found["for_entrants"] = int(for_entrants(world.setting, right).sum())
    if right.correction is not None:
        change = world.state.law[f"corrected/{right.key}"]
        found["corrected_up"], found["corrected_down"] = int(change[change > 0].sum()), int(-change[change < 0].sum())
    if right.consumption is not None:
        covered = world.setting.firms.covered[right.index]
        back = returned(verified_use(world, right), world.setting.consumed_ppm[right.index])
        found["returned"] = int(np.where(covered, back, 0).sum())
    return found
