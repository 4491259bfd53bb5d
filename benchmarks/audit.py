"""An auditor with books of his own: what a world posts and publishes, added up again in another way after every day.

He reads the journal, the published days and the law's promises, and uses none of the engine's sums. Raises Broken with a sentence.
"""

from fractions import Fraction
from math import floor

import numpy as np

from marketsim.domain.accounts import BOUGHT_TODAY, FROZEN, KINDS, MOVE_NAMES
from marketsim.simulation.comply import verified_use

OWN = {"freeze": (0, 1), "release": (1, 0), "mature": (2, 0), "deliver": (1, 2), "pay": (1, 0)}
"""States a move leaves and enters; every other move goes from available to available."""
GONE = ("surrendered", "cancelled", "lost", "used")
ISSUE, DELIVER, PAY, FREEZE = (MOVE_NAMES.index(name) for name in ("issue", "deliver", "pay", "freeze"))


class Broken(AssertionError):
    """An invariant that does not hold."""


def share(number) -> Fraction:
    """A parameter as the fraction it was written as."""
    return Fraction(str(number))


def demand(holds, sentence: str) -> None:
    """Raise Broken unless it holds."""
    if not holds:
        raise Broken(sentence)


class Auditor:
    """Watches one world from its founding on."""

    def __init__(self, world):
        self.world = world
        self.kinds = [list(KINDS)[kind] for kind in world.ledger.accounts.kind]
        self.negative = np.array([KINDS[kind].may_be_negative for kind in self.kinds])
        self.gone = np.array([kind in GONE for kind in self.kinds])
        self.held = np.zeros_like(world.ledger.balance)
        self.lost = np.zeros((len(world.ledger.assets), len(self.kinds)), dtype=np.int64)
        self.read = self.days = self.blocks = 0
        self.owed = world.state.owed.copy()
        self.owing: dict[str, np.ndarray] = {}

    def day(self) -> None:
        """After a day: books agree, nothing was made or lost, nobody is below zero, trades are paid and inside the band."""
        new = list(self.world.ledger.journal)[self.read:]
        self.read += len(new)
        for _, batch in new:
            self._book(batch)
        balance = self.world.ledger.balance
        demand((self.held == balance).all(), "the auditor's books differ from the ledger")
        demand(not balance.sum(axis=(1, 2)).any(), "an asset does not sum to zero")
        demand((balance[:, ~self.negative] >= 0).all(), "somebody holds less than nothing")
        demand(not balance[:, :, FROZEN].any(), "something is still frozen in the evening")
        demand((balance[:, self.gone].sum(axis=2) >= self.lost[:, self.gone]).all(), "what was surrendered, cancelled, lost or used came back")
        self.lost = balance.sum(axis=2)
        self._trades(new)
        for right in self.world.setting.rights:
            if right.key in self.world.state.settled:
                self.owing.setdefault(right.key, self.owed[right.index].copy())
        self.owed = self.world.state.owed.copy()

    def _book(self, batch) -> None:
        columns = (batch.move.tolist(), batch.asset.tolist(), batch.source.tolist(), batch.target.tolist(), batch.amount.tolist())
        for move, asset, source, target, amount in zip(*columns, strict=True):
            before, after = OWN.get(MOVE_NAMES[move], (0, 0))
            demand(amount > 0, "an entry moves nothing")
            demand(before == after or MOVE_NAMES[move] in ("deliver", "pay") or source == target, "a change of state changes hands")
            self.held[asset, source, before] -= amount
            self.held[asset, target, after] += amount

    def _trades(self, new: list) -> None:
        """The day's trades as published, against what was delivered and paid; each price inside the band, each lot whole."""
        world, state = self.world, self.world.state
        rights = {right.key: right for right in world.setting.rights}
        days, blocks = state.days[self.days:], state.blocks[self.blocks:]
        self.days, self.blocks = len(state.days), len(state.blocks)
        money = 0
        for key, right in rights.items():
            lots = sum(row[3] for row in days if row[1] == key) + sum(row[3] for row in blocks if row[1] == key)
            money += sum(row[4] for row in days + blocks if row[1] == key)
            delivered = sum(int(b.amount[(b.move == DELIVER) & (b.asset == right.asset)].sum()) for _, b in new)
            demand(delivered == lots * right.instrument.lot_base, f"{key}: {delivered} delivered, {lots} lots published")
            for _, batch in new:
                self._prices(right, batch)
            if any(row[1] == key for row in days) and key not in state.settled:
                bought = int(world.ledger.balance[right.asset, :, BOUGHT_TODAY].sum())
                demand(bought == delivered, f"{key}: {bought} wait for tomorrow, {delivered} were bought today")
            demand(min([row[2] for row in days if row[1] == key] or [1]) > 0, f"{key}: a price is not above zero")
        paid = sum(int(b.amount[(b.move == PAY) & (b.asset == 0)].sum()) for _, b in new)
        demand(paid >= money, f"{paid} fen were paid for a turnover of {money}")
        if world.setting.power is None and not any(right.market.auction for right in rights.values()):
            demand(paid == money, f"{paid} fen were paid, the turnover is {money}")

    def _prices(self, right, batch) -> None:
        """Delivery against payment: the deliveries of a batch in order, against its payments the other way."""
        moved = (batch.move == DELIVER) & (batch.asset == right.asset)
        if not moved.any():
            return
        paid = (batch.move == PAY) & (batch.asset == 0)
        demand(paid.sum() == moved.sum(), f"{right.key}: {moved.sum()} deliveries, {paid.sum()} payments")
        demand((batch.source[paid] == batch.target[moved]).all() and (batch.target[paid] == batch.source[moved]).all(), f"{right.key}: somebody else paid")
        lots, rest = np.divmod(batch.amount[moved], right.instrument.lot_base)
        demand(not rest.any(), f"{right.key}: a part of a lot was delivered")
        tick, rest = np.divmod(batch.amount[paid], lots * right.instrument.tick_fen)
        demand(not rest.any() and (tick > 0).all(), f"{right.key}: a price between ticks")
        demand((batch.source[moved] != batch.target[moved]).all(), f"{right.key}: somebody traded with itself")

    def end(self) -> None:
        """After the year: what was owed is covered to the unit, penalties are the law's, and rights add up."""
        world, state = self.world, self.world.state
        balance, accounts = world.ledger.balance, world.ledger.accounts
        demand(not balance[:, :, BOUGHT_TODAY].any(), "something bought never matured")
        firms = len(world.setting.firms.id)
        for right in world.setting.rights:
            done, total = state.settled[right.key], balance[right.asset].sum(axis=1)
            demand((done.due == done.offsets_used + done.surrendered + done.borrowed + done.shortfall).all(), f"{right.key}: what is due is not what was met or missed")
            surrendered = self._moved("surrender", right.asset, firms)
            demand((surrendered == done.surrendered).all(), f"{right.key}: the registry and the settlement disagree on what was surrendered")
            demand((done.shortfall[total[:firms] > 0] == 0).all(), f"{right.key}: somebody is short and holds rights")
            demand((done.shortfall >= 0).all() and (done.fine_fen >= 0).all() and (done.next_year_deduction >= 0).all(), f"{right.key}: a penalty below nothing")
            demand((total[:firms] == done.bank_allowed).all(), f"{right.key}: what is left is not what may be kept")
            issued = -int(total[accounts.index("issuer")])
            demand(issued == int(total.sum()) + issued and issued >= 0, f"{right.key}: {issued} issued")
            if right.market.cap is not None and right.market.stability is None and world.setting.carried is None:
                demand(issued <= int(right.market.cap.value), f"{right.key}: {issued} issued under a cap of {int(right.market.cap.value)}")
            self._law(right, done, firms)
            unmet = np.where(world.setting.firms.covered[right.index], 0, done.due)
            demand(not unmet.any() or world.setting.carried is not None, f"{right.key}: who is not covered owes something")
        self._fines()

    def _fines(self) -> None:
        """What firms paid to the treasury in the hour of surrender is what is told, and no more than is due."""
        world, state = self.world, self.world.state
        hours = {world.setting.calendar.tick(right.market.calendar.surrender, 23, "compliance") for right in world.setting.rights}
        treasury, transfer = world.ledger.accounts.index("treasury"), MOVE_NAMES.index("transfer")
        paid = sum(int(b.amount[(b.move == transfer) & (b.asset == 0) & (b.target == treasury)].sum()) for tick, b in world.ledger.journal if tick in hours)
        demand(int(state.spent_fen["penalties"].sum()) == paid, f"{paid} fen of penalties were paid, {int(state.spent_fen['penalties'].sum())} are told")
        due = sum(sum(settled.fine_fen.tolist()) for settled in state.settled.values())
        demand(paid <= due, f"{paid} fen of penalties were paid, {due} were due")

    def _law(self, right, done, firms: int) -> None:
        """The settlement of every firm by the words of the law, in fractions."""
        world, rule = self.world, right.compliance.parameters
        if right.compliance.rule.name != "surrender":
            return
        used, free, owed = verified_use(world, right).tolist(), world.state.final[right.index].tolist(), self.owing[right.key].tolist()
        for firm in range(firms):
            use = used[firm] if world.setting.firms.covered[right.index, firm] else 0
            liable = use if rule.obligation_above_free is None else min(use, free[firm] + floor(share(rule.obligation_above_free) * use))
            demand(done.due[firm] == liable + owed[firm], f"{right.key}: {done.due[firm]} is due where use and debts are {liable + owed[firm]}")
            demand(done.offsets_used[firm] <= floor(share(rule.offset_limit) * use), f"{right.key}: more offsets than the law takes")
            left = int(done.bank_allowed[firm] + done.cancelled[firm])
            kept = left if rule.bank_limit is None else min(left, floor(share(rule.bank_limit) * free[firm]))
            demand(done.bank_allowed[firm] == kept, f"{right.key}: {done.bank_allowed[firm]} of {left} left are kept where the law lets {kept}")
            again = floor(share(rule.deduction_multiple) * int(done.shortfall[firm])) + floor((1 + share(rule.borrow_interest)) * int(done.borrowed[firm]))
            demand(done.next_year_deduction[firm] == again, f"{right.key}: next year loses {done.next_year_deduction[firm]} where the law says {again}")

    def _moved(self, move: str, asset: int, firms: int) -> np.ndarray:
        amounts = np.zeros(firms, dtype=np.int64)
        for _, batch in self.world.ledger.journal:
            rows = (batch.move == MOVE_NAMES.index(move)) & (batch.asset == asset) & (batch.source < firms)
            np.add.at(amounts, batch.source[rows], batch.amount[rows])
        return amounts
