"""Trades from the matching core posted to the ledger by the million: not a unit and not a fen may be lost.

    python benchmarks/trades.py [--trades 100000000] [--seed 1] [--record]

A session is a day of one venue: a thousand firms send limit orders, each order's money or units are frozen, the core matches them (units
bought today cannot be sold today), every trade is delivered against payment and what is left is released: the entries of a trading
day of a run. After each session every balance is summed again from the journal and once more from the trades alone.
"""

import argparse
import json
import sys
import time

import numpy as np

from marketsim.domain.accounts import open_accounts
from marketsim.domain.ledger import MONEY, Ledger, entries, together
from marketsim.matching.core import COLUMN_TYPES, Engine
from marketsim.matching.face import BUY, CONTINUOUS, LIMIT, Messages, Rules

FIRMS, ORDERS, WIDTH, SPREAD = 1_000, 500_000, 4_096, 12
TICK_FEN, LOT_BASE, UNITS = 1, 1_000, 1
CONTRA = ("issuer", "treasury", "outside", "surrendered", "cancelled", "lost", "used")


def opened(cash: np.ndarray, units: np.ndarray) -> Ledger:
    """A ledger on which the firms hold what they held the evening before."""
    ledger = Ledger(("money", "right"), open_accounts([(f"firm {n}", "firm") for n in range(FIRMS)] + [(kind, kind) for kind in CONTRA]))
    firms, accounts = np.arange(FIRMS), ledger.accounts
    ledger.post(0, together(
        entries("transfer", MONEY, accounts.index("outside"), firms, cash), entries("issue", UNITS, accounts.index("issuer"), firms, units)
    ))
    return ledger


def orders(seed: int, session: int, rows: int) -> dict[str, np.ndarray]:
    """Columns of a session's limit orders, drawn from an addressed stream."""
    luck = np.random.Generator(np.random.Philox(key=[seed, session]))
    side = luck.integers(0, 2, rows)
    away = luck.geometric(0.3, rows) - luck.integers(0, SPREAD, rows)
    drawn = {
        "kind": np.full(rows, LIMIT), "side": side, "tick": WIDTH // 2 + np.where(side == BUY, -away, away),
        "lots": luck.integers(1, 50, rows), "oid": np.arange(rows), "owner": luck.integers(0, FIRMS, rows), "book": np.zeros(rows),
    }  # fmt: skip
    return {name: column.astype(COLUMN_TYPES[name]) for name, column in drawn.items()}


def play(columns: dict[str, np.ndarray], units: np.ndarray):
    """Match the orders; returns the trades and which orders were accepted."""
    engine = Engine(Rules(ticks=WIDTH, orders=len(columns["kind"]), owners=FIRMS, settlement="t1"))
    for firm, held in enumerate((units // LOT_BASE).tolist()):
        engine.set_sellable(0, firm, held)
    engine.open_day(0, 0, WIDTH - 1)
    engine.phase(0, CONTINUOUS)
    reasons = np.zeros(len(columns["kind"]), np.uint8)
    return engine.submit_batch(Messages(**columns), reasons), reasons == 0, engine


def settled(columns: dict, accepted: np.ndarray, trades) -> tuple:
    """The entries of the day, and what the trades alone say each firm gained: (firms,) fen and base units."""
    wide = {name: columns[name].astype(np.int64) for name in ("side", "tick", "lots", "owner")}
    buys = wide["side"] == BUY
    worth = np.where(buys, wide["lots"] * wide["tick"] * TICK_FEN, wide["lots"] * LOT_BASE)
    lots, tick = trades.lots.astype(np.int64), trades.tick.astype(np.int64)
    bought = trades.taker_side == BUY
    buy_oid, sell_oid = np.where(bought, trades.taker_oid, trades.maker_oid), np.where(bought, trades.maker_oid, trades.taker_oid)
    buyer, seller, paid, base = wide["owner"][buy_oid], wide["owner"][sell_oid], lots * tick * TICK_FEN, lots * LOT_BASE
    left = np.where(accepted, worth, 0)
    np.subtract.at(left, buy_oid, paid)
    np.subtract.at(left, sell_oid, base)
    fen, units = np.zeros(FIRMS, np.int64), np.zeros(FIRMS, np.int64)
    for gain, giver, taker, amount in ((fen, buyer, seller, paid), (units, seller, buyer, base)):
        np.subtract.at(gain, giver, amount)
        np.add.at(gain, taker, amount)
    sides = ((MONEY, accepted & buys), (UNITS, accepted & ~buys))
    frozen = [entries("freeze", asset, wide["owner"][rows], wide["owner"][rows], worth[rows]) for asset, rows in sides]
    released = [entries("release", asset, wide["owner"][rows], wide["owner"][rows], left[rows]) for asset, rows in sides]
    swapped = [entries("pay", MONEY, buyer, seller, paid), entries("deliver", UNITS, seller, buyer, base)]
    return together(*frozen), together(*swapped, *released), fen, units


def session(seed: int, number: int, cash: np.ndarray, units: np.ndarray) -> tuple[int, int, np.ndarray, np.ndarray]:
    """One day; returns its trades, what was found wrong, and what the firms hold in the evening."""
    ledger, columns = opened(cash, units), orders(seed, number, ORDERS)
    trades, accepted, engine = play(columns, units)
    offers, outcome, fen, gained = settled(columns, accepted, trades)
    ledger.post(1, offers)
    ledger.post(2, outcome)
    bought = ledger.balance[UNITS, :, 2]
    holders = np.flatnonzero(bought)
    ledger.post(3, entries("mature", UNITS, holders, holders, bought[holders]))
    wrong = int((ledger.balance.sum(axis=(1, 2)) != 0).sum())
    wrong += int((ledger.recount() != ledger.balance).sum())
    wrong += int((ledger.available(MONEY)[:FIRMS] != cash + fen).sum()) + int((ledger.available(UNITS)[:FIRMS] != units + gained).sum())
    wrong += int(ledger.balance[:, :FIRMS, 1:].any()) + int(fen.sum() != 0) + int(gained.sum() != 0)
    count = len(trades)
    del engine
    return count, wrong, ledger.available(MONEY)[:FIRMS].copy(), ledger.available(UNITS)[:FIRMS].copy()


def main() -> int:
    """Play sessions until enough trades are posted."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--trades", type=int, default=100_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--record", action="store_true")
    chosen = parser.parse_args()
    begun, done, wrong, number = time.process_time(), 0, 0, 0
    cash, units = np.full(FIRMS, 10**13, np.int64), np.full(FIRMS, 10**8, np.int64)
    total = int(cash.sum()), int(units.sum())
    while done < chosen.trades:
        count, found, cash, units = session(chosen.seed, number, cash, units)
        done, wrong, number = done + count, wrong + found, number + 1
        wrong += (int(cash.sum()), int(units.sum())) != total
    seconds = time.process_time() - begun
    print(json.dumps({"trades": done, "sessions": number, "wrong": wrong, "cpu_seconds": round(seconds, 1)}))
    if chosen.record:
        from recorded import keep

        keep("trades", figure=done, wrong=wrong, seconds=seconds, command=f"python benchmarks/trades.py --trades {chosen.trades}", found={"sessions": number})
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
