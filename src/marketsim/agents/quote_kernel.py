"""One compiled pass over the firms that look at a right: the quotes of the two commonest strategies.

    cost-minimising:    min(most, expected × (1 + noise)),  max(least, expected × (1 + noise))
    zero-intelligence:  bid ~ U[low, most],  ask ~ U[least, high]

Source: the formulas of `cost_minimising.py`, `zero_intelligence.py` and `view.py`, term by term, so that the numbers are the same to the bit.
"""

import numpy as np

from marketsim.matching.compiled import kernel


@kernel
def quote_over(own, books, venue, kinds, out):
    """Write to `out` = (side, price, lots) (rows,) what the firms of the two strategies answer; other rows stay as they are.

    `own` = rows, gap, most, least, draw and strategy, (rows,) each; `books` = expected price (firms,), what each account holds of the
    right and of money, (accounts, states); `venue` = units a lot, base units a lot, fee, lowest and highest price, looks left;
    `kinds` = number, haste and noise of the first strategy, number and haste of the second.
    """
    rows, gap, most, least, draw, strategy = own
    expected, stock, money = books
    units, base, fee, low, high, looks = venue
    careful, haste, noise, random, other_haste = kinds
    side, price, lots = out
    for at in range(len(rows)):
        row, kind = rows[at], strategy[at]
        if kind != careful and kind != random:
            continue
        lacks = gap[at] / units
        wanted = np.ceil(lacks) if lacks > 0 else np.floor(lacks + 1.0)
        buys = wanted > 0
        n = np.int64(np.ceil(abs(wanted) * min(1.0, (haste if kind == careful else other_haste) / max(looks, 1.0))))
        if buys:
            n = min(n, np.int64(money[row, 0] / 100 / (1.0 + fee) / (max(high, 0.01) * units)))
        else:
            n = min(n, stock[row, 0] // base)
        dearest, cheapest = most[at] / (1.0 + fee), least[at] / (1.0 - fee)
        if kind == careful:
            aim = expected[row] * (1.0 + noise * (2.0 * draw[at] - 1.0))
            price[at] = min(aim, dearest) if buys else max(aim, cheapest)
        else:
            floor, top = (low, min(high, dearest)) if buys else (max(low, cheapest), high)
            price[at] = floor + draw[at] * max(top - floor, 0.0)
            if top < floor:
                n = 0
        side[at], lots[at] = 0 if buys else 1, n


@kernel
def by_arrival(arrival):
    """Places in order of `arrival` (n,), equals by place: into n buckets first, which uniform draws fill evenly. Shape (n,) int64."""
    n = len(arrival)
    begins = np.zeros(n + 2, np.int64)
    for at in range(n):
        begins[np.int64(arrival[at] * n) + 2] += 1
    for bucket in range(1, n + 2):
        begins[bucket] += begins[bucket - 1]
    order = np.empty(n, np.int64)
    for at in range(n):
        bucket = np.int64(arrival[at] * n) + 1
        order[begins[bucket]] = at
        begins[bucket] += 1
    for place in range(1, n):  # neighbours of a bucket into order; whoever stands in an earlier bucket is smaller
        at, hole = order[place], place
        while hole > 0 and arrival[order[hole - 1]] > arrival[at]:
            order[hole] = order[hole - 1]
            hole -= 1
        order[hole] = at
    return order
