"""Lab kind `river`: one river shared by its users, upstream first, with losses, return flows and least flows.

Runs marketsim.planner.river.
Source: Griffin and Hsu (1993), Am. J. Agric. Econ. 75.
"""

import numpy as np

from marketsim.errors import InputError
from marketsim.lab.reading import Reader
from marketsim.planner.river import Node, User, share_river


def answer(problem: Reader) -> dict:
    """Return diversions by user, node prices, flows and welfare."""
    problem.knows("nodes")
    nodes, users, names = [], [], []
    for n, node in enumerate(problem.objects("nodes", least=1)):
        node.knows("inflow", "min_flow", "loss", "users")
        nodes.append(Node(inflow=float(node.number("inflow", least=0)), least_flow=float(node.number("min_flow", 0, least=0)),
                          loss=float(node.number("loss", 0, least=0, most=1))))
        for k, user in enumerate(node.objects("users", default=[])):
            users.append(_user(user, n))
            names.append(user.name(f"n{n}u{k}"))
    if len(set(names)) < len(names):
        raise InputError(f"river: the user {next(name for name in names if names.count(name) > 1)!r} stands twice")
    found = share_river(nodes, users)
    return {"diversions": dict(zip(names, found.diversion.tolist(), strict=True)), "node_prices": found.price,
            "node_prices_low": _finite(found.price_low), "node_prices_high": _finite(found.price_high),
            "flows": found.flow, "welfare": found.welfare}


def _user(user: Reader, node: int) -> User:
    user.knows("a", "b", "max", "return", "right")
    return User(node=node, a=float(user.number("a")), b=float(user.number("b", least=0)), most=float(user.number("max", least=0)),
                returned=float(user.number("return", 0, least=0, most=1)))


def _finite(values: np.ndarray) -> list[float | None]:
    return [float(value) if np.isfinite(value) else None for value in values]
