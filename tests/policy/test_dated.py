"""Dated values: declared, in bounds, in the parameter's own unit, graded; the one in force on a day is found."""

from collections import Counter
from datetime import date

import pytest

from marketsim import resources
from marketsim.errors import InputError, ProblemsFound
from marketsim.policy import rules
from marketsim.policy.dated import COLUMNS, in_force, read_values
from marketsim.policy.rule import RuleError
from marketsim.scenario import load

VALUES = read_values(resources.path("configs", "policy", "values.csv"))


def test_every_shipped_value_is_declared_once_a_day_and_graded():
    days = Counter((one.place, one.room, one.rule, one.parameter, one.since) for one in VALUES)
    assert len(VALUES) > 50 and set(days.values()) == {1}
    assert {one.quality for one in VALUES} == {"official", "literature", "estimate"}
    assert all(one.source and (one.verified or one.quality == "estimate") for one in VALUES)


def test_the_value_in_force_changes_with_the_day():
    def multiple(day):
        return in_force(VALUES, "Tianjin", ("compliance", "surrender"), day).get("deduction_multiple")
    assert multiple(date(2013, 1, 1)) is None
    assert (multiple(date(2019, 6, 30)), multiple(date(2021, 6, 30))) == (0, 2)
    power = in_force(VALUES, "China", ("allocation", "national_power"), date(2021, 6, 1))
    assert power["coal_large"] == 0.8218 and power["heat_coal"] == 0.126
    assert rules("allocation")["national_power"].make(power).gas == 0.392


def test_carbon_dual_control_turns_from_intensity_to_total():
    def vetoes(day):
        rule = rules("assessment")["points"]
        parameters = rule.make(in_force(VALUES, "China (carbon)", ("assessment", "points"), day))
        return parameters.intensity_veto, parameters.total_veto
    assert vetoes(date(2027, 1, 1)) == (True, False) and vetoes(date(2032, 1, 1)) == (False, True)


@pytest.mark.parametrize(("line", "says"), [
    ("Tianjin,allocation,grandfathring,factor,2021-01-01,0.98,-,official,1,x", "grandfathering"),
    ("Tianjin,allocation,grandfathering,facter,2021-01-01,0.98,-,official,1,x", "factor"),
    ("Tianjin,allocation,grandfathering,factor,2021-01-01,9,-,official,1,x", "outside"),
    ("Tianjin,allocation,grandfathering,factor,2021-01-01,0.98,kg,official,1,x", "not in kg"),
    ("Tianjin,allocation,grandfathering,factor,2021-01-01,0.98,-,hearsay,1,x", "hearsay"),
])
def test_a_bad_value_is_named_with_its_line(tmp_path, line, says):
    bad = tmp_path / "values.csv"
    bad.write_text(",".join(COLUMNS) + "\n" + line + "\n", encoding="utf-8")
    with pytest.raises((RuleError, InputError), match=says) as raised:
        read_values(bad)
    assert "values.csv:2" in str(raised.value)


def test_a_scenario_takes_the_values_in_force_of_a_place():
    """What the scenario sets stays; the day is the first of the run; a place without values for the rule is told by name."""
    def carbon(setting):
        return load("tianjin-2020", (setting,)).question.markets["carbon"]

    taken = carbon("markets.carbon.compliance={rule: surrender, in_force: Tianjin, offset_limit: 5%}").compliance.parameters
    assert taken == {"offset_limit": 0.05, "barred_years": 3, "deduction_multiple": 2.0}, "the base sets the twofold deduction itself"
    points = load("tianjin-2020", ("targets.assessment={rule: points, in_force: China}",)).question.targets.assessment.parameters
    assert points == {"intensity_points": 20.0, "total_points": 20.0, "measures_most": 60.0}, "of 2016, not of 2007, and not of 2021"
    assert carbon("markets.carbon.correction={rule: ex_post_band, in_force: Hubei}").correction.parameters == {"band": 0.2}
    with pytest.raises(ProblemsFound, match="Hubei"):
        load("tianjin-2020", ("markets.carbon.correction={rule: ex_post_band, in_force: Hubie}",))
