"""Lab kind `power`: dispatch of several periods under an emission cap, or at a given price of emissions.

Runs marketsim.markets.capped_dispatch.
Source: Kirschen and Strbac (2018), Fundamentals of Power System Economics, ch. 4.
"""

import numpy as np

from marketsim.errors import InputError
from marketsim.lab.reading import Reader
from marketsim.markets.capped_dispatch import Problem, dispatch_at_price, dispatch_under_cap


def answer(problem: Reader) -> dict:
    """Return carbon price interval, power prices, dispatch by period and unit, emissions and objective."""
    problem.knows("periods", "units", "emission_cap", "carbon_price", "voll")
    if problem.has("emission_cap") == problem.has("carbon_price"):
        raise InputError("power: expected either emission_cap or carbon_price")
    system = _system(problem)
    if problem.has("emission_cap"):
        found = dispatch_under_cap(system, float(problem.number("emission_cap", least=0)))
    else:
        found = dispatch_at_price(system, float(problem.number("carbon_price", least=0)))
    high = found.price_high if np.isfinite(found.price_high) else None
    return {"carbon_price_low": found.price_low, "carbon_price_high": high, "power_prices": found.power_price,
            "dispatch": found.dispatch_mw, "emissions": found.emissions, "objective": found.objective,
            "unserved": found.unserved_mw}


def _system(problem: Reader) -> Problem:
    periods = [period.knows("demand", "hours") for period in problem.objects("periods", least=1)]
    units = [unit.knows("cap", "fuel_cost", "ef") for unit in problem.objects("units", least=1)]

    return Problem(
        load_mw=np.array([float(period.number("demand", least=0)) for period in periods]),
        hours=np.array([float(period.number("hours", 1, least=0)) for period in periods]),
        cap_mw=np.array([float(unit.number("cap", least=0)) for unit in units]),
        fuel_cost=np.array([float(unit.number("fuel_cost")) for unit in units]),
        factor=np.array([float(unit.number("ef", least=0)) for unit in units]),
        voll=float(problem.number("voll", 10000, least=0)))
