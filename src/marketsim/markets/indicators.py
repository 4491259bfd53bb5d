"""Measures of an electricity market: traded share, concentration, pivotal supply, margins, pass-through, curtailment, who pays.

HHI = Σ sᵢ²; residual supply index of i = (capacity − capacity of i) / load; Lerner = (price − marginal cost) / price.
Source: Sheffrin (2002) for the residual supply index; Twomey et al. (2005), A review of the monitoring of market power.
"""

import numpy as np


def concentration(amount: np.ndarray) -> float:
    """Herfindahl–Hirschman index of amounts (firms,), between 1/firms and 1; 0 when there is nothing."""
    total = amount.sum()
    return float(((amount / total) ** 2).sum()) if total else 0.0


def residual_supply(capacity: np.ndarray, load: np.ndarray) -> np.ndarray:
    """Residual supply index by firm and hour: (firms, hours) from capacity (firms, hours) and load (hours,); infinite at no load."""
    rest = capacity.sum(axis=0) - capacity
    return np.where(load > 0, rest / np.where(load > 0, load, 1), np.inf)


def pivotal(capacity: np.ndarray, load: np.ndarray) -> np.ndarray:
    """Whether load cannot be met without a firm: (firms, hours) bool; the same as a residual supply index below 1."""
    return capacity.sum(axis=0) - capacity < load


def lerner(price: np.ndarray, marginal_cost: np.ndarray) -> np.ndarray:
    """Lerner index (hours,): 0 at the competitive benchmark; 0 where the price is not positive."""
    return np.where(price > 0, (price - marginal_cost) / np.where(price > 0, price, 1), 0.0)


def pass_through(price_with: np.ndarray, price_without: np.ndarray, added_cost: np.ndarray, load: np.ndarray) -> float:
    """Load-weighted rise in price per rise in the marginal unit's cost; (hours,) each; 0 when no cost was added."""
    added = float((added_cost * load).sum())
    return float(((price_with - price_without) * load).sum()) / added if added else 0.0


def traded_share(contracted_kwh: np.ndarray, use_kwh: int) -> float:
    """Share of all use that is under contract."""
    return float(contracted_kwh.sum()) / use_kwh if use_kwh else 0.0


def curtailed_share(curtailed_kwh: np.ndarray, generation_kwh: np.ndarray) -> float:
    """Share of must-run output that could not be used, over what was or could have been."""
    possible = float(curtailed_kwh.sum()) + float(generation_kwh.sum())
    return float(curtailed_kwh.sum()) / possible if possible else 0.0


def by_reason(reason: np.ndarray, fen: np.ndarray, reasons: int) -> np.ndarray:
    """Money moved for each reason: (reasons,) int64 fen."""
    out = np.zeros(reasons, np.int64)
    np.add.at(out, reason, fen)
    return out
