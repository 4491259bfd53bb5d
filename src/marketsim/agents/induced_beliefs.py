"""Gjerstad–Dickhaut traders (GD): the price with the best expected gain, given how often such prices were taken lately.

Belief that an ask a is taken: (taken asks ≥ a + bids ≥ a) / (the same + untaken asks ≤ a); that a bid b is taken:
(taken bids ≤ b + asks ≤ b) / (the same + untaken bids ≥ b), over the shouts since the eighth last trade. Beliefs are counted at
prices seen and joined between them by cubics that are level at the prices, with fixed ends: bid 0 never, an ask of 0 always.
Source: Gjerstad and Dickhaut (1998), Price formation in double auctions, Games and Economic Behavior 22.
"""

import numpy as np

from marketsim.agents.induced_kernel import part

MEMORY = 8
"""Trades that are remembered."""
BID, ASK, BID_TAKEN, ASK_TAKEN = range(4)


@part
def recall(shouts, count, trades):
    """Forget shouts (rows: price, kind, number of the trade they led to or followed) older than the memory; the new count."""
    first = 0
    while first < count and shouts[first, 2] < trades - MEMORY:
        first += 1
    for k in range(first, count):
        shouts[k - first] = shouts[k]
    return count - first


@part
def believe(shouts, count, most, asks, beliefs):
    """Fill `beliefs` (most + 1,) with the chance that each ask (or bid) is taken."""
    seen = np.zeros((4, most + 2), np.int64)
    for k in range(count):
        seen[shouts[k, 1], shouts[k, 0]] += 1
    above = np.zeros((4, most + 3), np.int64)  # shouts of each kind at this price or above
    for kind in range(4):
        for price in range(most + 1, -1, -1):
            above[kind, price] = above[kind, price + 1] + seen[kind, price]
    last_price, last_belief = 0, 1.0 if asks else 0.0
    beliefs[0] = last_belief
    for price in range(1, most + 1):
        here = seen[BID, price] + seen[ASK, price] + seen[BID_TAKEN, price] + seen[ASK_TAKEN, price]
        if price == most:
            belief = 0.0 if asks else 1.0
        elif here == 0:
            continue
        elif asks:
            good = above[ASK_TAKEN, price] + above[BID, price] + above[BID_TAKEN, price]
            belief = good / max(good + above[ASK, 0] - above[ASK, price + 1], 1)
        else:
            good = (above[BID_TAKEN, 0] - above[BID_TAKEN, price + 1] + above[ASK, 0] - above[ASK, price + 1]
                    + above[ASK_TAKEN, 0] - above[ASK_TAKEN, price + 1])
            belief = good / max(good + above[BID, price], 1)
        for between in range(last_price + 1, price + 1):
            way = (between - last_price) / (price - last_price)
            beliefs[between] = last_belief + (belief - last_belief) * way * way * (3.0 - 2.0 * way)
        last_price, last_belief = price, belief


@part
def best_price(beliefs, limit, buys, bid, ask):
    """The price of the greatest expected gain that is better than the standing quote of one's side; −1 where none gains.

    A price at the opposite standing quote is taken for certain; `bid` is 0 and `ask` the highest price + 1 where none stands.
    """
    best, gain = -1, 0.0
    if buys:
        for price in range(bid + 1, min(limit, ask) + 1):
            chance = 1.0 if price == ask else beliefs[price]
            if (limit - price) * chance > gain:
                best, gain = price, (limit - price) * chance
        return best
    for price in range(max(limit, bid, 1), ask):
        chance = 1.0 if price == bid else beliefs[price]
        if (price - limit) * chance > gain:
            best, gain = price, (price - limit) * chance
    return best
