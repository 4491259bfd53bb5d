"""One river, many users: who diverts how much when water is lost on the way, part of it returns, and some must stay in the river.

Maximise Σ a·x − b·x²/2 subject, at every node, to flow = inflow + (1 − loss above)·flow above + Σ return·x above − Σ x, with
flow ≥ the least flow and 0 ≤ x ≤ max. The price of a node is what one unit more there is worth.
Source: Griffin and Hsu (1993), The potential for water market efficiency when instream flows have value, Am. J. Agric. Econ. 75.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from marketsim.programs.highs import NoAnswer, Program, dense_columns
from marketsim.programs.quadratic import optimum


@dataclass(frozen=True, kw_only=True)
class User:
    """Diverts up to `most` at `node`; benefit a·x − b·x²/2; the share `returned` comes back at the next node."""

    node: int
    a: float
    b: float
    most: float
    returned: float


@dataclass(frozen=True, kw_only=True)
class Node:
    """A point on the river: own `inflow`, least flow that must leave it, share lost on the way to the next node."""

    inflow: float
    least_flow: float
    loss: float


@dataclass(frozen=True, kw_only=True)
class Shared:
    """`diversion` (users,), `flow` leaving and `price`, `price_low`, `price_high` (nodes,), and welfare."""

    diversion: np.ndarray
    flow: np.ndarray
    price: np.ndarray
    price_low: np.ndarray
    price_high: np.ndarray
    welfare: float


def share_river(nodes: Sequence[Node], users: Sequence[User]) -> Shared:
    """Return the allocation of greatest benefit; nodes stand upstream first.

    Raises: ValueError where the least flows cannot be kept by any allocation.
    """
    rows = np.zeros((len(nodes), len(users) + len(nodes)))  # inflow = diversions + flow − what comes from above
    for k, user in enumerate(users):
        rows[user.node, k] += 1.0
        if user.node + 1 < len(nodes):
            rows[user.node + 1, k] -= user.returned
    for n, node in enumerate(nodes):
        rows[n, len(users) + n] = 1.0
        if n + 1 < len(nodes):
            rows[n + 1, len(users) + n] = -(1.0 - node.loss)
    inflow = np.array([node.inflow for node in nodes])
    program = Program(
        cost=np.array([-user.a for user in users] + [0.0] * len(nodes)),
        low=np.array([0.0] * len(users) + [node.least_flow for node in nodes]),
        high=np.array([user.most for user in users] + [np.inf] * len(nodes)),
        row_low=inflow, row_high=inflow, matrix=dense_columns(rows),
        curvature=np.array([user.b for user in users] + [0.0] * len(nodes)))
    try:
        best = optimum(program)
    except NoAnswer as error:
        raise ValueError("no allocation leaves the least flow (min_flow) at every node") from error
    x = best.x[:len(users)]
    # a cost falls where a benefit rises: the price of water is the fall of cost by one unit more of inflow
    return Shared(diversion=x, flow=best.x[len(users):], price=-best.price, price_low=-best.price_high, price_high=-best.price_low,
                  welfare=-float(program.cost @ best.x + program.curvature @ best.x**2 / 2))
