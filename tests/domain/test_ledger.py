"""The ledger refuses what the table of moves does not allow, whole batches at a time, and always sums to zero."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketsim.domain.accounts import AVAILABLE, BOUGHT_TODAY, FROZEN, KINDS, MOVE_NAMES, MOVES, STATES, Kind, open_accounts, with_firms
from marketsim.domain.journal import Journal, on_disk
from marketsim.domain.ledger import LIMIT, MONEY, Entries, Ledger, entries, moves, together
from marketsim.errors import LedgerError

NAMES = [("a", "firm"), ("b", "firm"), ("g", "government"), *((kind, kind) for kind in KINDS if kind not in ("firm", "government", "venue"))]


def ledger():
    book = Ledger(("money", "right"), open_accounts(NAMES))
    issuer, outside = book.accounts.index("issuer"), book.accounts.index("outside")
    book.post(0, together(entries("issue", 1, issuer, [0, 1], [100, 50]), entries("transfer", 0, outside, [0, 1, 2], [1000, 1000, 500])))
    return book


def at(book, name):
    return book.accounts.index(name)


@pytest.mark.parametrize(
    "move, asset, source, target, amount",
    [
        ("transfer", 1, "a", "b", 101),  # more than it has
        ("transfer", 1, "a", "b", -1),  # backwards
        ("transfer", 1, "a", "surrendered", 1),  # not the way to surrender
        ("transfer", 1, "surrendered", "a", 1),  # nothing leaves an absorbing account
        ("issue", 1, "a", "b", 1),  # only the issuer issues
        ("freeze", 1, "a", "b", 1),  # freezing does not change hands
        ("release", 1, "a", "a", 1),  # nothing is frozen
        ("mature", 1, "a", "a", 1),  # nothing was bought today
        ("deliver", 1, "a", "b", 1),  # only what is frozen is delivered
        ("grant", 1, "a", "b", 1),  # only governments grant
        ("use", 1, "outside", "used", 1),
        ("issue", 1, "issuer", "a", LIMIT),  # beyond int64
        ("grant", 1, "g", "a", 1),  # the government has none
    ],
)
def test_default_deny(move, asset, source, target, amount):
    book = ledger()
    before, length = book.balance.copy(), len(book.journal)
    with pytest.raises(LedgerError, match=move):
        book.post(1, entries(move, asset, at(book, source), at(book, target), amount))
    assert (book.balance == before).all() and len(book.journal) == length


def test_a_batch_is_posted_whole_or_not_at_all():
    book = ledger()
    before = book.balance.copy()
    with pytest.raises(LedgerError, match="below zero"):
        book.post(1, together(entries("transfer", 1, 0, 1, 60), entries("transfer", 1, 0, 1, 60)))
    assert (book.balance == before).all()
    book.post(1, together(entries("transfer", 1, 1, 0, 50), entries("transfer", 1, 0, 1, 150)))
    assert book.available(1)[:2].tolist() == [0, 150], "order within a batch does not matter, its end does"


def test_many_entries_cannot_overflow_together():
    book = ledger()
    issuer = at(book, "issuer")
    with pytest.raises(LedgerError, match="int64"):
        book.post(1, entries("issue", 1, issuer, np.zeros(5, np.int64), np.full(5, LIMIT - 1)))


def test_the_total_of_a_batch_stays_below_the_limit_to_the_unit():
    half = LIMIT // 2
    book = ledger()
    book.post(1, entries("issue", 1, at(book, "issuer"), 0, half))
    book.post(2, together(entries("transfer", 1, 0, 1, half), entries("transfer", 1, 1, 0, 1)))  # twice its largest is the limit, its total is not
    with pytest.raises(LedgerError, match=f"transfer of {half} .* more than an int64"):
        book.post(3, together(entries("transfer", 1, 1, 0, half - 1), entries("transfer", 1, 0, 1, half), entries("transfer", 1, 1, 0, 1)))
    with pytest.raises(LedgerError, match="more than an int64"):
        book.post(3, together(entries("transfer", 1, 1, 0, half), entries("transfer", 1, 0, 1, half)))
    book.post(3, together(entries("transfer", 1, 1, 0, half - 1), entries("transfer", 1, 0, 1, half)))


def test_no_balance_reaches_the_limit_to_the_unit():
    book = ledger()  # 150 are issued already
    with pytest.raises(LedgerError, match="outgrew"):
        book.post(1, entries("issue", 1, at(book, "issuer"), 0, LIMIT - 150))
    book.post(1, entries("issue", 1, at(book, "issuer"), 2, LIMIT - 151))
    assert book.balance[1, at(book, "issuer"), 0] == 1 - LIMIT


def test_the_entry_that_may_not_be_is_the_one_named():
    book = ledger()
    fine = (entries("transfer", 0, 0, 1, 1), entries("transfer", 1, 1, 0, 10))
    with pytest.raises(LedgerError, match="transfer of 500 right from a to b: the account would fall below zero"):
        book.post(1, together(*fine, entries("transfer", 1, 0, 1, 500)))
    with pytest.raises(LedgerError, match="grant of 7 right from a to b: this move is not"):
        book.post(1, together(*fine, entries("grant", 1, 0, 1, 7), entries("grant", 1, 0, 1, 8)))
    book.suspend(2, 1, 0)
    with pytest.raises(LedgerError, match="transfer of 3 right from a to b: the account is suspended"):
        book.post(3, together(*fine, entries("transfer", 1, 0, 1, 3), entries("transfer", 1, 0, 1, 4)))


def test_states_of_a_trade():
    book = ledger()
    assert [STATES[state] for state in (AVAILABLE, FROZEN, BOUGHT_TODAY)] == ["available", "frozen", "bought_today"]
    book.post(1, together(entries("freeze", 1, 0, 0, 30), entries("freeze", 0, 1, 1, 600)))
    book.post(2, together(entries("deliver", 1, 0, 1, 20), entries("pay", 0, 1, 0, 400), entries("release", 1, 0, 0, 10), entries("release", 0, 1, 1, 200)))
    assert book.balance[1, 0].tolist() == [80, 0, 0] and book.balance[1, 1].tolist() == [50, 0, 20]
    with pytest.raises(LedgerError):
        book.post(3, entries("transfer", 1, 1, 0, 60))  # bought today cannot go out today
    book.post(4, entries("mature", 1, 1, 1, 20))
    assert book.available(1)[1] == 70 and book.balance[0, 0, FROZEN] == 0 and book.balance[1, 1, BOUGHT_TODAY] == 0


def test_every_move_refuses_every_account_kind_outside_its_table():
    book = ledger()
    accounts = range(len(NAMES))
    for name, move in MOVES.items():
        for source in accounts:
            for target in accounts:
                allowed = NAMES[source][1] in move.source and NAMES[target][1] in move.target and (not move.same_account or source == target)
                if allowed:
                    continue
                with pytest.raises(LedgerError):
                    book.post(1, entries(name, 1, source, target, 1))
    absorbing = {kind for kind, rule in KINDS.items() if rule.absorbing}
    assert not any(absorbing & move.source for move in MOVES.values()), "what is surrendered, cancelled, lost or used never moves"


def test_a_suspended_account_meets_its_duties_and_gives_nothing_to_anybody():
    book = ledger()
    book.post(1, entries("freeze", 1, 0, 0, 30))
    book.suspend(2, 1, 0)
    assert book.suspensions == [(2, 1, 0, True)] and book.suspended[1].sum() == 1
    kinds = [kind for _, kind in NAMES]
    before = book.balance.copy()
    refused = 0
    for name, move in MOVES.items():
        for target in range(len(NAMES)):
            if kinds[0] not in move.source or kinds[target] not in move.target or (move.same_account and target):
                continue
            if name in ("freeze", "deliver", "pay", "transfer"):  # in a firm's hands, all that lead to somebody else or begin to
                with pytest.raises(LedgerError, match="suspended"):
                    book.post(3, entries(name, 1, 0, target, 1))
                refused += 1
    assert refused > 10 and (book.balance == before).all()
    surrendered, issuer = at(book, "surrendered"), at(book, "issuer")
    book.post(4, entries("release", 1, 0, 0, 30))
    book.post(4, together(entries("surrender", 1, 0, surrendered, 40), entries("take_back", 1, 0, issuer, 5), entries("transfer", 1, 1, 0, 7)))
    book.post(4, entries("transfer", 0, 0, 1, 10))  # money is another asset
    assert book.available(1)[0] == 62
    book.post(4, together(*(entries(move, 1, 0, at(book, kind), 1) for move, kind in (("cancel", "cancelled"), ("lose", "lost"), ("use", "used")))))
    book.post(4, entries("freeze", 1, 1, 1, 3))
    book.post(4, entries("deliver", 1, 1, 0, 3))  # to receive is no giving
    book.post(4, entries("mature", 1, 0, 0, 3))
    assert book.available(1)[0] == 62
    book.suspend(5, 1, 0, lift=True)
    book.post(5, entries("transfer", 1, 0, 1, 62))
    assert book.suspensions[-1] == (5, 1, 0, False)


def test_the_other_side_of_the_world():
    assert {kind for kind, rule in KINDS.items() if rule.may_be_negative} == {"issuer", "treasury", "outside"}
    assert {kind for kind, rule in KINDS.items() if rule.absorbing} == {"surrendered", "cancelled", "lost", "used"}
    book = ledger()
    book.post(1, entries("transfer", MONEY, at(book, "treasury"), 0, 40))  # a subsidy: the treasury is not held to what it took
    assert book.held(MONEY)[at(book, "treasury")] == -40


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("firm", "government", "venue")])
def test_the_authority_does_not_suspend_its_own_books(kind):
    book = ledger()
    with pytest.raises(LedgerError, match=f"{kind} cannot be suspended"):
        book.suspend(1, 1, at(book, kind))
    assert not book.suspended.any() and not book.suspensions


def test_what_may_leave_a_suspended_account_never_reaches_another_holder():
    holders = {"firm", "government", "venue", "treasury", "outside"}
    assert all(move.same_account or not move.target & holders for move in MOVES.values() if move.while_suspended)


def test_what_is_held_is_what_is_available_frozen_and_bought_today():
    book = ledger()
    book.post(1, entries("freeze", 1, 0, 0, 30))
    book.post(2, entries("deliver", 1, 0, 1, 20))
    assert book.assets[MONEY] == "money"
    assert book.available(1)[:3].tolist() == [70, 50, 0] and book.held(1)[:3].tolist() == [80, 70, 0]
    assert book.held(1).shape == (len(NAMES),) and book.held(MONEY)[:3].tolist() == [1000, 1000, 500]


@pytest.mark.parametrize("record", [Kind(), next(iter(MOVES.values())), ledger().accounts, entries("transfer", 0, 0, 1, 1)], ids=lambda one: type(one).__name__)
def test_a_record_never_changes_and_is_made_by_name(record):
    values = {field.name: getattr(record, field.name) for field in dataclasses.fields(record)}
    for name, value in values.items():
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(record, name, value)
    with pytest.raises(TypeError, match="positional"):
        type(record)(*values.values())


TRIES = st.lists(
    st.tuples(st.integers(0, len(MOVE_NAMES) - 1), st.integers(0, 1), st.integers(0, 9), st.integers(0, 9), st.integers(1, 120)), max_size=60
)


def row(move, asset, source, target, amount):
    columns = [np.array([x], dtype=np.int64) for x in (move, asset, source, target, amount)]
    return Entries(move=columns[0], asset=columns[1], source=columns[2], target=columns[3], amount=columns[4])


@settings(max_examples=60, deadline=None, derandomize=True)
@given(TRIES)
def test_whatever_is_tried_every_asset_sums_to_zero_and_the_journal_tells_all(tries):
    book = ledger()
    for tick, tried in enumerate(tries):
        try:
            book.post(tick, row(*tried))
        except LedgerError:
            continue
    assert (book.balance.sum(axis=(1, 2)) == 0).all()
    assert (book.recount() == book.balance).all()
    assert (book.balance[:, :3] >= 0).all()


@settings(max_examples=40, deadline=None, derandomize=True)
@given(TRIES, st.lists(st.integers(1, 6), min_size=1, max_size=20))
def test_the_compiled_pass_posts_and_refuses_the_same_batches(tries, sizes):
    plain, fast = ledger(), ledger()
    for book in (plain, fast):
        book.suspend(1, 1, 1)
    while tries:
        size = sizes[len(tries) % len(sizes)]
        batch, tries = together(*(row(*tried) for tried in tries[:size])), tries[size:]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("marketsim.domain.ledger.compiled_pays", lambda rows, many: False)
            try:
                plain.post(2, batch)
                accepted = True
            except LedgerError:
                accepted = False
        assert fast._post_compiled(batch) == accepted
        assert (plain.balance == fast.balance).all()


def test_amounts_near_the_limit_are_refused_by_the_compiled_pass_too():
    book = ledger()
    issuer, before = at(book, "issuer"), book.balance.copy()
    assert not book._post_compiled(entries("issue", 1, issuer, np.zeros(5, np.int64), np.full(5, LIMIT - 1)))
    assert not book._post_compiled(entries("issue", 1, issuer, 0, LIMIT))
    assert book._post_compiled(entries("issue", 1, issuer, 0, LIMIT - 200))
    assert not book._post_compiled(entries("issue", 1, issuer, 0, 100))  # the balance itself would outgrow int64
    assert book.balance[1, 0, 0] == before[1, 0, 0] + LIMIT - 200


def test_an_entry_moves_something():
    book = ledger()
    with pytest.raises(LedgerError, match="transfer of 0 right"):
        book.post(1, row(MOVE_NAMES.index("transfer"), 1, 0, 1, 0))


def test_entries_are_narrow_and_zero_amounts_are_no_entries():
    batch = entries("transfer", 0, [0, 1, 2], 3, [5, 0, 7])
    assert [column.tolist() for column in (batch.source, batch.target, batch.amount)] == [[0, 2], [3, 3], [5, 7]]
    assert sum(column.itemsize for column in vars(batch).values()) == 18
    assert len(entries("transfer", 0, [0, 1], 3, 4)) == 2 and len(entries("transfer", 0, 0, 3, 0)) == 0
    with pytest.raises(ValueError, match="2 accounts for 3 amounts"):
        entries("transfer", 0, [0, 1], 3, [1, 2, 3])


def test_several_moves_made_in_one_go_are_the_same_batch():
    one, two, none = np.array([3, 1, 2]), np.array([0, 2, 2]), np.zeros(0, np.int64)
    rows = (("freeze", 1, one, one, np.array([5, 0, 7])), ("pay", MONEY, one, two, np.array([0, 8, 9])), ("deliver", 1, none, none, none))
    for asked in (rows, rows[::-1], rows[2:]):
        got, due = moves(*asked), together(*(entries(*row) for row in asked))
        for column in dataclasses.fields(Entries):
            mine, its = getattr(got, column.name), getattr(due, column.name)
            assert mine.dtype == its.dtype and mine.tolist() == its.tolist()


def test_a_record_on_the_disk_reads_the_same():
    batch = entries("transfer", 1, np.arange(6), 9, np.arange(6) + 10**12)
    away = on_disk(batch)
    for name, column in vars(batch).items():
        kept = getattr(away, name)
        assert isinstance(kept, np.memmap) and not kept.flags.writeable and kept.dtype == column.dtype and (kept == column).all()


def test_firms_of_one_name_open_no_accounts():
    class Twins(list):
        """Two firms that share a name, as far as accounts ask."""

        def names_differ(self):
            return False

    with pytest.raises(ValueError, match="share a name"):
        with_firms(Twins("aa"), [("issuer", "issuer")])


def test_a_long_journal_lies_on_the_disk_and_reads_the_same():
    short, long = Journal(), Journal(kept=7)
    for tick in range(40):
        posted = (tick, entries("transfer", 0, np.arange(tick % 5), 9, np.arange(tick % 5) + tick))
        short.append(posted)
        long.append(posted)
    assert len(long._stored) > 30 and len(long) == len(short) == 40
    for _ in range(2):  # reading does not use it up, and it goes on afterwards
        for (tick, one), (other_tick, other) in zip(short, long, strict=True):
            assert tick == other_tick and type(other) is Entries
            assert all((getattr(one, name) == getattr(other, name)).all() for name in vars(one))
        long.append((40, entries("transfer", 0, 1, 9, 1)))
        short.append((40, entries("transfer", 0, 1, 9, 1)))


def test_every_name_has_its_place_firms_made_only_when_asked_for():
    class Table(list):
        """Firms, as far as accounts ask; counts how often all names are made."""

        made = 0

        def names_differ(self):
            return True

        def name(self, row):
            return self[row]

        def names(self):
            self.made += 1
            return list(self)

    firms = Table(["b", "a"])
    accounts = with_firms(firms, [("issuer", "issuer"), ("treasury", "treasury")])
    assert [accounts.index(name) for name in ("issuer", "treasury")] == [2, 3] and not firms.made
    assert [accounts.key[place] for place in range(4)] == list(accounts.key) == ["b", "a", "issuer", "treasury"]
    assert [accounts.index(name) for name in accounts.key] == [0, 1, 2, 3]
    with pytest.raises(ValueError):
        accounts.index("nobody")
