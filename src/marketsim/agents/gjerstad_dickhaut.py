"""The Gjerstad–Dickhaut strategy: the price with the best expected gain, judging by which orders were taken lately.

    belief of a bid b: q(b) = (taken bids ≤ b + asks ≤ b) / (the same + untaken bids ≥ b), an ask mirrored
    worth today w = min(most, expected + (most − expected) / looks left), a seller's mirrored with least: who will look again waits for what he expects
    bid = argmax (w − b) q(b),   ask = argmax (a − w) q(a),   over the prices of the tape

A bid at the top of the band is believed to be taken, one at its bottom not, so that an empty tape does not freeze the market.
Source: Gjerstad and Dickhaut (1998), Price formation in double auctions, Games and Economic Behavior 22(1);
Tesauro and Bredin (2002), Strategic sequential bidding in auctions using dynamic programming, AAMAS, for the worth of waiting.
"""

import numpy as np

from marketsim.agents.view import BUY, SELL, Quotes, Tape, View, wanted_lots

HASTE = 2.0


def quote(view: View) -> Quotes:
    """One limit order a firm, at the price it believes best; the expected price where the tape is empty."""
    buys = view.gap_lots > 0
    tape = view.tape
    if len(tape.side) == 0:
        price = np.where(buys, np.minimum(view.expected_cny, view.most_cny), np.maximum(view.expected_cny, view.least_cny))
    else:
        ahead = view.expected_cny + (np.stack([view.most_cny, view.least_cny]) - view.expected_cny) / max(view.looks_left, 1.0)
        most, least = np.minimum(view.most_cny, ahead[0]), np.maximum(view.least_cny, ahead[1])
        bid = _best(most, *_beliefs(tape, BUY, view.low_cny, view.high_cny), 1.0)
        ask = _best(least, *_beliefs(tape, SELL, view.low_cny, view.high_cny), -1.0)
        price = np.where(buys, np.minimum(bid, most), np.maximum(ask, least))
    return Quotes(side=np.where(buys, BUY, SELL), price_cny=price, lots=wanted_lots(view, HASTE))


def _beliefs(tape: Tape, side: int, low_cny: float, high_cny: float) -> tuple[np.ndarray, np.ndarray]:
    """Candidate prices and the belief that an order of `side` at each is taken; shapes (prices,)."""
    sign = 1.0 if side == BUY else -1.0  # an ask is a bid on the mirrored axis
    prices = np.unique(np.concatenate([sign * tape.price_cny, [sign * low_cny, sign * high_cny]]))
    shown, own = sign * tape.price_cny[:, None], tape.side[:, None] == side
    taken, worse, better = tape.taken[:, None] > 0, shown >= prices, shown <= prices
    helps = ((own & taken & better) | (~own & better)).sum(axis=0)
    hinders = (own & ~taken & worse).sum(axis=0)
    belief = np.maximum.accumulate(helps / np.maximum(helps + hinders, 1))
    belief[0], belief[-1] = 0.0, 1.0
    return sign * prices, belief


def _best(limit_cny: np.ndarray, prices: np.ndarray, belief: np.ndarray, sign: float) -> np.ndarray:
    """The candidate with the largest expected gain of each firm, (firms,); the first of equals."""
    limit_cny = np.minimum(limit_cny, 10.0 * np.abs(prices).max())  # where nothing limits a price, gains must still compare
    gain = np.maximum(sign * (limit_cny[None, :] - prices[:, None]), 0.0) * belief[:, None]
    return prices[np.argmax(gain, axis=0)]
