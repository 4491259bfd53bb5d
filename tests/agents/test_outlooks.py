"""The outlooks by hand: what each believes a kept right will fetch next year."""

import numpy as np
import pytest

from marketsim.agents.outlooks import OUTLOOKS, Prospect

OWN = np.array([18.0, 30.0])


@pytest.mark.parametrize(("name", "before", "believed"), [
    ("last", 20.0, [24, 24]), ("adaptive", 20.0, [18, 30]), ("extrapolative", 20.0, [28.8, 28.8]), ("planner", 20.0, [33, 33]),
    ("extrapolative", 0.0, [24, 24]), ("extrapolative", 6.0, [48, 48]), ("extrapolative", 96.0, [12, 12]),
])  # fmt: skip
def test_what_each_believes(name, before, believed):
    prospect = Prospect(last_cny=24.0, year_ago_cny=before, expected_cny=OWN, foreseen_cny=33.0)
    assert OUTLOOKS[name](prospect).tolist() == pytest.approx(believed)


def test_a_scenario_may_name_each_of_them_and_none():
    from typing import get_args

    from marketsim.scenario.schema import Firms

    assert set(get_args(Firms.model_fields["outlook"].annotation)) == {"none", *OUTLOOKS}
