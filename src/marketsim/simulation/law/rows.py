"""What the optional parts of the law did in a run, as rows of its summary; nothing where a scenario does without them."""

import numpy as np

from marketsim.simulation.law.claims import audit
from marketsim.simulation.columns import by_district, districts
from marketsim.simulation.comply import unused_offsets, verified_use
from marketsim.simulation.law.consumed import returned
from marketsim.simulation.found import law
from marketsim.simulation.hand_out import for_entrants
from marketsim.simulation.law.intervene import traded
from marketsim.simulation.judge import watched
from marketsim.simulation.law.linked import partner_gain_cny
from marketsim.simulation.right import Right
from marketsim.simulation.law.ranking import ranking
from marketsim.simulation.law.sale import may_sell
from marketsim.simulation.law.transfers import parties
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
    return rows + _link_rows(world, city) + _transfer_rows(world, city) + _record_rows(world, city) + _today_rows(world) + _rank_rows(world) + _audit_rows(world, city)


def _link_rows(world: World, city: str) -> list[Row]:
    rows: list[Row] = []
    for link in world.setting.links:
        lots, fen = (int(one) for one in world.state.law.get(f"link/{link.key}", np.zeros(2)))
        unit, base = link.right.instrument.base_unit, lots * link.right.instrument.lot_base
        rows += [(city, f"link.{link.key}.in", unit, max(base, 0)), (city, f"link.{link.key}.out", unit, max(-base, 0)),
                 (city, f"link.{link.key}.paid", "fen", fen), (city, f"link.{link.key}.partner_gain", "fen", round(100 * partner_gain_cny(link, lots, fen)))]
    return rows


def _transfer_rows(world: World, city: str) -> list[Row]:
    whole, rows = np.zeros(len(world.setting.city.districts), dtype=np.int64), []
    for key in world.setting.question.transfers:
        net = world.state.law[f"transfer/{key}"]
        whole += net[:len(whole)]
        rows += [(str(region.adcode), f"transfer.{key}", "fen", int(fen)) for region, fen in zip(parties(world), net, strict=True)]
    if not rows:
        return []
    for kept in sorted(name for name in world.state.law if name.startswith(("booked/", "invested/"))):
        what, _, key = kept.partition("/")
        rows += [(str(region.adcode), f"transfer.{key}.{what}", "fen", int(fen)) for region, fen in zip(parties(world), world.state.law[kept], strict=True)]
    if (earning := world.state.law.get("earning")) is not None:
        rows.append((city, "transfers.earned", "fen", int(earning.sum())))
    advanced = sum(row[3] for row in world.state.readings if row[0] == "advanced")
    rows.append((city, "transfers.advanced", "fen", advanced))
    return rows + [(str(region.adcode), "transfers.net", "fen", int(fen)) for region, fen in zip(world.setting.city.districts, whole, strict=True)]


def _record_rows(world: World, city: str) -> list[Row]:
    law, rows = world.state.law, []
    if "score" in law and "now barred" in law:
        rows.append((city, "credit.mean", "points", float(law["score"].mean()) / 100))
        rows.append((city, "credit.barred", "firms", int(law["now barred"].any(axis=0).sum())))
    if "next quota" in law:
        here = zip(world.setting.city.districts, law["next quota"], law["next funds"], strict=True)
        rows += [(str(region.adcode), f"next.{name}", "1", int(value) / 10**6) for region, quota, funds in here for name, value in (("quota", quota), ("funds", funds))]
    return rows


def _today_rows(world: World) -> list[Row]:
    """What each district may use more, or less, than under the rule of today; the rows add up to zero."""
    chosen = world.setting.question.targets
    if chosen is None or chosen.today is None or not world.state.targets:
        return []
    right = watched(world)
    base = by_district(world, world.setting.base_use[right.index])
    gain = [law("decomposition", rule).apply(districts(world, right, base, int(chosen.total.value))) for rule in (chosen.shared_by, chosen.today)]
    return [(str(region.adcode), "assess.gain", right.instrument.base_unit, int(more - less))
            for region, more, less in zip(world.setting.city.districts, *gain, strict=True)]


def _rank_rows(world: World) -> list[Row]:
    """Score and rank of each district by the weights of its zone, beside its rank by the same weights for all."""
    told = ranking(world)
    if told is None:
        return []
    rows: list[Row] = []
    for place, region in enumerate(world.setting.city.districts):
        rows += [(str(region.adcode), "assess.score", "points", float(told.score[place])), (str(region.adcode), "assess.rank", "rank", int(told.rank[place])),
                 (str(region.adcode), "assess.rank_same_weights", "rank", int(told.rank_undifferentiated[place]))]
    return rows


def _audit_rows(world: World, city: str) -> list[Row]:
    """Units claimed twice, by what excludes what; nothing where the auditor finds nothing."""
    return [(city, f"audit.{one.switch.removeprefix('keep one of: ').replace(', ', '+').replace(' ', '-')}", "base", one.amount) for one in audit(world)]


def _of_right(world: World, right: Right) -> dict[str, int]:
    found = {}
    if right.stability is not None:
        found["released"], found["bought_back"] = (traded(world, right, what)[0] for what in ("released", "bought back"))
    if right.offset_asset >= 0 and world.setting.question.years > 1:
        found["offsets_kept"] = int(unused_offsets(world, right).sum())
    if right.sale is not None:
        found["may_sell"] = int(may_sell(world, right).sum())
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
