"""Adaptive price expectations: what a firm thinks a right will cost, learned from the market and from its own orders.

    p ← p + w (last − p)               every firm that looked, w = weight of the last price
    p ← p (1 + n · imbalance)          every firm, from the venue's news: open buys less open sells over all orders
    p ← p + n (last − p)               every firm, on a day without any order: nobody contradicts the last price
    p ← p (1 ± u · unfilled)           a buyer whose order stayed open expects more, a seller less
    p ← p (1 ∓ u · filled / 4)         a buyer who was served asks for less next time, a seller for more

The second line is Walras' price adjustment on public order flow, of orders that serve a need: what an investor bids for is no lack; it is what lets a price forget where it opened.
Source: Nerlove (1958) for adaptive expectations; Cliff (1997), rules of ZIP traders, for the last two lines.
"""

import numpy as np

SERVED = 0.25


def adapt(
    expected_cny: np.ndarray, last_cny: float, side: np.ndarray, open_share: np.ndarray, weight: float, urgency: float
) -> np.ndarray:
    """Expected prices after a session, for firms that sent an order.

    `expected_cny` (firms,), `side` (firms,) 0 buy 1 sell, `open_share` (firms,) of the order that was not filled.
    """
    toward_market = expected_cny + weight * (last_cny - expected_cny)
    sign = np.where(side == 0, 1.0, -1.0)
    return toward_market * (1.0 + urgency * sign * (open_share - SERVED * (1.0 - open_share)))


def heed_news(expected_cny: np.ndarray, imbalance: float, weight: float) -> np.ndarray:
    """Expected prices after the venue has told how much was wanted and offered in vain; `imbalance` in [−1, 1]."""
    return expected_cny * (1.0 + weight * imbalance)


def heed_silence(expected_cny: np.ndarray, last_cny: float, weight: float) -> np.ndarray:
    """Expected prices after a day on which nobody sent an order."""
    return expected_cny + weight * (last_cny - expected_cny)
