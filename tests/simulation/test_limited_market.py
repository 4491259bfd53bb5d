"""A market limited to some districts covers the firms there and no others; the other markets do not notice."""

import numpy as np

from marketsim.scenario import load
from marketsim.simulation.found import found


def test_only_firms_of_the_named_districts_are_covered():
    everywhere = found(load("tianjin-2020")).setting.firms
    limited = found(load("tianjin-2020", ("markets.carbon.regions=[滨海新区, 120110]",))).setting.firms
    row = list(load("tianjin-2020").question.markets).index("carbon")
    here = np.isin(everywhere.region, [120116, 120110])
    assert 0 < limited.covered[row].sum() < everywhere.covered[row].sum()
    assert np.array_equal(limited.covered[row], everywhere.covered[row] & here)
    others = np.arange(len(everywhere.covered)) != row
    assert np.array_equal(limited.covered[others], everywhere.covered[others])
    assert np.array_equal(limited.direct, everywhere.direct)
