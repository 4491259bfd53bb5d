"""What laboratory economics measures in a market with induced values: efficiency, price, its scatter, and who got the profit.

Efficiency = gains realised / greatest possible gains. Alpha = 100·√mean (p − p0)² / p0 with p0 the middle of the equilibrium
interval. Profit dispersion = √mean over traders (profit − profit at p0)². All by period.
Source: Smith (1962), JPE 70(2) for alpha; Gode and Sunder (1993), JPE 101(1) for efficiency and dispersion.
"""

from dataclasses import dataclass

import numpy as np

from marketsim.agents.double_auction import Market, Trades


@dataclass(frozen=True, kw_only=True)
class Equilibrium:
    """The competitive `price` (None where nobody would trade), `quantity`, `gains` of all and `profit` (traders,) at it."""

    price: float | None
    quantity: int
    gains: int
    profit: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Measures:
    """Figures of one session, (periods,) float each; not a number in a period without a trade (or without an equilibrium)."""

    efficiency_pct: np.ndarray
    mean_price: np.ndarray
    alpha_pct: np.ndarray
    profit_dispersion: np.ndarray
    first_trade: np.ndarray


def equilibrium(market: Market) -> Equilibrium:
    """Where the steps of demand and supply cross; the price is the middle of the interval that clears the market."""
    owned = np.arange(market.limits.shape[1]) < market.units[:, None]
    values = np.sort(market.limits[:market.buyers][owned[:market.buyers]])[::-1]
    costs = np.sort(market.limits[market.buyers:][owned[market.buyers:]])
    both = min(len(values), len(costs))
    quantity = int((values[:both] > costs[:both]).sum())
    if quantity == 0:
        return Equilibrium(price=None, quantity=0, gains=0, profit=np.zeros(len(market.units)))
    low = max(int(costs[quantity - 1]), int(values[quantity]) if quantity < len(values) else 0)
    high = min(int(values[quantity - 1]), int(costs[quantity]) if quantity < len(costs) else market.most)
    price = (low + high) / 2
    side = np.where(np.arange(len(market.units)) < market.buyers, 1.0, -1.0)[:, None]
    profit = np.where(owned, np.maximum(side * (market.limits - price), 0.0), 0.0).sum(axis=1)
    return Equilibrium(price=price, quantity=quantity, gains=int((values[:quantity] - costs[:quantity]).sum()), profit=profit)


def measure(market: Market, trades: Trades, periods: int) -> Measures:
    """Measure one session period by period."""
    best = equilibrium(market)
    figures = np.full((5, periods), np.nan)
    starts = np.searchsorted(trades.period, np.arange(periods + 1))
    for t in range(periods):
        rows = slice(starts[t], starts[t + 1])
        price = trades.price[rows]
        gain = np.bincount(trades.buyer[rows], weights=trades.gain_buyer[rows], minlength=len(market.units))
        gain = gain + np.bincount(trades.seller[rows], weights=trades.gain_seller[rows], minlength=len(market.units))
        if best.price is not None:
            figures[0, t] = 100 * gain.sum() / best.gains
            figures[3, t] = np.sqrt(np.mean((gain - best.profit) ** 2))
        if len(price):
            figures[1, t], figures[4, t] = price.mean(), price[0]
            if best.price:
                figures[2, t] = 100 * np.sqrt(np.mean((price - best.price) ** 2)) / best.price
    return Measures(efficiency_pct=figures[0], mean_price=figures[1], alpha_pct=figures[2], profit_dispersion=figures[3],
                    first_trade=figures[4])
