"""What a regulator sees of a market and what it does about it."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Market:
    """`mean_fen_per_lot` of the last days, lots in the reserve, lots firms hold, lots of the next auction,
    money to spend."""

    mean_fen_per_lot: int
    reserve_lots: int = 0
    circulating_lots: int = 0
    auction_lots: int = 0
    budget_fen: int = 0


@dataclass(frozen=True, kw_only=True)
class Intervention:
    """Standing offers of the regulator in lots at a price a lot, and lots taken out of the next auction."""

    sell_lots: int = 0
    sell_fen_per_lot: int = 0
    buy_lots: int = 0
    buy_fen_per_lot: int = 0
    withhold_lots: int = 0
