"""Delivery contracts of a year: annual bilateral deals with a monthly curve, and monthly deals at one price.

Annual: every buyer meets sellers along their running totals of volume; price = ask + weight · (bid − ask) where bid ≥ ask,
inside the band. Monthly: bids from the highest, asks from the lowest, up to the largest volume; everybody pays the middle of
the marginal bid and the marginal ask; at one price volume is shared pro rata.
Source: basic rules of the medium- and long-term market (发改能源规〔2020〕889号, 〔2025〕1656号); marginal uniform price as in
Guangdong's monthly auctions of 2017. The bargaining weight is an assumption.
"""

from dataclasses import dataclass

import numpy as np

from marketsim.domain.hours import Hours
from marketsim.domain.orders import BUY, SELL, Orders
from marketsim.domain.sharing import share_out

MILLION = 1_000_000
KWH_PER_LOT = 1000
FEN_PER_LOT_TICK = 10
ANNUAL, MONTHLY = 0, 1
BLOCK = 1 << 16
"""Pairs whose months are shared out in one go."""


@dataclass(frozen=True, kw_only=True)
class Terms:
    """Terms of contracting: prices must lie in `low_tick`..`high_tick`; `seller_weight_ppm` is the seller's share of bid − ask.

    `unbound` (buyers,) bool: buyers whom the upper end does not bind (energy-intensive users from 2021-10-15); None: nobody.
    """

    low_tick: int
    high_tick: int
    seller_weight_ppm: int = 500_000
    unbound: np.ndarray | None = None

    def highest_bids(self, buyer: np.ndarray, bid_tick: np.ndarray) -> np.ndarray:
        """Bids (n,) of buyer rows (n,), cut to the upper end where it binds."""
        cut = np.minimum(bid_tick, self.high_tick)
        return cut if self.unbound is None else np.where(self.unbound[buyer], bid_tick, cut)


@dataclass(frozen=True, kw_only=True)
class Contracts:
    """Contracts, one row a pair and month; shapes (contracts,): `lots` of a MWh, price in ticks of 0.1 CNY per MWh.

    `buyer` and `seller` are rows of the tables the deals were made from, `month` 0–11, `term` ANNUAL or MONTHLY. Columns are narrow
    (int32; month and term int8), for a year of many users is long.
    """

    buyer: np.ndarray
    seller: np.ndarray
    month: np.ndarray
    lots: np.ndarray
    price_tick: np.ndarray
    term: np.ndarray

    def __len__(self) -> int:
        return len(self.buyer)

    def take(self, rows: np.ndarray) -> "Contracts":
        """The given rows, in the given order."""
        return Contracts(**{name: column[rows] for name, column in vars(self).items()})

    @property
    def kwh(self) -> np.ndarray:
        """Volume of each row, (contracts,) int64 kWh."""
        return self.lots.astype(np.int64) * KWH_PER_LOT

    @property
    def fen(self) -> np.ndarray:
        """What each row costs, (contracts,) int64 fen: whole, because a contract is in whole lots."""
        return self.lots * self.price_tick.astype(np.int64) * FEN_PER_LOT_TICK


def rows_of(buyer: np.ndarray, seller: np.ndarray, lots: np.ndarray, price_tick: np.ndarray, when: tuple[int, int]) -> Contracts:
    """Contracts of one (month, term) from columns of any width."""
    month, term = (np.full(len(lots), value, np.int8) for value in when)
    buyer, seller, lots, price_tick = (column.astype(np.int32) for column in (buyer, seller, lots, price_tick))
    return Contracts(buyer=buyer, seller=seller, month=month, lots=lots, price_tick=price_tick, term=term)


def together(*batches: Contracts) -> Contracts:
    """Several batches as one, in order."""
    names = ("buyer", "seller", "month", "lots", "price_tick", "term")
    return batches[0] if len(batches) == 1 else Contracts(**{name: np.concatenate([getattr(batch, name) for batch in batches]) for name in names})


def band(benchmark_tick: int, low_ppm: int, high_ppm: int) -> tuple[int, int]:
    """Lowest and highest tick allowed around a benchmark, both inside the band: −15 % of 3655 is 3107, not 3106."""
    low = -(-benchmark_tick * (MILLION + low_ppm) // MILLION)
    return low, benchmark_tick * (MILLION + high_ppm) // MILLION


def pair(buyer_lots: np.ndarray, seller_lots: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pair two columns of lots of equal sum along their running totals; (pairs,) int64 buyer row, seller row, lots.

    At most buyers + sellers − 1 pairs. Raises ValueError when the sums differ.
    """
    ends_b, ends_s = np.cumsum(buyer_lots), np.cumsum(seller_lots)
    total_b, total_s = (int(ends[-1]) if len(ends) else 0 for ends in (ends_b, ends_s))
    if total_b != total_s:
        raise ValueError(f"buyers and sellers must add up to the same volume, not {total_b} and {total_s}")
    cuts = np.sort(np.concatenate([[0], ends_b, ends_s]), kind="stable")  # three runs in order are merged; np.unique would hash them
    cuts = cuts[np.append(True, cuts[1:] != cuts[:-1])]
    lots, start = np.diff(cuts), cuts[:-1]
    return np.searchsorted(ends_b, start, side="right"), np.searchsorted(ends_s, start, side="right"), lots


def annual_contracts(use_kwh: np.ndarray, supply_kwh: np.ndarray, bid_tick: np.ndarray, ask_tick: np.ndarray,
                     terms: Terms) -> tuple[Contracts, ...]:  # fmt: skip
    """Bilateral deals for a year over the monthly curve of each buyer; the contracts of each of the twelve months.

    `use_kwh` (buyers, 12) is what each wants in whole or broken MWh (rounded down), `supply_kwh` (sellers,) what sellers have:
    a total above the supply is cut pro rata, and supply is used pro rata. `bid_tick` (buyers,), `ask_tick` (sellers,). Pairs
    whose bid is below the ask sign nothing.
    """
    want = use_kwh // KWH_PER_LOT
    have = supply_kwh // KWH_PER_LOT
    volume = min(int(want.sum()), int(have.sum()))
    if volume < int(want.sum()):
        want = share_out(np.array([volume]), want.reshape(-1, 1))[:, 0].reshape(want.shape)
    buyer, seller, lots = pair(want.sum(axis=1), share_out(np.array([volume]), have[:, None])[:, 0])
    bid, ask = terms.highest_bids(buyer, bid_tick[buyer]), np.maximum(ask_tick[seller], terms.low_tick)
    deal = bid >= ask
    buyer, seller, lots, bid, ask = buyer[deal], seller[deal], lots[deal], bid[deal], ask[deal]
    price = ask + (bid - ask) * terms.seller_weight_ppm // MILLION
    monthly = np.zeros((12, len(lots)), np.int32)
    for first in range(0, len(lots), BLOCK):  # pairs do not touch each other
        some = slice(first, first + BLOCK)
        monthly[:, some] = share_out(lots[some], want[buyer[some]].T)
    held = [np.flatnonzero(row) for row in monthly]
    return tuple(rows_of(buyer[rows], seller[rows], monthly[month, rows], price[rows], (month, ANNUAL)) for month, rows in enumerate(held))


def monthly_contracts(month: int, orders: Orders, terms: Terms) -> Contracts:
    """One month's central auction at a uniform price; `owner` of a buy order is a buyer's row, of a sell order a seller's.

    Orders outside the band are cut to it: a bid above the upper end counts at that end, a bid below the lower end not at all.
    """
    buy, sell = orders.take(np.flatnonzero(orders.side == BUY)), orders.take(np.flatnonzero(orders.side == SELL))
    bid, ask = terms.highest_bids(buy.owner, buy.tick), np.maximum(sell.tick, terms.low_tick)
    volume, price = cross(bid, buy.lots, ask, sell.lots)
    buyer, seller, lots = pair(awards(-bid, buy.lots, volume), awards(ask, sell.lots, volume))
    return rows_of(buy.owner[buyer], sell.owner[seller], lots, np.full(len(lots), price), (month, MONTHLY))


def cross(bid_tick: np.ndarray, bid_lots: np.ndarray, ask_tick: np.ndarray, ask_lots: np.ndarray) -> tuple[int, int]:
    """Largest volume at which bids still meet asks, and the middle of the marginal bid and ask; (0, 0) when they do not meet."""
    ticks = np.unique(np.concatenate([bid_tick, ask_tick]))
    wanted, offered = np.zeros((2, len(ticks)), np.int64)
    np.add.at(wanted, np.searchsorted(ticks, bid_tick), bid_lots)
    np.add.at(offered, np.searchsorted(ticks, ask_tick), ask_lots)
    demand, supply = np.cumsum(wanted[::-1])[::-1], np.cumsum(offered)
    traded = np.minimum(demand, supply)
    volume = int(traded.max(initial=0))
    if volume == 0:
        return 0, 0
    marginal_ask = int(ticks[np.searchsorted(supply, volume)])
    marginal_bid = int(ticks[len(ticks) - 1 - np.searchsorted(demand[::-1], volume)])
    return volume, (marginal_ask + marginal_bid) // 2


def awards(rank_tick: np.ndarray, lots: np.ndarray, volume: int) -> np.ndarray:
    """Lots each order gets of `volume`, lowest `rank_tick` first, pro rata inside the marginal rank; (orders,) int64."""
    out = np.zeros(len(lots), np.int64)
    left = volume
    for tick in np.unique(rank_tick):
        rows = np.flatnonzero(rank_tick == tick)
        offered = int(lots[rows].sum())
        taken = min(left, offered)
        out[rows] = lots[rows] if taken == offered else share_out(np.array([taken]), lots[rows][:, None])[:, 0]
        left -= taken
        if left == 0:
            break
    return out


def contracted(contracts: Contracts, side: int, rows: int) -> np.ndarray:
    """Contracted kWh by buyer (side BUY) or seller and month: (rows, 12) int64."""
    out = np.zeros((rows, 12), np.int64)
    np.add.at(out, (contracts.buyer if side == BUY else contracts.seller, contracts.month), contracts.kwh)
    return out


def held_kwh(contracts: Contracts, side: int, rows: int) -> np.ndarray:
    """Contracted kWh by buyer (side BUY) or seller over all the given contracts: (rows,) int64."""
    out = np.zeros(rows, np.int64)
    np.add.at(out, contracts.buyer if side == BUY else contracts.seller, contracts.kwh)
    return out


def mean_price(contracts: Contracts, side: int, rows: int, otherwise_tick: np.ndarray) -> np.ndarray:
    """Mean contract price by buyer or seller over the given contracts, rounded down: (rows,) int64 ticks.

    `otherwise_tick` (rows,) stands where somebody has no contract.
    """
    owner = contracts.buyer if side == BUY else contracts.seller
    lots, value = np.zeros(rows, np.int64), np.zeros(rows, np.int64)
    np.add.at(lots, owner, contracts.lots)
    np.add.at(value, owner, contracts.lots * contracts.price_tick.astype(np.int64))
    return np.where(lots > 0, value // np.maximum(lots, 1), otherwise_tick)


def contract_curve(month_kwh: np.ndarray, load_kwh: np.ndarray, hours: Hours) -> np.ndarray:
    """Spread each unit's monthly contract over the hours in proportion to the load: (units, hours) int64, sums exact.

    `month_kwh` (units, 12), `load_kwh` (hours,). Raises ValueError when a contract falls in a month without load.
    """
    out = np.zeros((len(month_kwh), len(load_kwh)), np.int64)
    for month in np.flatnonzero(month_kwh.any(axis=0)).tolist():
        columns = np.flatnonzero(hours.month == month)
        weights = np.repeat(load_kwh[columns][:, None], len(month_kwh), axis=1)
        out[:, columns] = share_out(month_kwh[:, month], weights).T
    return out
