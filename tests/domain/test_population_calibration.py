"""The frictionless price of the defaults: what a plain linear program says of the firms, the measures and the caps.

A calibration, not a validation: one observed price was fitted with these choices. Caps and supplies as in the scenario: free
70.5 Mt, auction 1.5 Mt at 30, offsets 0.7 Mt at 12 to 24, ceiling 60 CNY/t; energy 1.8 % below output; water 4 % below its base.
`python tests/domain/test_population_calibration.py` prints the figures.
"""

import numpy as np
import pytest
from scipy.optimize import linprog

from marketsim import resources
from marketsim.domain.choices import expand, measures_of
from marketsim.domain.population import load_parameters, synthesise
from marketsim.domain.region import load_city
from marketsim.rng import Luck

SEEDS = range(1, 21)
CEILING = np.array([60.0, 300.0, 8000.0])  # CNY per t, tce, 1,000 m3
OFFSETS = [(0.07e6, 12 + 1.2 * (step + 0.5)) for step in range(10)]
CITY = load_city(resources.path("configs", "regions", "tianjin"))
PARAMETERS, MEASURES = load_parameters(CITY.folder, CITY), measures_of(CITY)
UNIT = np.array([meter.base_per_trading_unit for meter in CITY.rights])


def prices(seed, growth=0.015, rights=(0, 1, 2), energy=0.018, water=0.04):
    """Prices of the three rights in CNY per trading unit; zero for a right that is not traded."""
    luck = Luck(seed=seed)
    population = synthesise(CITY, PARAMETERS, luck)
    firms, choices = population.firms, expand(population, MEASURES, luck)
    base = np.where(firms.covered, firms.use(), 0).sum(axis=1) / UNIT
    need = base * (1 + growth)
    gap = need - np.array([70.5e6, need[1] * (1 - energy), base[2] * (1 - water)])
    saving = choices.saving * firms.covered[:, choices.firm] / UNIT[:, None] * (1 + growth)
    supplies = [*OFFSETS, (1.5e6, 30.0)]
    bought = np.zeros((3, len(supplies)))
    bought[0] = 1
    cost = np.concatenate([choices.cost_fen / 100 * (1 + growth), [price for _, price in supplies], CEILING])
    most = [1.0] * len(choices) + [amount for amount, _ in supplies] + [None] * 3
    rows = list(rights)
    answer = linprog(cost, -np.hstack([saving, bought, np.eye(3)])[rows], -gap[rows], bounds=[(0, m) for m in most], method="highs")
    found = np.zeros(3)
    found[rows] = -answer.ineqlin.marginals
    return found


def median(**setting):
    return np.median([prices(seed, **setting) for seed in SEEDS], axis=0)


CASES = {
    "the defaults": ({}, (16, 24), (32, 52), (750, 1200)),
    "the first right alone": ({"rights": (0,)}, (22, 31), (0, 0), (0, 0)),
    "growth -3 %": ({"growth": -0.03}, (0, 0), (50, 100), (200, 450)),
    "growth +5 %": ({"growth": 0.05}, (55, 60), (0, 40), (1200, 2500)),
    "energy 1.2 %": ({"energy": 0.012}, (20, 31), (0, 0), (750, 1200)),
    "energy 3 %": ({"energy": 0.03}, (0, 0), (180, 300), (750, 1200)),
    "water 10 %": ({"water": 0.10}, (16, 24), (25, 50), (2000, 4000)),
    "water 18 %": ({"water": 0.18}, (16, 24), (20, 50), (8000, 8000)),
}


@pytest.mark.parametrize("case", CASES)
def test_the_frictionless_price(case):
    setting, *bands = CASES[case]
    for found, (low, high) in zip(median(**setting), bands, strict=True):
        assert low - 1e-6 <= found <= high + 1e-6


if __name__ == "__main__":
    for name, (setting, *_) in CASES.items():
        print(f"{name:>24}: " + "  ".join(f"{value:8.1f}" for value in median(**setting)))
