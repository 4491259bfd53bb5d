"""Dual control: the city's targets are split over districts, watched through the year, and districts are graded."""

import numpy as np

from marketsim.domain.region import added
from marketsim.policy import rules
from marketsim.policy.assessment import Performance, Progress
from marketsim.policy.assessment.exclusions import Uses
from marketsim.policy.assessment.lights import Lights
from marketsim.policy.build import build
from marketsim.policy.exact import largest_remainder, multiply_divide, scale
from marketsim.policy.rule import said_at
from marketsim.simulation.columns import by_district, districts, intensity_split, projected_output
from marketsim.simulation.comply import saved_by_firm, verified_use
from marketsim.simulation.law.follow_up import factor, follow_up
from marketsim.simulation.found import law
from marketsim.simulation.hand_out import scale_rows
from marketsim.simulation.power.support import green_deduction
from marketsim.simulation.power.year import MILLION, load_until
from marketsim.simulation.right import Right
from marketsim.simulation.world import World

KWH_PER_GWH = 1_000_000


def watched(world: World):
    """The right whose meter dual control watches. Raises StopIteration when the scenario has none such."""
    return next(right for right in world.setting.rights if right.key == world.setting.question.targets.meter)


def set_targets(world: World) -> None:
    """Total and intensity targets of every district by the rule of the scenario; they add up to the city's exactly."""
    setting, targets = world.setting, world.setting.question.targets
    rule, parameters = build("decomposition", targets.shared_by.model_dump())
    right = watched(world)
    base, intensity = by_district(world, setting.base_use[right.index]), intensity_split(world, right, targets.intensity_cut)

    def shared(asked) -> np.ndarray:
        with said_at("targets.shared_by"):
            return rule.apply(parameters, asked)

    world.state.targets = {
        "total": _rewarded(world, shared(districts(world, right, base, int(targets.total.value)))),
        "start": intensity.start,
        "allowed": shared(intensity),
        "projected": projected_output(world),
    }
    if targets.incentive_cut is not None:
        world.state.targets["incentive"] = shared(intensity_split(world, right, targets.incentive_cut))


def _rewarded(world: World, total: np.ndarray) -> np.ndarray:
    """Total targets with the quota that last year's grades earned; all others make room for it, so that the city's total stays."""
    earned = scale_rows(total, factor(world, "quota"))
    return total if (earned == total).all() else largest_remainder(earned, int(total.sum()))


def lights(world: World, month: int) -> Lights:
    """Both early-warning lights of every district at the end of a month (0–11), 1 severe to 3 smooth; reads the meters less what measures begun save, changes nothing."""
    setting, targets = world.setting, world.state.targets
    share = load_until(setting.power, month) if setting.power else (month + 1) * MILLION // 12
    so_far = np.full(len(setting.city.districts), share, dtype=np.int64)
    used = np.maximum(by_district(world, world.state.metered[watched(world).index]) - scale_rows(saved(world), so_far), 0)
    due = {name: scale_rows(targets[name], so_far) for name in ("total", "start", "allowed")}
    rule = rules("assessment")["lights"]
    return rule.apply(rule.make(), Progress(
        needed_due=due["start"] - due["allowed"], achieved=due["start"] - used, cap_due=due["total"], used=used))


def saved(world: World) -> np.ndarray:
    """What the measures begun save of the watched right in the whole year. Shape (districts,) base units."""
    return by_district(world, saved_by_firm(world, watched(world), world.state.begun))


def warn(world: World, month: int) -> None:
    """Keep the worse of a district's two lights at the end of a month."""
    shown = lights(world, month)
    world.state.targets[f"lights {month}"] = np.minimum(shown.intensity, shown.consumption)


def assess(world: World) -> None:
    """Points, veto and grade of every district on the verified year."""
    setting, targets = world.setting, world.state.targets
    chosen = setting.question.targets
    right = watched(world)
    free = green_deduction(world) * int(setting.firms.factor_per_gwh[right.index]) // KWH_PER_GWH
    used = by_district(world, np.maximum(verified_use(world, right) - free, 0))
    output = by_district(world, scale_rows(setting.firms.value_added_fen, setting.output_ppm))
    comparable = multiply_divide(used, targets["projected"], output)
    rule = rules("assessment")[chosen.assessment.rule]
    measures = np.full(len(used), int(chosen.measures_points * 6000), dtype=np.int64)
    incentive = targets["start"] - targets["incentive"] if "incentive" in targets else None
    judged = rule.apply(rule.make(chosen.assessment.parameters), Performance(
        needed=targets["start"] - targets["allowed"], achieved=targets["start"] - comparable,
        total_cap=targets["total"], total_use=counted(world, watched(world), used), measures=measures, incentive_needed=incentive))
    targets.update(used=used, output=output, comparable=comparable, points=judged.points, grade=judged.grade, vetoed=judged.vetoed)
    if (consequences := law("assessment", chosen.consequences)) is not None:
        follow_up(world, consequences)


def counted(world: World, right: Right, used: np.ndarray) -> np.ndarray:
    """Use that counts against the total: without what the rule of exclusions leaves out. Shape (districts,)."""
    chosen, firms = world.setting.question.targets, world.setting.firms
    rule = law("assessment", chosen.exclusions)
    if rule is None:
        return used
    shares = np.array([float(chosen.feedstock.get(sector, 0)) for sector in (*firms.sectors, "")])
    power = by_district(world, added(world.setting.power_kwh, int(firms.factor_per_gwh[right.index])))
    before = by_district(world, added(firms.power_kwh, int(firms.factor_per_gwh[right.index])))
    return rule.apply(Uses(
        use=used, renewable=scale(power, chosen.renewables), renewable_before=scale(before, chosen.renewables_before),
        feedstock=by_district(world, np.array(verified_use(world, right) * shares[firms.sector], dtype=np.int64))))
