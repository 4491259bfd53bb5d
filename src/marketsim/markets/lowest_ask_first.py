"""The discriminative auction of the American SO2 programme: the lowest ask meets the highest bid and is paid that bid.

Asks in rising and bids in falling order are paired one to one as long as the bid is not below the ask; each pair deals at its bid.
Asking less therefore wins a higher price: sellers have a reason to ask below their cost.
Source: Cason and Plott (1996), J. Environ. Econ. Manage. 30, on the rule of 1993.
"""

import numpy as np

NOBODY = -1


def lowest_ask_first(asks: np.ndarray, bids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Whom each seller meets and at what price, in many auctions at once.

    Shapes: `asks` (auctions, sellers), `bids` (auctions, buyers), a unit each, ties in the order of columns. Returns the buyer's column or
    `NOBODY`, and the price, 0 where there is none, both (auctions, sellers).
    """
    pairs = min(asks.shape[1], bids.shape[1])
    sellers, buyers = np.argsort(asks, axis=1, kind="stable")[:, :pairs], np.argsort(-bids, axis=1, kind="stable")[:, :pairs]
    price = np.take_along_axis(bids, buyers, axis=1)
    deal = price >= np.take_along_axis(asks, sellers, axis=1)
    met, paid = np.full(asks.shape, NOBODY), np.zeros(asks.shape, dtype=bids.dtype)
    np.put_along_axis(met, sellers, np.where(deal, buyers, NOBODY), axis=1)
    np.put_along_axis(paid, sellers, np.where(deal, price, 0), axis=1)
    return met, paid
