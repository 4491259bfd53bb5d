"""Zero-intelligence traders of the double auction: a random price, constrained by the trader's own value or not at all.

Unconstrained (ZI-U): any price U{1 … most}. Constrained (ZI-C): a bid U{1 … value}, an ask U{cost … most}.
Source: Gode and Sunder (1993), Allocative efficiency of markets with zero-intelligence traders, JPE 101(1).
"""

from marketsim.agents.induced_kernel import part


@part
def random_price(limit, buys, most, constrained, luck):
    """A whole price; `limit` is the value or cost of the trader's next unit, `luck` from [0, 1)."""
    low, high = 1, most
    if constrained and buys:
        high = limit
    elif constrained:
        low = limit
    if high < low:
        return -1
    return low + int(luck * (high - low + 1))
