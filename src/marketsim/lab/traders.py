"""Lab kind `traders`: a double auction of trader agents with induced values, over periods and seeds.

Runs marketsim.agents.double_auction and marketsim.agents.induced_measures.
Source: Gode and Sunder (1993), JPE 101(1); Cliff (1997), HPL-97-91; Gjerstad and Dickhaut (1998), Games Econ. Behav. 22.
"""

import numpy as np

from marketsim.agents.double_auction import RULE_NAMES, STRATEGY_NAMES, Market, Rules, market_of, session
from marketsim.agents.induced_measures import equilibrium, measure
from marketsim.errors import InputError
from marketsim.lab.reading import Reader
from marketsim.rng import Luck

_FIGURES = ("efficiency_pct", "mean_price", "alpha_pct", "profit_dispersion")
_MOST_WORK = 10**10
"""Shouts of all seeds, times what one takes: a look at every price (gd) or at every unit (zip)."""


def answer(problem: Reader) -> dict:
    """Return mean, standard deviation and standard error over seeds of each figure, by period too, and the first trades."""
    problem.knows("buyers", "sellers", "strategy", "price_max", "periods", "shouts", "seeds", "seed0", "rule", "shift")
    market = _market(problem)
    strategy = STRATEGY_NAMES.index(problem.choice("strategy", STRATEGY_NAMES))
    periods, shouts = problem.whole("periods", 6, least=1, most=10_000), problem.whole("shouts", 2000, least=1, most=10**7)
    seeds, first = problem.whole("seeds", 20, least=1, most=10**6), problem.whole("seed0", 1, least=0)
    each = {"gd": market.most, "zip": int(market.units.sum())}.get(STRATEGY_NAMES[strategy], 1)
    if periods * shouts * seeds * each > _MOST_WORK:
        raise InputError(f"traders.shouts: expected at most {_MOST_WORK // (periods * seeds * each)} with so many periods, seeds and prices or units")
    rules = _rules(problem)
    runs, counts = [], []
    for seed in range(first, first + seeds):
        trades = session(market, strategy, periods, shouts, float(Luck(seed=seed).uniform("double auction", 0, 1)[0]), rules)
        runs.append(measure(market, trades, periods))
        counts.append(np.bincount(trades.period, minlength=periods))
    best = equilibrium(market)
    figures = {name: _spread(np.array([getattr(run, name) for run in runs])) for name in _FIGURES}
    firsts = np.concatenate([run.first_trade for run in runs])
    firsts = firsts[~np.isnan(firsts)]
    return {**figures, "trades": _spread(np.array(counts, dtype=float)), "first_trade": {
        "mean": _mean(firsts), "sd": _deviation(firsts), "n": len(firsts)},
        "equilibrium": {"price": best.price, "quantity": best.quantity, "gains": best.gains}}  # fmt: skip


def _rules(problem: Reader) -> Rules:
    """The rule of the market, and the period from which values and costs move."""
    rule = RULE_NAMES.index(problem.choice("rule", RULE_NAMES, "book"))
    if not problem.has("shift"):
        return Rules(rule=rule)
    shift = problem.object("shift").knows("period", "values", "costs")
    return Rules(rule=rule, shift_period=shift.whole("period", least=1) - 1, shift_values=shift.whole("values", 0), shift_costs=shift.whole("costs", 0))


def _market(problem: Reader) -> Market:
    most = problem.whole("price_max", 200, least=1, most=10_000)
    sides = {}
    for side in ("buyers", "sellers"):
        sides[side] = problem.items(side, least=1)
        for i, units in enumerate(sides[side]):
            if not isinstance(units, list) or not all(type(unit) is int and 1 <= unit <= most for unit in units):
                raise InputError(f"{problem.place(side)}[{i}]: expected a list of whole numbers from 1 to price_max = {most}")
    return market_of(sides["buyers"], sides["sellers"], most)


def _spread(figures: np.ndarray) -> dict:
    """Over seeds: `figures` is (seeds, periods)."""
    by_seed = np.array([_mean(row[~np.isnan(row)]) for row in figures], dtype=float)
    by_seed = by_seed[~np.isnan(by_seed)]
    sd = _deviation(by_seed)
    return {"mean": _mean(by_seed), "sd": sd, "se": None if sd is None else sd / len(by_seed) ** 0.5,
            "by_period": [_mean(column[~np.isnan(column)]) for column in figures.T]}


def _mean(values: np.ndarray) -> float | None:
    return float(values.mean()) if len(values) else None


def _deviation(values: np.ndarray) -> float | None:
    return float(values.std(ddof=1)) if len(values) > 1 else None
