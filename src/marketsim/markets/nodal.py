"""Nodal dispatch on a grid in the DC approximation: least cost, flows by reactance, prices by node, congestion rent.

Minimise Σ c1·p + c2·p² subject to Σ p = Σ load, |H (p − load)| ≤ limit, p_min ≤ p ≤ p_max, H the matrix of power transfer
distribution factors. Price of a node: λ − Σ_lines H·μ. HiGHS finds which limits bind; the answer is then computed again from
those sets alone, so that it does not depend on the way HiGHS took: free generators share a tie in proportion to p_max,
and each price is the middle of its interval over all optimal duals (the lower end where it has no upper one).
Source: Schweppe et al., Spot Pricing of Electricity (1988); PTDF form as in MATPOWER's manual (Zimmerman and Murillo-Sánchez), ch. 3 and 6.
"""

from dataclasses import dataclass

import numpy as np

from marketsim.markets.linear import Bounds, Solver, canonical_point, price_intervals


@dataclass(frozen=True, kw_only=True)
class Network:
    """Buses 0 … buses−1 and lines between them; (lines,): `line_from`, `line_to`, reactance `x`, `limit_mw` (inf: none)."""

    buses: int
    line_from: np.ndarray
    line_to: np.ndarray
    x: np.ndarray
    limit_mw: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Generators:
    """Generators: (gens,) `bus`, `p_min_mw`, `p_max_mw`, and cost c1·p + c2·p² by `c1` and `c2` ≥ 0."""

    bus: np.ndarray
    p_min_mw: np.ndarray
    p_max_mw: np.ndarray
    c1: np.ndarray
    c2: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Nodal:
    """`price` (buses,) with its bounds, `dispatch_mw` (gens,), `flow_mw` (lines,) from→to, totals in money."""

    price: np.ndarray
    price_low: np.ndarray
    price_high: np.ndarray
    dispatch_mw: np.ndarray
    flow_mw: np.ndarray
    objective: float
    congestion_rent: float


def transfer_factors(network: Network) -> np.ndarray:
    """MW on each line for one MW put in at a bus and taken out in proportion everywhere: (lines, buses) float.

    Raises ValueError when a reactance is zero or the buses are not all connected, naming a bus that is cut off.
    """
    if (network.x == 0).any():
        raise ValueError(f"line {int(np.flatnonzero(network.x == 0)[0])} has reactance 0")
    lines = len(network.x)
    incidence = np.zeros((lines, network.buses))
    incidence[np.arange(lines), network.line_from] = 1.0
    incidence[np.arange(lines), network.line_to] -= 1.0
    reached, frontier = {0}, [0]
    while frontier:
        bus = frontier.pop()
        near = np.r_[network.line_to[network.line_from == bus], network.line_from[network.line_to == bus]]
        frontier += [other for other in sorted(set(near.tolist()) - reached)]
        reached |= set(near.tolist())
    if len(reached) < network.buses:
        raise ValueError(f"bus {min(set(range(network.buses)) - reached)} is not connected to bus 0")
    weighted = incidence / network.x[:, None]
    susceptance = incidence.T @ weighted
    # L + 11ᵀ/n inverts the Laplacian on what sums to zero, and treats no bus as special
    mean = np.full((network.buses, network.buses), 1.0 / network.buses)
    return weighted @ (np.linalg.inv(susceptance + mean) - mean)


class NodalMarket:
    """One network and fleet, cleared hour after hour; HiGHS starts each hour from where the last one ended."""

    def __init__(self, network: Network, gens: Generators):
        self.network, self.gens = network, gens
        self.factors = transfer_factors(network)
        self.limited = np.flatnonzero(np.isfinite(network.limit_mw))
        rows = np.vstack([np.ones(len(gens.bus)), self.factors[self.limited][:, gens.bus]])
        self._rows = np.where(np.abs(rows) < 1e-12, 0.0, rows)
        self._solver = Solver(self._rows, gens.c1, 2.0 * gens.c2)

    def clear(self, load_mw: np.ndarray, p_max_mw: np.ndarray | None = None) -> Nodal:
        """Clear one hour with `load_mw` (buses,), and `p_max_mw` (gens,) where what is available differs from the fleet's.

        Raises ValueError when no dispatch meets the load within the limits.
        """
        gens = self.gens
        high = gens.p_max_mw if p_max_mw is None else p_max_mw
        base = self.factors[self.limited] @ load_mw
        limit = self.network.limit_mw[self.limited]
        total = [load_mw.sum()]
        bounds = Bounds(row_low=np.r_[total, base - limit], row_high=np.r_[total, base + limit], low=gens.p_min_mw.astype(float),
                        high=high.astype(float))  # fmt: skip
        dispatch = canonical_point(self._solver, bounds, self._solver.solve(bounds))
        buses = np.vstack([np.ones(self.network.buses), self.factors[self.limited]])
        price_low, price_high = price_intervals(self._solver, bounds, dispatch, buses)
        injection = np.zeros(self.network.buses)
        np.add.at(injection, gens.bus, dispatch)
        flow = self.factors @ (injection - load_mw)
        price = np.where(np.isinf(price_high), price_low, np.where(np.isinf(price_low), price_high, (price_low + price_high) / 2))
        rent = float(np.sum(flow * (price[self.network.line_to] - price[self.network.line_from])))
        return Nodal(price=price, price_low=price_low, price_high=price_high, dispatch_mw=dispatch, flow_mw=flow,
                     objective=float(gens.c1 @ dispatch + gens.c2 @ dispatch**2), congestion_rent=rent)  # fmt: skip
