"""Learn which mark-up pays: each unit draws one of eleven mark-ups, and the profit it brings makes it likelier.

q_k ← (1 − forgetting) · q_k + profit · (1 − experiment) for the mark-up used, + profit · experiment / 10 for the others; the chance of k
is q_k / Σq. Mark-ups are 0, 10 … 100 % of cost.
Source: Roth and Erev (1995), Games and Economic Behavior 8; modified form of Nicolaisen, Petrov and Tesfatsion (2001).
"""

import numpy as np

from marketsim.agents.bidding import Bids, View, one_bid

ACTIONS, FORGETTING, EXPERIMENT = 11, 0.04, 0.2


def first_memory(units: int) -> np.ndarray:
    """Equal propensities, and no action taken yet: (units, 12) float64, the last column the action taken or −1."""
    return np.concatenate([np.ones((units, ACTIONS)), np.full((units, 1), -1.0)], axis=1)


def bid(view: View, memory: np.ndarray) -> tuple[Bids, np.ndarray]:
    """One offer a unit at a drawn mark-up; memory (units, 12)."""
    propensity, taken = memory[:, :ACTIONS], memory[:, ACTIONS].astype(np.int64)
    profit = np.maximum((view.last_price_tick - view.cost_tick) * view.last_award_kwh, 0).astype(float)
    worth = profit / np.maximum(view.cost_tick * view.available_kwh, 1)  # in units of the unit's own cost, so that scales agree
    used = np.arange(ACTIONS) == taken[:, None]
    learnt = (1 - FORGETTING) * propensity + worth[:, None] * np.where(used, 1 - EXPERIMENT, EXPERIMENT / (ACTIONS - 1))
    propensity = np.where(taken[:, None] >= 0, learnt, propensity)
    reach = np.cumsum(propensity, axis=1)
    action = np.minimum((reach <= view.draw[:, None] * reach[:, -1:]).sum(axis=1), ACTIONS - 1)
    tick = view.cost_tick + view.cost_tick * action // (ACTIONS - 1)
    return one_bid(view, tick), np.concatenate([propensity, action[:, None].astype(float)], axis=1)
