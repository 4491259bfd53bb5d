"""Forced outages of units as SimPy processes: each runs, fails, is repaired, and runs again.

Times to failure and to repair are exponential, −mean · ln(u), with addressed luck u of (unit, how many failures before), so one more unit
or a longer year leaves everybody else's outages as they were.
Source: two-state Markov model of forced outages, Billinton and Allan, Reliability Evaluation of Power Systems (1996), ch. 2.
"""

import math

import numpy as np

from marketsim.rng import Luck

PURPOSE = "outages"
MILLION = 1_000_000


def outages(hours: int, mean_up_hours: np.ndarray, mean_down_hours: np.ndarray, luck: Luck) -> np.ndarray:
    """Which units are able to run in each hour: (units, hours) bool, true where they are."""
    import simpy

    able = np.ones((len(mean_up_hours), hours), bool)
    clock = simpy.Environment()
    for unit in range(len(able)):
        clock.process(_life(clock, able[unit], (int(mean_up_hours[unit]), int(mean_down_hours[unit])), luck, unit))
    clock.run(until=hours)
    return able


def _life(clock, able: np.ndarray, means: tuple[int, int], luck: Luck, unit: int):
    failures = 0
    while True:
        up, down = (_span(mean, luck, unit, 2 * failures + phase) for phase, mean in enumerate(means))
        yield clock.timeout(up)
        able[clock.now : clock.now + down] = False
        yield clock.timeout(down)
        failures += 1


def _span(mean_hours: int, luck: Luck, unit: int, step: int) -> int:
    draw = float(luck.uniform_of(PURPOSE, step, np.array([unit]))[0])
    return max(1, round(-mean_hours * math.log(draw)))
