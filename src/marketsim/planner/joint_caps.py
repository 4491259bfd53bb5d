"""Several caps over the same abatement: what is saved of each use, and which cap has a price.

Minimise Σ ∫MAC subject, for every cap c, to Σ effect(c, piece) · saved ≥ need(c). Where a piece is used inside its limit,
Σ effect(c, piece) · price(c) = MAC: of two caps on one measure only one has a price unless both bind.
Source: overlapping instruments: Fankhauser, Hepburn and Park (2010), Climate Change Economics 1; conditions of Karush, Kuhn and Tucker.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from marketsim.planner.merit import Piece
from marketsim.programs.highs import NoAnswer, Program, dense_columns
from marketsim.programs.quadratic import optimum


@dataclass(frozen=True, kw_only=True)
class Joint:
    """`saved` (pieces,) in the pieces' own units, `price` (caps,) a unit of each cap, and the total cost."""

    saved: np.ndarray
    price: np.ndarray
    total_cost: float


def joint_caps(pieces: Sequence[Piece], effect: Sequence[Sequence[Fraction]], need: Sequence[Fraction]) -> Joint:
    """Return the least-cost way to save `need` (caps,) with pieces whose unit saves `effect` (caps, pieces) of each.

    Raises: ValueError where no abatement meets all caps.
    """
    program = Program(
        cost=np.array([float(piece.start) for piece in pieces]), curvature=np.array([float(piece.slope) for piece in pieces]),
        low=np.zeros(len(pieces)), high=np.array([float(piece.quantity) for piece in pieces]),
        row_low=np.array([float(one) for one in need]), row_high=np.full(len(need), np.inf),
        matrix=dense_columns(np.array([[float(one) for one in row] for row in effect])))
    try:
        best = optimum(program)
    except NoAnswer as error:
        raise ValueError("no abatement meets all caps") from error
    cost = float(program.cost @ best.x + program.curvature @ best.x**2 / 2)
    return Joint(saved=best.x, price=best.price, total_cost=cost)
