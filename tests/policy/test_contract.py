"""One contract suite over every rule of every room, and proof that each check can fail."""

from dataclasses import dataclass, fields, replace

import numpy as np
import pytest

from marketsim.policy import ROOMS, rules
from marketsim.policy.allocation import Claimants
from marketsim.policy.allocation.national_power import PowerUnits
from marketsim.policy.decomposition import Districts
from marketsim.policy.rule import Example, Rule, RuleError, parameter, table

EVERY = [rule for room in ROOMS for rule in rules(room).values()]
ALLOCATION = [rule for rule in EVERY if issubclass(rule.subject, Claimants)]
DECOMPOSITION = [rule for rule in EVERY if rule.subject is Districts]
SEEDS = range(12)


def named(many):
    return pytest.mark.parametrize("rule", many, ids=lambda rule: f"{rule.room}.{rule.name}")


def claimants(seed: int, scale: int = 1) -> Claimants:
    """Random claimants with every column; a cap that binds in half of the seeds."""
    draw = np.random.default_rng(seed)
    firms = int(draw.integers(1, 30))
    use = draw.integers(0, 10**9, (3, firms)) * scale
    cap = int(use.sum() * draw.uniform(0.05, 0.6)) // scale * scale
    return Claimants(
        covered=draw.random(firms) < 0.8,
        use=use,
        output=draw.integers(1, 10**6, (3, firms)) * scale,
        output_now=draw.integers(0, 10**6, firms) * scale,
        sector=draw.integers(0, 3, firms),
        sectors=("steel", "building_mat", "paper"),
        population=draw.integers(0, 10**5, firms),
        area_m2=draw.integers(0, 10**8, firms),
        value_added_fen=draw.integers(0, 10**10, firms),
        entrant=draw.random(firms) < 0.3,
        months=draw.integers(0, 13, firms),
        received=draw.integers(0, 10**9, firms) * scale,
        verified=draw.integers(0, 10**9, firms) * scale,
        power=PowerUnits(
            kind=draw.integers(0, 4, firms),
            supplied_kwh=draw.integers(0, 10**9, firms) * scale,
            heat_mj=draw.integers(0, 10**9, firms) * scale,
            load_ppm=draw.integers(300_000, 10**6, firms),
            heat_share_ppm=draw.integers(0, 10**6, firms),
            air_cooled=draw.random(firms) < 0.2,
        ),
        cap=cap,
    )


def districts(seed: int, scale: int = 1) -> Districts:
    """Random districts with every column; the goal is below or above the start."""
    draw = np.random.default_rng(seed)
    count = int(draw.integers(2, 17))
    start = draw.integers(10**6, 10**9, count) * scale
    split = draw.random((3, count))
    return Districts(
        start=start,
        goal=int(start.sum() // scale * draw.uniform(0.85, 1.1)) * scale,
        use=start,
        value_added_fen=draw.integers(10**9, 10**12, count),
        population=draw.integers(10**4, 10**6, count),
        history=start * 5,
        potential_use=start // 2,
        zone=draw.integers(0, 2, count),
        zones=("key", "protected"),
        indicators=draw.random((count, 3)) + 0.1,
        sectors=("industry", "homes", "other"),
        sector_use=np.rint(split / split.sum(axis=0) * (start // scale)).astype(np.int64) * scale,
        marginal_cut=start // 10,
    )


def snapshot(record) -> dict:
    return {
        one.name: np.copy(value)
        for one in fields(record)
        if isinstance(value := getattr(record, one.name), np.ndarray)
    }


def check_allocation(rule: Rule) -> None:
    for seed in SEEDS:
        asked = claimants(seed)
        before = snapshot(asked)
        given = rule.apply(rule.make(), asked)
        assert given.dtype == np.int64 and given.shape == asked.covered.shape
        assert (given >= 0).all()
        assert not given[~asked.covered].any(), "outsiders get nothing"
        assert sum(given.tolist()) <= asked.cap, "under the cap"
        assert (rule.apply(rule.make(), asked) == given).all()
        for name, column in before.items():
            assert (getattr(asked, name) == column).all(), f"{rule.name} writes into {name}"
        times = rule.apply(rule.make(), claimants(seed, 1000))
        # five roundings at most: mean of years, intensity, factor, share of a hybrid, cap
        assert (abs(times - 1000 * given) <= 1000 * 5).all(), "homogeneous of degree one, but for rounding"


def check_decomposition(rule: Rule) -> None:
    for seed in SEEDS:
        asked = districts(seed)
        before = snapshot(asked)
        given = rule.apply(rule.make(), asked)
        assert given.dtype == np.int64 and (given >= 0).all()
        assert sum(given.tolist()) == asked.goal, "adds up to the unit"
        assert (rule.apply(rule.make(), asked) == given).all()
        for name, column in before.items():
            assert (getattr(asked, name) == column).all(), f"{rule.name} writes into {name}"
        times = rule.apply(rule.make(), districts(seed, 1000))
        assert (abs(times - 1000 * given) <= 1000 * 2).all(), "homogeneous of degree one, but for rounding"
        nothing = replace(asked, goal=sum(asked.start.tolist()))
        assert sum(rule.apply(rule.make(), nothing).tolist()) == nothing.goal


def check_declaration(rule: Rule) -> None:
    assert rule.summary.endswith(".") and rule.summary_zh.endswith("。") and rule.formula and rule.source
    assert rule.title_en and any("一" <= sign <= "鿿" for sign in rule.title_zh)
    for info in rule.describe():
        assert info.meaning.endswith(".") and info.meaning_zh.endswith("。") and info.source and info.unit
        assert info.default is None or info.problem(info.default) is None
    assert rule.example.run() == rule.example.then
    assert rule.example.given and rule.example.given_zh


@named(EVERY)
def test_declared_in_full(rule):
    check_declaration(rule)


@named(EVERY)
def test_every_parameter_is_read(rule):
    with open(__import__(rule.apply.__module__, fromlist=["x"]).__file__, encoding="utf-8") as file:
        text = file.read()
    inherited = {one.name for base in rule.Parameters.__mro__[1:-1] for one in fields(base)}
    for info in rule.describe():
        assert f"parameters.{info.name}" in text or info.name in inherited, (
            f"{info.name} is declared and never read"
        )


@named(ALLOCATION)
def test_allocation_keeps_the_contract(rule):
    check_allocation(rule)


@named(DECOMPOSITION)
def test_decomposition_keeps_the_contract(rule):
    check_decomposition(rule)


@pytest.mark.parametrize("room", ROOMS)
def test_table_is_keyed_by_name_and_room(room):
    for name, rule in rules(room).items():
        assert (rule.name, rule.room) == (name, room)
        assert rule.apply.__module__ == f"marketsim.policy.{room}.{name}"


@dataclass(frozen=True, kw_only=True)
class NewParameters:
    """A tenth of the use by default."""

    share: float = parameter(
        0.1, unit="of use", within=(0, 1), meaning="Share.", meaning_zh="比例。", source="test"
    )


NEW_DOC = "A share of the last use.\n\nFormula: A = share × use.\n\nSource: test."


def new_rule(apply) -> Rule:
    apply.__annotations__ = {"parameters": NewParameters, "asked": Claimants}
    return Rule(
        name="new",
        room="allocation",
        title_en="New",
        title_zh="新",
        summary_zh="新。",
        doc=NEW_DOC,
        Parameters=NewParameters,
        apply=apply,
        example=Example(given="x", given_zh="x", run=lambda: 1, then=1),
    )


def test_a_new_rule_costs_one_file_and_a_table_line():
    rule = table(new_rule(lambda parameters, asked: asked.grant(asked.use[-1] // 10)))["new"]
    check_declaration(rule)
    check_allocation(rule)


def spoil(parameters, asked):
    asked.use[-1] = 0
    return asked.grant(asked.use[-1])


@pytest.mark.parametrize(
    "bad",
    [
        lambda parameters, asked: asked.use[-1] // 10,  # pays outsiders
        lambda parameters, asked: np.where(asked.covered, asked.use.sum(axis=0) * 9, 0),  # over the cap
        lambda parameters, asked: asked.grant(asked.use[-1]) - 1,  # negative
        lambda parameters, asked: asked.grant(np.sqrt(asked.use[-1]).astype(np.int64)),  # not homogeneous
        spoil,  # writes into its input
    ],
    ids=["outsiders", "cap", "negative", "homogeneous", "pure"],
)
def test_the_contract_catches_a_bad_rule(bad):
    with pytest.raises(AssertionError):
        check_allocation(new_rule(bad))


def test_the_contract_catches_a_decomposition_that_loses_a_unit():
    honest = rules("decomposition")["equal_rate"]

    def careless(parameters, asked):
        return honest.apply(parameters, asked) - np.eye(1, len(asked.start), 0, dtype=np.int64)[0]

    with pytest.raises(AssertionError):
        check_decomposition(replace(honest, apply=careless))


def test_problems_are_found_all_at_once():
    rule = rules("allocation")["grandfathering"]
    found = dict(rule.problems({"factor": 3, "base_years": "men", "fator": 1}))
    assert set(found) == {"factor", "base_years", "fator"}
    assert "outside [0, 2]" in found["factor"] and "mean, largest" in found["base_years"]
    assert (
        rule.problems({"factor": True})
        and rule.problems({"factor": float("nan")})
        and rule.problems({"factor": "1"})
    )
    with pytest.raises(RuleError, match="factor"):
        rule.make({"factor": -1})
