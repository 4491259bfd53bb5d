"""With frictions off and firms that minimise cost, the four default markets realise nearly all of the possible gain."""

import pytest

from marketsim.simulation.result import result

RATIONAL = ("power.resolution=typical-days", "firms.attention=100%", "firms.strategies={cost-minimising: 100%, zero-intelligence: 0%}")


@pytest.mark.slow
@pytest.mark.parametrize("seed", [301, 302])
def test_almost_all_of_the_gain_is_realised(played, seed):
    shown = {metric: value for _, metric, _, value in result(played("tianjin", seed=seed, settings=RATIONAL)).summary}
    assert shown["cost.share_of_gain"] >= 0.98
