"""Zero-intelligence-plus traders (ZIP): a margin over one's own limit that learns from every shout in the market.

Price λ(1 + μ), seller μ ≥ 0, buyer −1 ≤ μ ≤ 0. A shout at q moves the price toward τ = R·q + A by Γ ← γΓ + (1 − γ)β(τ − p):
up with R ~ U[1, 1.05], A ~ U[0, 0.05] units of money, down with R ~ U[0.95, 1], A ~ U[−0.05, 0]; β ~ U[0.1, 0.5],
γ ~ U[0.2, 0.8], first |μ| ~ U[0.05, 0.35]. Comparisons include equality and are made on the rounded price. Cliff's traders own one
unit; here every unit of a trader has a margin of its own, because one margin for all is worn out by the last units of a day.
Source: Cliff (1997), Minimal-intelligence agents for bargaining behaviors in market-based environments, HP Labs HPL-97-91.
"""

from marketsim.agents.induced_kernel import draw, part

MARGIN, MOMENTUM, RATE, INERTIA = range(4)
ABSOLUTE = 0.05
"""Largest absolute change of a target, in the money of the problem."""


@part
def zip_begin(memory, buyers, key):
    """Draw the character of every unit, the buyers' first, into `memory` (units, 4)."""
    for slot in range(len(memory)):
        margin = 0.05 + 0.3 * draw(key, 4 * slot)
        memory[slot, MARGIN] = -margin if slot < buyers else margin
        memory[slot, MOMENTUM] = 0.0
        memory[slot, RATE] = 0.1 + 0.4 * draw(key, 4 * slot + 1)
        memory[slot, INERTIA] = 0.2 + 0.6 * draw(key, 4 * slot + 2)


@part
def zip_price(memory, slot, limit):
    """The whole price nearest to the one a unit is offered at."""
    return int(limit * (1.0 + memory[slot, MARGIN]) + 0.5)


@part
def zip_learn(memory, slot, limit, buys, heard, lucks):
    """Move a unit's price toward a target above or below a shout; `heard` is (way, price of the shout), `lucks` two draws."""
    way, quote = heard
    if way > 0:
        target = (1.0 + 0.05 * lucks[0]) * quote + ABSOLUTE * lucks[1]
    else:
        target = (1.0 - 0.05 * lucks[0]) * quote - ABSOLUTE * lucks[1]
    price = limit * (1.0 + memory[slot, MARGIN])
    inertia = memory[slot, INERTIA]
    memory[slot, MOMENTUM] = inertia * memory[slot, MOMENTUM] + (1.0 - inertia) * memory[slot, RATE] * (target - price)
    margin = (price + memory[slot, MOMENTUM]) / limit - 1.0
    memory[slot, MARGIN] = min(max(margin, -1.0), 0.0) if buys else max(margin, 0.0)


@part
def zip_direction(buys, active, price, quote, bid, accepted):
    """1 where a trader should raise its price after the shout `quote` (a bid or an ask), −1 lower, 0 leave it."""
    if buys:
        if accepted and price >= quote:
            return -1  # others sell for less: bid less
        if active and price <= quote and (bid != accepted):
            return 1  # outbid, or an ask at this price went to somebody else
        return 0
    if accepted and price <= quote:
        return 1
    if active and price >= quote and (bid == accepted):
        return -1
    return 0
