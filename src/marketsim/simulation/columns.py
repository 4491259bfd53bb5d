"""What the rules of law may read of a run: the columns of those who claim rights and of the districts that share a target."""

from fractions import Fraction

import numpy as np

from marketsim.domain.region import City
from marketsim.planner.least_cost import Problem, least_cost
from marketsim.policy.allocation import Claimants
from marketsim.policy.allocation.projects import Projects
from marketsim.policy.decomposition import Districts, at_projected_output, intensity_goal
from marketsim.policy.exact import largest_remainder, multiply_divide, scale
from marketsim.simulation.right import Right
from marketsim.simulation.world import Setting, World

MILLION = 10**6
M2_PER_KM2 = 10**6


def claimants(setting: Setting, right: Right, cap: int | None) -> Claimants:
    """The columns an allocation rule may read, for one right. Base years: the year before last and the last.

    Output is counted in value added, for holders without any in the use of the base year; the people and the land of a
    district stand behind its covered holders in proportion to their use.
    """
    firms, base = setting.firms, setting.base_use[right.index]
    output = np.where(firms.value_added_fen > 0, firms.value_added_fen, base)
    # who opened in the last base year made and used nothing before it
    earlier, past = np.where(setting.months < 12, 0, setting.earlier_ppm), np.where(setting.months < 12, output * setting.months // 12, output)
    return Claimants(
        covered=firms.covered[right.index],
        use=np.array([multiply_divide(base, earlier, MILLION), base]),
        output=np.array([multiply_divide(past, earlier, MILLION), past]),
        output_now=multiply_divide(output, setting.output_ppm, MILLION),
        sector=firms.sector,
        sectors=firms.sectors,
        population=_behind(setting, right, population(setting.city)),
        area_m2=_area_behind(setting, right),
        value_added_fen=firms.value_added_fen,
        entrant=setting.entrant,
        months=setting.months,
        cap=cap,
    )


def projects(setting: Setting, right: Right, rows: np.ndarray) -> Projects:
    """New facilities as projects that may have to buy rights: their use and value added of the year, beside the average of all others covered."""
    firms, others = setting.firms, setting.firms.covered[right.index] & ~setting.entrant & (setting.firms.value_added_fen > 0)
    made = multiply_divide(firms.value_added_fen, setting.output_ppm, MILLION)
    use = setting.use[right.index, rows]
    return Projects(
        new_use=use, whole_use=use, value_added_fen=made[rows],
        average_use=int(setting.base_use[right.index, others].sum()), average_value_added_fen=int(firms.value_added_fen[others].sum()))


def _area_behind(setting: Setting, right: Right) -> np.ndarray | None:
    """Land of a district behind its covered holders, m²; None where the region does not tell its area."""
    districts = setting.city.districts
    if not all(region.figures.get("area_km2") for region in districts):
        return None
    return _behind(setting, right, np.array([int(region.number("area_km2") * M2_PER_KM2) for region in districts], dtype=np.int64))


def _behind(setting: Setting, right: Right, numbers: np.ndarray) -> np.ndarray:
    """A number of each district split over its covered holders in proportion to their use. Shape (firms,) int64."""
    firms, base = setting.firms, setting.base_use[right.index]
    share = np.zeros(len(firms.id), dtype=np.int64)
    for region, number in zip(setting.city.districts, numbers.tolist(), strict=True):
        here = firms.covered[right.index] & (firms.region == region.adcode) & (base > 0)
        if here.any():
            share[here] = largest_remainder(base[here], number)
    return share


def population(city: City) -> np.ndarray:
    """People of every district, (districts,) int64."""
    return np.array([int(region.number("population_2020")) for region in city.districts], dtype=np.int64)


def by_district(world: World, amounts: np.ndarray) -> np.ndarray:
    """Sum a column of firms over the districts of the city, in their order. Shape (districts,) int64."""
    total = np.zeros(len(world.setting.city.districts), dtype=np.int64)
    np.add.at(total, _district_of(world, world.setting.firms.region), amounts)
    return total


def _district_of(world: World, region: np.ndarray) -> np.ndarray:
    districts = np.array([region.adcode for region in world.setting.city.districts])
    order = np.argsort(districts, kind="stable")
    return order[np.searchsorted(districts[order], region)]


def districts(world: World, right: Right, start: np.ndarray, goal: int) -> Districts:
    """The columns a rule of decomposition may read, of the right whose meter is watched.

    Indicators, in order: responsibility (use per head), capacity (value added per head), potential (use per value added).
    """
    city, firms = world.setting.city, world.setting.firms
    by_sector = np.zeros((len(firms.sectors), len(start)), dtype=np.int64)
    np.add.at(by_sector, (firms.sector, _district_of(world, firms.region)), world.setting.base_use[right.index])
    use, output, people = by_sector.sum(axis=0), by_district(world, firms.value_added_fen), population(city)
    zones = tuple(dict.fromkeys(region.zone for region in city.districts))
    wants_plan = world.setting.question.targets.shared_by.rule == "equal_marginal_cost"
    with np.errstate(divide="ignore", invalid="ignore"):  # a rule that reads them says what is missing
        indicators = np.column_stack([use / people, output / people, use / np.maximum(output, 1)])
    return Districts(
        start=start, goal=goal, use=use, value_added_fen=output, population=people,
        zone=np.array([zones.index(region.zone) for region in city.districts]), zones=zones,
        indicators=indicators,
        sector_use=by_sector, sectors=firms.sectors,
        marginal_cut=least_cost_cut(world, right, int(start.sum()) - goal) if wants_plan else None,
    )  # fmt: skip


def projected_output(world: World) -> np.ndarray:
    """Value added of every district as the plan foresees it for this year of the run. Shape (districts,) fen."""
    return scale(by_district(world, world.setting.firms.value_added_fen), (1 + world.setting.question.activity.growth) ** (1 + world.setting.luck.year))


def intensity_split(world: World, right: Right, cut: Fraction) -> Districts:
    """The city's intensity target of the watched right, as use allowed at projected output, ready to be split; output and the yearly `cut` go on from year to year."""
    setting = world.setting
    base, output, projected = by_district(world, setting.base_use[right.index]), by_district(world, setting.firms.value_added_fen), projected_output(world)
    start = at_projected_output(base, output, projected)
    goal = intensity_goal(base, output, projected, 1 - (1 - cut) ** (1 + setting.luck.year))
    if cut >= 0:
        goal = min(goal, int(start.sum()))  # what rounding took off the start of each is no growth of the city's
    return districts(world, right, start, goal)


def least_cost_cut(world: World, right: Right, cut: int) -> np.ndarray:
    """Where a reduction of the watched right costs least: the planner's plan for the whole city, (districts,) int64."""
    setting, row = world.setting, right.index
    saving = np.maximum(setting.menu.saving[[row]], 0)
    need = right.units(np.where(setting.firms.covered[[row]], setting.base_use[[row]], 0))
    endowment = need * (1 - right.units(cut) / need.sum())
    plan = least_cost(Problem(
        need=need, endowment=endowment, choice_firm=setting.menu.firm, saving=saving, cost=setting.menu.cost_cny,
        ceiling=np.array([right.ceiling_cny])))
    total = np.zeros(len(setting.city.districts))
    np.add.at(total, _district_of(world, setting.firms.region[setting.menu.firm]), plan.taken * saving[0])
    return np.rint(total * right.instrument.base_per_unit).astype(np.int64)
