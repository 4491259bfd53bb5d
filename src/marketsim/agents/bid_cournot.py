"""Cournot: each firm sells the quantity that is best against the others' quantities, with capacity limits and forward sales.

Inverse demand P = a − b·Q. First-order condition P − b·(qᵢ − fᵢ) = cᵢ, fᵢ sold forward, so qᵢ = (a − b·Q₋ᵢ − cᵢ + b·fᵢ) / 2b inside
0 … kᵢ. Best answers in turn climb a common potential, so they settle.
Source: Cournot (1838); forwards: Allaz and Vila (1993), Journal of Economic Theory 59; potential: Monderer and Shapley (1996).
"""

from dataclasses import dataclass, replace

import numpy as np

from marketsim.agents.bidding import Bids, View


@dataclass(frozen=True, kw_only=True)
class Oligopoly:
    """Demand P = `intercept` − `slope`·Q and firms (firms,): constant `cost`, `capacity` (inf: none), quantity sold `forward`."""

    intercept: float
    slope: float
    cost: np.ndarray
    capacity: np.ndarray
    forward: np.ndarray


def quantities(game: Oligopoly) -> np.ndarray:
    """Equilibrium quantities (firms,). Raises ValueError when the best answers do not settle."""
    q = np.zeros(len(game.cost))
    for _ in range(10_000):
        before = q.copy()
        for i in range(len(q)):
            best = (game.intercept - game.slope * (q.sum() - q[i]) - game.cost[i] + game.slope * game.forward[i]) / (2 * game.slope)
            q[i] = min(max(best, 0.0), game.capacity[i])
        if np.abs(q - before).max() <= 1e-14 * max(1.0, np.abs(q).max()):
            return q
    raise ValueError("the firms' best answers did not settle")


def price(game: Oligopoly, q: np.ndarray) -> float:
    """Price at quantities (firms,)."""
    return game.intercept - game.slope * float(q.sum())


def forward_sales(game: Oligopoly) -> np.ndarray:
    """Forward sales (firms,) when firms sell forward first, each foreseeing the spot market, at the price that will hold there.

    A firm's profit is quadratic in its own forward sales while nobody meets a bound, so each best answer is a parabola's top.
    """
    f = np.zeros(len(game.cost))
    for _ in range(1_000):
        before = f.copy()
        for i in range(len(f)):
            f[i] = _best_forward(game, f, i)
        if np.abs(f - before).max() <= 1e-12 * max(1.0, np.abs(f).max()):
            return f
    raise ValueError("forward sales did not settle")


def _best_forward(game: Oligopoly, f: np.ndarray, i: int) -> float:
    step = game.intercept / (100 * game.slope)
    profits = []
    for shift in (-1.0, 0.0, 1.0):
        tried = f.copy()
        tried[i] += shift * step
        q = quantities(replace(game, forward=tried))
        profits.append((price(game, q) - game.cost[i]) * q[i])
    bend = profits[0] - 2 * profits[1] + profits[2]
    return max(0.0, f[i] if bend >= 0 else f[i] + step * (profits[0] - profits[2]) / (2 * bend))


def bid(view: View, memory: np.ndarray) -> tuple[Bids, np.ndarray]:
    """A portfolio's units offer the Cournot quantity at cost and withhold the rest; memory (units, 2) float: portfolio, demand slope.

    The slope is in ticks per kWh, demand is taken as price-taking at the cap for the expected load; cheaper units run first.
    """
    portfolio, slope = memory[:, 0].astype(np.int64), float(memory[0, 1])
    owners = int(portfolio.max()) + 1
    capacity = np.bincount(portfolio, view.available_kwh, owners)
    cost = np.bincount(portfolio, view.cost_tick * view.available_kwh, owners) / np.maximum(capacity, 1)
    sold = np.bincount(portfolio, view.contracted_kwh, owners)
    game = Oligopoly(intercept=view.last_price_tick + slope * view.load_kwh, slope=slope, cost=cost, capacity=capacity, forward=sold)
    target = np.floor(quantities(game) + 1e-6).astype(np.int64)  # a whole number stays whole
    kwh = np.zeros(len(portfolio), np.int64)
    order = np.lexsort((np.arange(len(portfolio)), view.cost_tick))
    for unit in order.tolist():
        kwh[unit] = min(int(view.available_kwh[unit]), int(target[portfolio[unit]]))
        target[portfolio[unit]] -= kwh[unit]
    tick = np.clip(view.cost_tick, view.floor_tick, view.cap_tick)
    return Bids(unit=np.arange(len(kwh)), tick=tick, kwh=kwh), memory
