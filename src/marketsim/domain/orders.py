"""Orders and trades as columns: what firms hand to a venue and what the venue hands back."""

from dataclasses import dataclass

import numpy as np

BUY, SELL = 0, 1


@dataclass(frozen=True, kw_only=True)
class Orders:
    """Limit orders in order of arrival, one row an order.

    Shapes (orders,): `owner` account index int64, `side` uint8 (0 buy, 1 sell), `tick` int64 price in ticks, `lots` int64.
    """

    owner: np.ndarray
    side: np.ndarray
    tick: np.ndarray
    lots: np.ndarray

    def __len__(self) -> int:
        return len(self.owner)

    def take(self, rows: np.ndarray) -> "Orders":
        """The given rows, in the given order."""
        return Orders(owner=self.owner[rows], side=self.side[rows], tick=self.tick[rows], lots=self.lots[rows])


@dataclass(frozen=True, kw_only=True)
class Trades:
    """Trades in order of execution, one row a trade; shapes (trades,), all int64."""

    buyer: np.ndarray
    seller: np.ndarray
    tick: np.ndarray
    lots: np.ndarray

    def __len__(self) -> int:
        return len(self.buyer)
