"""Lab kind `auction`: a sealed call auction, everybody at one price or each at its own.

Runs marketsim.matching.auction.
Source: Niu and Parsons (2013), Maximising matching in double-sided auctions, AAMAS.
"""

import numpy as np

from marketsim.errors import InputError
from marketsim.lab.reading import Reader
from marketsim.matching.auction import Bids, call_auction, payments
from marketsim.matching.face import BUY, SELL


def answer(problem: Reader) -> dict:
    """Return volume, price, fills and payments by order id (a buyer's payment is positive), and what the venue keeps."""
    problem.knows("orders", "mode", "reference", "allocation")
    orders = problem.objects("orders")
    ids = _ids(orders)
    bids, row = _bids(orders)
    pay_as_bid = problem.choice("mode", ("uniform", "pay_as_bid"), "uniform") == "pay_as_bid"
    cleared = call_auction(bids, problem.whole("reference", None), problem.choice("allocation", ("time", "prorata"), "time"))
    paid = payments(bids, cleared, pay_as_bid)
    return {"volume": cleared.lots, "price": cleared.tick, "imbalance": cleared.surplus,
            "fills": {ids[i]: int(cleared.fills[k]) for k, i in enumerate(row)},
            "payments": {ids[i]: int(paid[k]) for k, i in enumerate(row)}, "venue": int(paid.sum())}


def _ids(orders: list[Reader]) -> list[str]:
    ids: list[str] = []
    for order in orders:
        order.knows("side", "price", "qty", "time")
        name = order.get("id")
        if not isinstance(name, str | int) or isinstance(name, bool):
            raise order.wrong("id", "a text or a whole number")
        if str(name) in ids:
            raise InputError(f"{order.place('id')}: {name!r} stands twice")
        ids.append(str(name))
    return ids


def _bids(orders: list[Reader]) -> tuple[Bids, list[int]]:
    """The orders as columns in order of time, and the place of each row in the list."""
    times = [order.number("time", i) for i, order in enumerate(orders)]
    row = sorted(range(len(orders)), key=lambda i: times[i])
    market = [orders[i].get("price") == "MKT" for i in row]
    return Bids(
        side=np.array([BUY if orders[i].choice("side", ("B", "S")) == "B" else SELL for i in row], dtype=np.uint8),
        tick=np.array([0 if mkt else orders[i].whole("price") for i, mkt in zip(row, market, strict=True)], dtype=np.int64),
        lots=np.array([orders[i].whole("qty", least=1) for i in row], dtype=np.int64),
        market=np.array(market, dtype=bool)), row
