"""The other ways contracts are made: pairing high with low, rolling trade, listings, transfer, buy-back; floors and distance.

Pairing: the highest bid meets the lowest ask, then the next, while bid ≥ ask, each pair at its own middle. Rolling: continuous
price-time trading. Listing: a posted price, shared among takers by time or pro rata. Transfer: a third party takes over delivery at
the taker's price. Buy-back: both sides of a contract undo part of it. From another province: ask / (1 − loss) + fee.
Source: pairing, Guangdong before 2016 (secondary); rolling and transfer, Sichuan 2020; listing, Chongqing pro rata and
Guizhou by time; signing floors, trading notices of 2021 and 2026; all by secondary reports.
"""

from dataclasses import replace

import numpy as np

from marketsim.domain.orders import BUY, SELL, Orders, Trades
from marketsim.markets.continuous import trade_day
from marketsim.markets.contracts import FEN_PER_LOT_TICK, MILLION, Contracts, awards, cross, pair, rows_of, together
from marketsim.markets.deviation import CONTRACT, Payments, payments
from marketsim.matching.auction import listing_fills


def high_low(orders: Orders) -> Trades:
    """Pair the highest bids with the lowest asks; each pair trades at the middle of its bid and ask, rounded down.

    Orders of equal price share pro rata where not all of them are reached.
    """
    buy, sell = orders.take(np.flatnonzero(orders.side == BUY)), orders.take(np.flatnonzero(orders.side == SELL))
    volume, _ = cross(buy.tick, buy.lots, sell.tick, sell.lots)
    dear, cheap = np.argsort(-buy.tick, kind="stable"), np.argsort(sell.tick, kind="stable")
    b, s, lots = pair(awards(-buy.tick, buy.lots, volume)[dear], awards(sell.tick, sell.lots, volume)[cheap])
    b, s = dear[b], cheap[s]
    return Trades(buyer=buy.owner[b], seller=sell.owner[s], tick=(buy.tick[b] + sell.tick[s]) // 2, lots=lots)


def rolling(orders: Orders, low_tick: int, high_tick: int) -> Trades:
    """Trade continuously inside the band, best price first, then time: row order is time."""
    return trade_day(orders, low_tick, high_tick, (low_tick + high_tick) // 2, 0).trades


def listing(listed: Orders, taker: np.ndarray, taken: np.ndarray, lots: np.ndarray, allocation: str = "time") -> Trades:
    """Share listings among takers: request i of account `taker[i]` wants `lots[i]` of listing row `taken[i]`, rows in time.

    `allocation` "time" or "prorata". Returns trades at the listed prices, listing by listing.
    """
    columns: list[tuple[int, int, int, int]] = []
    for row in range(len(listed)):
        wanted = np.flatnonzero((taken == row) & (lots > 0))
        fills = listing_fills(int(listed.lots[row]), lots[wanted].tolist(), allocation) if len(wanted) else []
        for request, filled in zip(wanted.tolist(), fills, strict=True):
            if filled:
                ends = (int(taker[request]), int(listed.owner[row]))
                buyer, seller = ends if listed.side[row] == SELL else ends[::-1]
                columns.append((buyer, seller, int(listed.tick[row]), filled))
    table = np.array(columns, np.int64).reshape(-1, 4)
    return Trades(buyer=table[:, 0], seller=table[:, 1], tick=table[:, 2], lots=table[:, 3])


def as_contracts(trades: Trades, month: int, term: int) -> Contracts:
    """Trades in lots of 1 MWh as contracts for one month."""
    return rows_of(trades.buyer, trades.seller, trades.lots, trades.tick, (month, term))


def transfer(contracts: Contracts, row: int, new_seller: int, lots: int, price_tick: int) -> tuple[Contracts, Payments]:
    """Let `new_seller` deliver `lots` of a contract at `price_tick`; the buyer goes on paying the contract price, now to the new seller,
    who passes the difference on to the old one (or gets it). Raises ValueError when the contract is smaller."""  # fmt: skip
    rest, part = _cut(contracts, row, lots)
    moved = replace(part, seller=np.array([new_seller], part.seller.dtype))
    gain = lots * (int(part.price_tick[0]) - price_tick) * FEN_PER_LOT_TICK
    return together(rest, moved), payments(new_seller, int(part.seller[0]), np.array([gain]), CONTRACT)


def buy_back(contracts: Contracts, row: int, lots: int, price_tick: int) -> tuple[Contracts, Payments]:
    """Undo `lots` of a contract at `price_tick`: the seller pays the buyer what that price is above the contract's, or is paid it.

    Raises ValueError when the contract is smaller.
    """
    rest, part = _cut(contracts, row, lots)
    owed = lots * (price_tick - int(part.price_tick[0])) * FEN_PER_LOT_TICK
    return rest, payments(int(part.seller[0]), int(part.buyer[0]), np.array([owed]), CONTRACT)


def _cut(contracts: Contracts, row: int, lots: int) -> tuple[Contracts, Contracts]:
    """Contracts with `lots` taken out of a row, and the part taken out."""
    if not 0 < lots <= int(contracts.lots[row]):
        raise ValueError(f"contract {row} holds {int(contracts.lots[row])} lots, {lots} were asked for")
    left = contracts.lots.copy()
    left[row] -= lots
    part = replace(contracts.take(np.array([row])), lots=np.array([lots], left.dtype))
    return replace(contracts, lots=left).take(np.flatnonzero(left)), part


def signing_shortfall(contracted_kwh: np.ndarray, reference_kwh: np.ndarray, floor_ppm: int) -> np.ndarray:
    """What is still to be signed to reach a floor share of a reference volume: (n,) int64 kWh, rounded up, none where reached."""
    return np.maximum(-(-reference_kwh * floor_ppm // MILLION) - contracted_kwh, 0)


def landed_tick(ask_tick: np.ndarray, loss_ppm: int, fee_tick: int) -> np.ndarray:
    """Price at the receiving end of an offer from another province: ask / (1 − loss) + fee, rounded up to the tick."""
    return -(-ask_tick * MILLION // (MILLION - loss_ppm)) + fee_tick


def sent_kwh(received_kwh: np.ndarray, loss_ppm: int) -> np.ndarray:
    """What must be sent so that `received_kwh` arrives, rounded up; the difference is lost on the way."""
    return -(-received_kwh * MILLION // (MILLION - loss_ppm))
