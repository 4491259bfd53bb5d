"""Price-bidding games of two generators with limited capacity: uniform price, pay-as-bid, and Bertrand with capacities.

Fictitious play: in each round both bid best against what the other has bid so far; the frequencies of bids approach a mixed
equilibrium where they settle. Bertrand–Edgeworth with demand D = 1 − p and no cost has a closed form (efficient rationing).
Source: Fabra, von der Fehr and Harbord (2006), RAND Journal of Economics 37; Brown (1951); Kreps and Scheinkman (1983).
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, kw_only=True)
class Duopoly:
    """Two generators, (2,): `cost`, `capacity`; fixed `load`; the prices they may bid, `grid` (prices,), ascending."""

    cost: np.ndarray
    capacity: np.ndarray
    load: float
    grid: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Mixed:
    """Frequencies of bids (2, prices), expected `profit` (2,), and the mean price paid per unit sold."""

    bids: np.ndarray
    profit: np.ndarray
    mean_price: float


def outcome(game: Duopoly, pay_as_bid: bool) -> tuple[np.ndarray, np.ndarray]:
    """Quantities and prices earned for every pair of bids: two (2, prices, prices) arrays, rows the first generator's bid."""
    first, second = np.meshgrid(game.grid, game.grid, indexing="ij")
    k, load = game.capacity, game.load
    sold = np.empty((2, *first.shape))
    for i, own, other in ((0, first, second), (1, second, first)):
        ahead, behind = min(k[i], load), min(k[i], max(load - k[1 - i], 0.0))
        # at equal bids the cheaper one goes first; equal costs share
        tie = ahead if game.cost[i] < game.cost[1 - i] else behind if game.cost[i] > game.cost[1 - i] else (ahead + behind) / 2
        sold[i] = np.where(own < other, ahead, np.where(own > other, behind, tie))
    marginal = np.where(sold[0] + sold[1] <= 0, 0.0, np.maximum(np.where(sold[0] > 0, first, -np.inf), np.where(sold[1] > 0, second, -np.inf)))
    return sold, np.stack([first, second]) if pay_as_bid else np.stack([marginal, marginal])


def fictitious_play(game: Duopoly, pay_as_bid: bool, rounds: int = 200_000) -> Mixed:
    """Play both generators' best answers to each other's past; no luck is involved: of equal answers the lower bid is taken.

    The first half of the rounds is forgotten.
    """
    sold, earned = outcome(game, pay_as_bid)
    profit = sold * (earned - game.cost[:, None, None])
    worth = [np.zeros(len(game.grid)), np.zeros(len(game.grid))]
    counts = np.zeros((2, len(game.grid)))
    tables = (np.ascontiguousarray(profit[0].T), np.ascontiguousarray(profit[1]))
    played = np.minimum(np.searchsorted(game.grid, game.cost), len(game.grid) - 1).tolist()  # both begin at cost
    for n in range(rounds):
        worth[0] += tables[0][played[1]]
        played[0] = int(np.argmax(worth[0]))
        worth[1] += tables[1][played[0]]  # in turn: two that move at once would chase each other for ever
        played[1] = int(np.argmax(worth[1]))
        if 2 * n >= rounds:
            counts[0, played[0]] += 1
            counts[1, played[1]] += 1
    bids = counts / counts.sum(axis=1, keepdims=True)
    joint = bids[0][:, None] * bids[1][None, :]
    value = float((joint * (sold * earned).sum(axis=0)).sum() / (joint * sold.sum(axis=0)).sum())
    return Mixed(bids=bids, profit=(joint * profit).sum(axis=(1, 2)), mean_price=value)


def bertrand_edgeworth(capacity_1: float, capacity_2: float) -> tuple[float, float, float]:
    """Lowest and highest price bid in equilibrium and the larger firm's profit, for demand 1 − p and no cost.

    Both prices are equal where the equilibrium is in pure strategies.
    """
    large, small = max(capacity_1, capacity_2), min(capacity_1, capacity_2)
    if small >= 1.0:
        return 0.0, 0.0, 0.0
    if large <= (1.0 - small) / 2:
        price = 1.0 - large - small
        return price, price, price * large
    high = (1.0 - small) / 2
    profit = high * high
    low = profit / large if profit / large <= 1.0 - large else (1.0 - (1.0 - 4.0 * profit) ** 0.5) / 2
    return low, high, profit
