"""The zero-intelligence-plus strategy (ZIP): a margin over the own reservation price, learned from the market's prices.

    target  τ = last × (1 ± 0.05 u)                a little beyond the last price when that is within reach, a little inside when not
    change  Γ ← γ Γ + (1 − γ) β (τ − p),           γ = 0.5, β = 0.3
    quote   p ← p + Γ, a buyer never above `most`, a seller never below `least`

The margin is kept as the quote itself, in CNY: the least price of a surplus may be zero, and a share of zero cannot grow.
Source: Cliff (1997), Minimal-intelligence agents for bargaining behaviors in market-based environments, HP Labs 97-91.
"""

import numpy as np

from marketsim.agents.view import BUY, SELL, Quotes, View, wanted_lots

HASTE = 2.0
RATE, MOMENTUM, STEP = 0.3, 0.5, 0.05


def quote(view: View) -> Quotes:
    """One limit order a firm, at the price its margin has come to."""
    buys = view.gap_lots > 0
    first = np.isnan(view.memory[0])
    before = np.where(first, view.expected_cny, view.memory[0])
    gamma = np.where(first, 0.0, view.memory[1])
    # whoever could have dealt at the last price tries for a better one, whoever could not gives way
    eager = np.where(buys, before >= view.last_cny, before <= view.last_cny)
    away = np.where(buys == eager, -1.0, 1.0)
    target = view.last_cny * (1.0 + STEP * view.draw * away)
    gamma = MOMENTUM * gamma + (1.0 - MOMENTUM) * RATE * (target - before)
    aim = np.maximum(before + gamma, 0.0)
    price = np.where(buys, np.minimum(aim, view.most_cny), np.maximum(aim, view.least_cny))
    return Quotes(side=np.where(buys, BUY, SELL), price_cny=price, lots=wanted_lots(view, HASTE), memory=np.stack([price, gamma]))
