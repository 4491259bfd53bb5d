"""Sealed call auctions: worked examples, the histogram kernel against the plain one, and what must hold in any auction."""

import random

import numpy as np
import pytest

from marketsim.matching import auction, auction_kernels
from marketsim.matching.auction import Bids, call_auction, listing_fills, payments

BUY, SELL = 0, 1


def bids_of(rows: list[tuple]) -> Bids:
    """Rows (side, tick or None for a market order, lots) in order of time."""
    return Bids(side=np.array([r[0] for r in rows], np.uint8), tick=np.array([r[1] or 0 for r in rows], np.int32),
                lots=np.array([r[2] for r in rows], np.int32), market=np.array([r[1] is None for r in rows]))


# name, rows, reference, allocation, tick, fills
EXAMPLES = [
    ("most volume", [(BUY, 10, 5), (BUY, 9, 5), (SELL, 8, 3), (SELL, 9, 4)], None, "time", 9, [5, 2, 3, 4]),
    ("least imbalance", [(BUY, 10, 5), (BUY, 8, 4), (SELL, 7, 5)], None, "time", 9, [5, 0, 5]),
    ("buy pressure: highest", [(BUY, 10, 9), (SELL, 7, 5)], 8, "time", 10, [5, 5]),
    ("buy pressure of one lot", [(BUY, 10, 6), (SELL, 7, 5)], 8, "time", 10, [5, 5]),
    ("sell pressure of one lot", [(BUY, 10, 5), (SELL, 7, 6)], 8, "time", 7, [5, 5]),
    ("sell pressure: lowest", [(BUY, 10, 5), (SELL, 7, 9)], 8, "time", 7, [5, 5]),
    ("nearest reference", [(BUY, 10, 5), (SELL, 7, 5)], 8, "time", 8, [5, 5]),
    ("reference above", [(BUY, 10, 5), (SELL, 7, 5)], 30, "time", 10, [5, 5]),
    ("lower without reference", [(BUY, 10, 5), (SELL, 7, 5)], None, "time", 7, [5, 5]),
    ("time at the margin", [(BUY, 9, 4), (BUY, 9, 4), (SELL, 9, 6)], None, "time", 9, [4, 2, 6]),
    ("pro rata at the margin", [(BUY, 9, 5), (BUY, 9, 3), (BUY, 9, 3), (SELL, 9, 6)], None, "prorata", 9, [3, 2, 1, 6]),
    ("market orders first", [(BUY, 9, 4), (BUY, None, 4), (SELL, 9, 6)], None, "time", 9, [2, 4, 6]),
    ("far above zero", [(BUY, 10**9 + 3, 5), (SELL, 10**9, 5)], None, "time", 10**9, [5, 5]),
    ("far below zero", [(BUY, -(10**9), 5), (SELL, -(10**9) - 3, 4)], None, "time", -(10**9), [4, 4]),
    ("no cross", [(BUY, 8, 4), (SELL, 9, 4)], 9, "time", None, [0, 0]),
    ("only market orders", [(BUY, None, 4), (SELL, None, 4)], 9, "time", None, [0, 0]),
]


@pytest.mark.parametrize("clear", [call_auction, auction_kernels.call_auction], ids=["plain", "kernel"])
@pytest.mark.parametrize("example", EXAMPLES, ids=[e[0] for e in EXAMPLES])
def test_worked_examples(example, clear):
    _, rows, reference, allocation, tick, fills = example
    cleared = clear(bids_of(rows), reference, allocation)
    assert (cleared.tick, cleared.fills.tolist()) == (tick, fills)


def random_rows(luck: random.Random) -> list[tuple]:
    return [(luck.randrange(2), None if luck.random() < 0.1 else luck.randint(90, 90 + luck.choice((3, 20))), luck.randint(1, 9))
            for _ in range(luck.randint(1, 25))]


@pytest.mark.parametrize("allocation", ["time", "prorata"])
def test_kernel_agrees_and_the_auction_is_lawful(allocation):
    luck = random.Random(3)
    crossed = 0
    for _ in range(1500):
        bids, reference = bids_of(random_rows(luck)), luck.choice((None, luck.randint(85, 115)))
        plain, fast = call_auction(bids, reference, allocation), auction_kernels.call_auction(bids, reference, allocation)
        assert (plain.tick, plain.lots, plain.surplus) == (fast.tick, fast.lots, fast.surplus)
        assert plain.fills.tolist() == fast.fills.tolist()
        crossed += plain.lots > 0
        buys = bids.side == BUY
        assert plain.fills[buys].sum() == plain.fills[~buys].sum() == plain.lots
        assert (plain.fills <= bids.lots).all() and (plain.fills >= 0).all()
        if plain.tick is not None:
            sign = np.where(buys, 1, -1)
            through = ~bids.market & (sign * bids.tick < sign * plain.tick)
            assert not plain.fills[through].any()
        assert payments(bids, plain).sum() == 0
        assert payments(bids, plain, pay_as_bid=True).sum() >= 0
    assert crossed > 500


def test_pay_as_bid_charges_each_its_own_limit():
    bids = bids_of([(BUY, 12, 2), (BUY, 10, 3), (BUY, None, 1), (SELL, 8, 6)])
    cleared = call_auction(bids)
    assert payments(bids, cleared, pay_as_bid=True).tolist() == [24, 30, cleared.tick, -48]


def test_listing_by_time_and_pro_rata():
    assert listing_fills(10, [6, 6, 6]) == [6, 4, 0]
    assert listing_fills(10, [6, 6, 6], "prorata") == [4, 3, 3]
    assert listing_fills(100, [6, 6], "prorata") == [6, 6]
    with pytest.raises(ValueError, match="allocation"):
        listing_fills(1, [1], "luck")


@pytest.mark.parametrize("rows, message", [([(2, 9, 1)], "side"), ([(0, 9, 0)], "lots: .* row 0"), ([(0, 9, 1), (1, 9, 2), (0, 9, -1)], "lots: .* row 2")])
def test_bad_bids_are_named(rows, message):
    for clear in (call_auction, auction_kernels.call_auction):
        with pytest.raises(ValueError, match=message):
            clear(bids_of(rows))


def test_wide_limits_are_refused_by_the_kernel_only():
    bids = bids_of([(BUY, 10**9, 5), (SELL, 1, 5)])
    assert auction.call_auction(bids).lots == 5
    with pytest.raises(ValueError, match="apart"):
        auction_kernels.call_auction(bids)
