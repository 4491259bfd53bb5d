"""What a run claims of the same units: the auditor's list of units counted twice.

    pass-through + indirect obligation    what users must cover for power, and generators put into its price
    feedstock exclusion + quota           use that does not count against the target, and for which free rights were handed out
    offset                                credits surrendered beyond what was ever issued
"""

import numpy as np

from marketsim.domain.region import GWH
from marketsim.policy import rules
from marketsim.policy.audit.double_count import Claims
from marketsim.policy.audit.findings import Finding
from marketsim.simulation.comply import verified_use
from marketsim.simulation.judge import watched
from marketsim.simulation.world import World

Claimed = tuple[str, int, dict[str, int]]


def audit(world: World) -> tuple[Finding, ...]:
    """Every unit the run claims twice, with the amount and what to keep."""
    told = [one for found in (_power(world), _feedstock(world), _offsets(world)) for one in found]
    rule = rules("audit")["double_count"]
    rows = [(place, kind, amount) for place, (_, _, kinds) in enumerate(told) for kind, amount in kinds.items()]
    return rule.apply(rule.make(), Claims(
        sources=tuple(name for name, _, _ in told), available=np.array([has for _, has, _ in told], dtype=np.int64),
        source=np.array([place for place, _, _ in rows], dtype=np.int64), kind=tuple(kind for _, kind, _ in rows),
        amount=np.array([amount for _, _, amount in rows], dtype=np.int64)))


def _power(world: World) -> list[Claimed]:
    setting, found = world.setting, []
    power = setting.question.power
    if power is None or not power.pass_through:
        return []
    for right in setting.rights:
        if right.key in power.priced_rights:
            owed = int((setting.power_kwh[setting.firms.covered[right.index]] // GWH).sum() * setting.firms.factor_per_gwh[right.index])
            found.append((f"{right.key} of power used", owed, {"pass-through": int(owed * power.pass_through), "indirect obligation": owed}))
    return found


def _feedstock(world: World) -> list[Claimed]:
    targets = world.setting.question.targets
    if targets is None or targets.exclusions is None or not targets.exclusions.parameters.get("feedstock"):
        return []
    right, firms = watched(world), world.setting.firms
    covered = firms.covered[right.index]
    shares = np.array([float(targets.feedstock.get(sector, 0)) for sector in (*firms.sectors, "")])[firms.sector]
    excluded = np.array(np.where(covered, verified_use(world, right), 0) * shares, dtype=np.int64)
    free = np.array(world.state.final[right.index] * shares, dtype=np.int64)
    return [(f"feedstock use of {right.key}", int(excluded.sum()), {"feedstock exclusion": int(excluded.sum()), "quota": int(free.sum())})]


def _offsets(world: World) -> list[Claimed]:
    found = []
    for right in world.setting.rights:
        if right.offset_asset >= 0 and right.key in world.state.settled:
            issued = -int(world.ledger.held(right.offset_asset)[world.ledger.accounts.index("issuer")])
            found.append((f"offsets of {right.key}", issued, {"offset": int(world.state.settled[right.key].offsets_used.sum())}))
    return found
