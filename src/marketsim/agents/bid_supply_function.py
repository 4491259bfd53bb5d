"""Linear supply functions: each firm offers q = βᵢ·p, the slope that is best against the others' slopes and demand.

Demand D = a − γ·p, cost ½·cᵢ·q²: βᵢ = (1 − cᵢ·βᵢ)·(γ + Σ_{j≠i} βⱼ), so βᵢ = Gᵢ / (1 + cᵢ·Gᵢ) with Gᵢ = γ + Σ_{j≠i} βⱼ.
Source: Klemperer and Meyer (1989), Econometrica 57; linear case of Green (1996), Journal of Industrial Economics 44.
"""

import numpy as np


def slopes(gamma: float, cost_slope: np.ndarray) -> np.ndarray:
    """Equilibrium slopes (firms,) for demand slope `gamma` > 0 and `cost_slope` (firms,) > 0, by best answers from above."""
    beta = 1.0 / cost_slope
    for _ in range(100_000):
        others = gamma + beta.sum() - beta
        better = others / (1.0 + cost_slope * others)
        if np.abs(better - beta).max() <= 1e-15:
            return better
        beta = better
    raise ValueError("the firms' slopes did not settle")


def price(intercept: float, gamma: float, beta: np.ndarray) -> float:
    """Price at which demand meets the supply functions."""
    return intercept / (gamma + float(beta.sum()))
