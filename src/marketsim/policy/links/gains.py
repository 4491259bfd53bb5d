"""Who gains from a link, and the Shapley split of what all gain together."""

from dataclasses import dataclass

import numpy as np

from marketsim.policy.coalitions import shapley


@dataclass(frozen=True, kw_only=True)
class LinkGains:
    """`gain (parties,)` CNY of each party at market prices, `shapley (parties,)` CNY, `together` CNY: the sum
    of either."""

    gain: np.ndarray
    shapley: np.ndarray
    together: float


def link_gains(cost: np.ndarray, paid: np.ndarray, worth: np.ndarray) -> LinkGains:
    """Return gains by party.

    Shapes: `cost (2, parties)` alone and linked, `paid (parties,)` for units bought less sold, `worth
    (2**parties,)` the cost every coalition saves by linking (the planner's answers). Source: Doda,
    Quemin, Taschini 2019.
    """
    gain = cost[0] - cost[1] - paid
    return LinkGains(gain=gain, shapley=shapley(worth), together=float(worth[-1]))
