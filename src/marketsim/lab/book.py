"""Lab kind `book`: a continuous book in price and time, event by event, with cash and units of every trader.

Runs marketsim.matching.reference, the plain engine that the compiled one agrees with order by order.
Source: Gould et al. (2013), Limit order books, Quantitative Finance 13(11).
"""

from marketsim.errors import InputError
from marketsim.lab.reading import Reader
from marketsim.matching import face
from marketsim.matching.reference import Engine

_ARGUMENTS = {"L": ("id", "trader", "side", "price", "qty"), "M": ("id", "trader", "side", "qty"), "C": ("id",), "R": ("id", "new_qty")}
_KINDS = {"IOC": face.IOC, "FOK": face.FOK, "POST": face.POST}
_SIDES = {"B": face.BUY, "S": face.SELL}


class Session:
    """One book, the ids and traders of the problem as the engine's own numbers, and what was rejected."""

    def __init__(self, self_match: str, prices: list[int], traders: int):
        self.prices = sorted(set(prices)) or [1]
        self.tick = {price: tick for tick, price in enumerate(self.prices)}  # only the order of prices matters to a book
        self.engine = Engine(face.Rules(ticks=len(self.prices), self_match=self_match, owners=max(traders, 1)))
        self.engine.open_day(0, 0, len(self.prices) - 1)
        self.ids: dict[object, int] = {}
        self.owners: dict[str, int] = {}
        self.rejected: list[list] = []

    def new(self, event: list) -> str | None:
        """Enter an order; why it is rejected, or None."""
        kind, name, trader, side, *rest = event
        lots, price = rest[-1] if kind == "M" else rest[1], 0 if kind == "M" else rest[0]
        flag = event[6] if len(event) > 6 else None
        if side not in _SIDES:
            return "bad side"
        if not _whole(lots, 1) or lots > face.MOST_LOTS:
            return "quantity is not a positive integer"
        if not _whole(price, 1 if kind == "L" else 0):
            return "price is not a positive integer"
        if name in self.ids:
            return "id used before"
        owner = self.owners.setdefault(trader, len(self.owners))
        order = face.MARKET if kind == "M" else _KINDS.get(flag, face.LIMIT)
        receipt = self.engine.submit(0, owner, _SIDES[side], self.tick.get(price, 0), lots, order)
        if receipt.reason:
            return face.REASON_TEXT[receipt.reason]
        self.ids[name] = receipt.oid
        return None

    def change(self, event: list) -> str | None:
        """Cancel or reduce; why it is rejected, or None."""
        oid = self.ids.get(event[1]) if isinstance(event[1], str | int) else None
        live = self.engine.order(oid) if oid is not None else None
        if live is None:
            return "unknown order"
        if event[0] == "C":
            return _reason(self.engine.cancel(oid))
        if not _whole(event[2], 0):
            return "new quantity is not an integer of 0 or more"
        if event[2] >= live.lots:
            return "not a reduction"
        return _reason(self.engine.reduce(oid, event[2]))


def answer(problem: Reader) -> dict:
    """Return trades, the resting book, rejected events and what each trader gained in cash and units."""
    problem.knows("events", "smp")
    events = problem.items("events")
    for i, event in enumerate(events):
        _check_shape(event, f"{problem.place('events')}[{i}]")
    orders = [event for event in events if event[0] in "LM"]
    session = Session(problem.choice("smp", ("newest", "oldest", "both", "none"), "none"),
                      [e[4] for e in orders if e[0] == "L" and _whole(e[4], 1)], len({e[2] for e in orders}))
    for i, event in enumerate(events):
        why = session.new(event) if event[0] in "LM" else session.change(event)
        if why:
            session.rejected.append([i, why])
    return _outcome(session, orders)


def _outcome(session: Session, orders: list) -> dict:
    name = {number: known for known, number in session.ids.items()}
    trader = {number: who for who, number in session.owners.items()}
    cash = {event[2]: 0 for event in orders}
    units = dict(cash)
    trades = session.engine.trades
    log = []
    for row in range(len(trades)):
        price, lots = session.prices[trades.tick[row]], int(trades.lots[row])
        taker, maker = trader[int(trades.taker_owner[row])], trader[int(trades.maker_owner[row])]
        buyer, seller = (taker, maker) if trades.taker_side[row] == face.BUY else (maker, taker)
        log.append([name[int(trades.taker_oid[row])], name[int(trades.maker_oid[row])], price, lots])
        cash[buyer] -= price * lots
        cash[seller] += price * lots
        units[buyer] += lots
        units[seller] -= lots
    resting = session.engine.resting(0)
    sides = [[[name[o.oid], trader[o.owner], session.prices[o.tick], o.lots] for o in resting if o.side == side] for side in (face.BUY, face.SELL)]
    return {"trades": log, "bids": sides[0], "asks": sides[1], "rejected": session.rejected, "cash": cash, "units": units}


def _check_shape(event: object, path: str) -> None:
    """Refuse what is not an event at all; a well-formed but impossible event is for the book to reject."""
    kind = event[0] if isinstance(event, list) and event else None
    if not isinstance(kind, str) or kind not in _ARGUMENTS:
        raise InputError(f"{path}: expected a list that begins with L, M, C or R")
    wanted = _ARGUMENTS[kind]
    flagged = kind == "L" and len(event) == 7
    if len(event) != len(wanted) + 1 + flagged:
        raise InputError(f"{path}: expected [{kind}, {', '.join(wanted)}], got {len(event) - 1} entries after {kind}")
    if flagged and event[6] not in (*_KINDS, None):
        raise InputError(f"{path}: expected IOC, FOK or POST as the last entry")
    if isinstance(event[1], bool) or not isinstance(event[1], str | int):
        raise InputError(f"{path}: expected a whole number or a text as id")
    if kind in "LM" and (isinstance(event[2], bool) or not isinstance(event[2], str | int)):
        raise InputError(f"{path}: expected a text as trader")
    if kind in "LM" and not isinstance(event[3], str):
        raise InputError(f"{path}: expected B or S as side")


def _whole(value: object, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _reason(receipt: face.Receipt) -> str | None:
    return face.REASON_TEXT[receipt.reason] if receipt.reason else None
