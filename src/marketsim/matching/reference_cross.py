"""The call auction of a resting book in plain Python: try every tick, fill the better prices first, pair buyers with sellers.

Rule: as in `auction` (volume, imbalance, pressure, reference, lower), tried tick by tick; an iceberg takes part whole.

Source: Cboe Europe (2024), auction matching rules.
"""

from marketsim.matching.face import BUY, SELL, Uncross, pro_rata


def uncross(book, reference_tick: int | None, allocation: str) -> tuple[Uncross, tuple[list, list]]:
    """Find the clearing tick of a `reference` book and who gets how much: ([(buy order, lots)], [(sell order, lots)])."""
    none = Uncross(tick=None, lots=0, surplus=0), ([], [])
    ticks = book.ticks[BUY] + book.ticks[SELL]
    if not ticks:
        return none
    wanted, offered = ({at: _lots(book, side, at) for at in book.ticks[side]} for side in (BUY, SELL))
    outcomes = []
    demand, supply = sum(wanted.values()), 0
    for tick in range(min(ticks), max(ticks) + 1):
        supply += offered.get(tick, 0)  # sellers at this tick or lower
        outcomes.append((min(demand, supply), demand - supply, tick))
        demand -= wanted.get(tick, 0)  # buyers at this tick ask no more above it
    volume, surplus, tick = _choose(outcomes, reference_tick)
    if volume == 0:
        return none
    fills = tuple(_fills(book, side, volume, allocation) for side in (BUY, SELL))
    return Uncross(tick=tick, lots=volume, surplus=surplus), fills


def pairs(buys: list, sells: list) -> list[tuple]:
    """Turn fills of both sides, in priority, into trades (buy order, sell order, lots)."""
    trades, buys, sells = [], [list(fill) for fill in buys], [list(fill) for fill in sells]
    while buys and sells:
        lots = min(buys[0][1], sells[0][1])
        trades.append((buys[0][0], sells[0][0], lots))
        for side in (buys, sells):
            side[0][1] -= lots
            if side[0][1] == 0:
                side.pop(0)
    return trades


def _lots(book, side: int, tick: int) -> int:
    return sum(order.lots + order.hidden for order in book.queues[side][tick].values())


def _choose(outcomes: list[tuple[int, int, int]], reference_tick: int | None) -> tuple[int, int, int]:
    """The four tie-breaks over (volume, surplus, tick), ticks ascending."""
    most = max(volume for volume, _, _ in outcomes)
    left = [o for o in outcomes if o[0] == most]
    least = min(abs(surplus) for _, surplus, _ in left)
    left = [o for o in left if abs(o[1]) == least]
    if all(surplus > 0 for _, surplus, _ in left):
        return left[-1]
    if all(surplus < 0 for _, surplus, _ in left) or reference_tick is None:
        return left[0]
    return min(left, key=lambda o: (abs(o[2] - reference_tick), o[2]))


def _fills(book, side: int, volume: int, allocation: str) -> list[tuple]:
    fills, ticks = [], iter(book.best_first(side))
    while volume:  # never more than the side has
        tick = next(ticks)
        orders = list(book.queues[side][tick].values())
        claims = [order.lots + order.hidden for order in orders]
        take = min(volume, sum(claims))
        shares = pro_rata(claims, take) if allocation == "prorata" else _in_time(claims, take)
        fills += [(order, share) for order, share in zip(orders, shares) if share]
        volume -= take
    return fills


def _in_time(claims: list[int], take: int) -> list[int]:
    shares = []
    for claim in claims:
        shares.append(min(claim, take))
        take -= shares[-1]
    return shares
