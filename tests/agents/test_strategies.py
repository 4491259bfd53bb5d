"""The contract every strategy keeps, whoever wrote it: View in, orders out, nothing else."""

from dataclasses import fields, replace

import numpy as np
import pytest

from marketsim.agents import DEALERS, STRATEGIES
from marketsim.agents.dominant_firm import factor
from marketsim.agents.view import BUY, SELL, SLOTS, Tape, View

CAREFUL = sorted(set(STRATEGIES) - {"zero-intelligence-unconstrained"})
ROWS = 400


def view(seed: int, *, rows: int = ROWS, changed: dict | None = None) -> View:
    """Firms of all sorts: short and long, rich and broke, with and without anything to sell."""
    rng = np.random.default_rng(seed)
    least = np.where(rng.random(rows) < 0.3, 0.0, rng.uniform(5, 40, rows))
    tape = Tape(side=rng.integers(0, 2, 40).astype(float), price_cny=rng.uniform(22, 28, 40).round(2), taken=rng.integers(0, 2, 40).astype(float))
    plain = View(
        gap_lots=np.rint(rng.normal(0, 5000, rows)), sellable_lots=rng.integers(0, 9000, rows) * rng.integers(0, 2, rows),
        cash_cny=rng.uniform(0, 3e6, rows) * rng.integers(0, 2, rows), most_cny=rng.uniform(10, 60, rows), least_cny=least,
        expected_cny=rng.uniform(15, 35, rows), draw=rng.random(rows),
        memory=np.where(rng.random(rows) < 0.5, np.nan, rng.uniform(20, 30, (SLOTS, rows))),
        tape=tape, covered=rng.random(rows) < 0.7, flow_lots=3000.0, looks_left=8.0, sessions_left=40, verified=True, units_per_lot=1, last_cny=25.0, low_cny=22.5, high_cny=27.5,
    )  # fmt: skip
    return replace(plain, **(changed or {}))


def rows_of(seen: View, rows: np.ndarray) -> View:
    """The same day for some of the firms, in another order."""
    columns = {f.name: getattr(seen, f.name) for f in fields(seen)}
    return replace(seen, **{name: column[..., rows] for name, column in columns.items() if isinstance(column, np.ndarray)})


@pytest.fixture(params=sorted(STRATEGIES))
def quote(request):
    return STRATEGIES[request.param]


CASES = [view(seed) for seed in range(5)] + [
    view(9, changed={"verified": False}), view(10, changed={"sessions_left": 1, "looks_left": 0.2}), view(11, changed={"sessions_left": 220}),
    view(12, changed={"last_cny": 0.01, "low_cny": 0.01, "high_cny": 0.02}), view(13, changed={"units_per_lot": 1000}),
    view(14, changed={"tape": Tape(side=np.zeros(0), price_cny=np.zeros(0), taken=np.zeros(0))}), view(15, rows=0), view(16, rows=1),
    view(17, changed={"most_cny": np.full(ROWS, np.inf), "least_cny": np.zeros(ROWS)}), view(18, changed={"gap_lots": np.zeros(ROWS)}),
    view(19, changed={"last_cny": 30.0, "high_cny": 33.0}), view(20, changed={"last_cny": 20.0, "low_cny": 18.0}),
]  # fmt: skip


@pytest.mark.parametrize("case", range(len(CASES)))
def test_an_answer_is_one_sound_order_a_firm(quote, case):
    seen, answer = CASES[case], quote(CASES[case])
    rows = len(seen.draw)
    assert answer.side.shape == answer.price_cny.shape == answer.lots.shape == (rows,)
    assert np.isin(answer.side, (BUY, SELL)).all()
    assert np.issubdtype(answer.lots.dtype, np.integer) and (answer.lots >= 0).all()
    sent = answer.lots > 0
    assert np.isfinite(answer.price_cny[sent]).all() and (answer.price_cny[sent] >= 0).all()
    if answer.memory is not None:
        assert answer.memory.shape == (SLOTS, rows) and np.isfinite(answer.memory).all()


@pytest.mark.parametrize("case", range(len(CASES)))
def test_nobody_offers_what_he_has_not_or_bids_what_he_cannot_pay(quote, case):
    seen, answer = CASES[case], quote(CASES[case])
    sells = answer.side == SELL
    assert (answer.lots[sells] <= seen.sellable_lots[sells]).all()
    at_most = answer.lots * seen.high_cny * seen.units_per_lot  # an order is never entered above the band
    assert (at_most[~sells] <= seen.cash_cny[~sells] + 1e-6).all()


@pytest.mark.parametrize("name", CAREFUL)
@pytest.mark.parametrize("case", range(len(CASES)))
def test_nobody_trades_at_a_loss_who_knows_his_costs(name, case):
    seen = CASES[case]
    answer = STRATEGIES[name](seen)
    buys = (answer.side == BUY) & (answer.lots > 0)
    sells = (answer.side == SELL) & (answer.lots > 0)
    assert (answer.price_cny[buys] <= seen.most_cny[buys]).all()
    assert (answer.price_cny[sells] >= seen.least_cny[sells]).all()


def test_same_view_same_orders_and_the_view_is_left_as_it_was(quote):
    seen, kept = view(3), view(3)
    first, second = quote(seen), quote(seen)
    for one, two in ((first.side, second.side), (first.price_cny, second.price_cny), (first.lots, second.lots)):
        assert one.tobytes() == two.tobytes()
    for field in fields(View):
        before, after = getattr(kept, field.name), getattr(seen, field.name)
        if isinstance(before, np.ndarray):
            assert before.tobytes() == after.tobytes(), field.name
    assert kept.tape.price_cny.tobytes() == seen.tape.price_cny.tobytes()


def test_a_firm_answers_the_same_whoever_else_looks(quote):
    seen = view(5)
    order = np.random.default_rng(1).permutation(ROWS)[: ROWS // 2]
    whole, part = quote(seen), quote(rows_of(seen, order))
    assert (whole.side[order] == part.side).all() and (whole.lots[order] == part.lots).all()
    assert whole.price_cny[order].tobytes() == part.price_cny.tobytes()
    assert whole.memory is None or whole.memory[:, order].tobytes() == part.memory.tobytes()


def test_every_strategy_trades_on_some_day_on_both_sides(quote):
    days = [quote(replace(seen, sessions_left=10)) for seen in CASES]
    sides = np.concatenate([day.side[day.lots > 0] for day in days])
    assert set(sides.tolist()) == {BUY, SELL}


def test_firms_short_by_one_lot_buy_one_and_no_more():
    seen = view(4, changed={"gap_lots": np.ones(ROWS), "cash_cny": np.full(ROWS, 1e6), "sessions_left": 10, "covered": np.full(ROWS, True)})
    for name in STRATEGIES:
        answer = STRATEGIES[name](seen)
        assert (answer.side == BUY).all() and (answer.lots <= 1).all()


# ---- what each one is for -------------------------------------------------------------------------------------------


def test_hold_until_verified_offers_nothing_before_and_as_the_others_after():
    before, after = view(2, changed={"verified": False}), view(2)
    held, plain = STRATEGIES["hold-until-verified"], STRATEGIES["cost-minimising"]
    assert not held(before).lots[before.gap_lots <= 0].any()
    assert (held(before).lots[before.gap_lots > 0] == plain(before).lots[before.gap_lots > 0]).all()
    assert (held(after).lots == plain(after).lots).all() and held(after).lots[after.gap_lots < 0].any()


def test_deadline_driven_waits_and_then_pays_more_the_later_it_is():
    quote = STRATEGIES["deadline-driven"]
    assert not quote(view(2, changed={"sessions_left": 46})).lots.any()
    rich = {"most_cny": np.full(ROWS, 60.0), "gap_lots": np.full(ROWS, 100.0)}
    early, late = (quote(view(2, changed=rich | {"sessions_left": left})) for left in (40, 5))
    assert (late.price_cny > early.price_cny).all()


@pytest.mark.parametrize(("lacks", "marginal"), [(0.0, 48 / 144), (40.0, 1.0), (60.0, 96 / 48)])
def test_a_dominant_firm_feels_marginal_revenue(lacks, marginal):
    """Marginal costs 2a and 4a, 60 to be saved in all: at Hahn's prices of 144, 80 and 48 the firm feels its marginal cost of 48, 80 and 96."""
    price = {0.0: 144.0, 40.0: 80.0, 60.0: 48.0}[lacks]
    found = factor(lambda f: lacks - price * f / 2, np.array([price / 4]))
    assert found == pytest.approx(marginal, abs=1e-4)


def test_speculators_buy_a_rise_and_sell_a_fall():
    quote = STRATEGIES["speculator"]
    memory, rest = np.full((SLOTS, ROWS), 25.0), holding(10) | {"sessions_left": 200}
    up, flat, down = (quote(view(2, changed=rest | {"memory": memory, "last_cny": last})) for last in (27.0, 25.0, 23.0))
    assert (up.side[up.lots > 0] == BUY).all() and up.lots.any()
    assert (down.side[down.lots > 0] == SELL).all() and down.lots.any()
    assert not flat.lots.any()
    full = quote(view(2, changed=holding(300) | {"sessions_left": 200, "memory": memory, "last_cny": 27.0}))
    assert not full.lots.any(), "five orders' worth is the most it holds"


OUTSIDE = {"covered": np.full(ROWS, False), "most_cny": np.full(ROWS, 60.0), "least_cny": np.zeros(ROWS), "draw": np.full(ROWS, 0.5)}


def holding(lots: int) -> dict:
    """What an investor sees who holds so many lots."""
    return OUTSIDE | {"gap_lots": np.full(ROWS, -float(lots)), "sellable_lots": np.full(ROWS, lots), "cash_cny": np.full(ROWS, 1e7)}


def test_a_market_maker_full_of_rights_asks_less_than_one_that_holds_little_and_an_empty_one_bids():
    quote = STRATEGIES["market-maker"]
    far = {"sessions_left": 200}
    empty, little, full = (quote(view(2, changed=holding(lots) | far | {"draw": np.full(ROWS, draw)})) for lots, draw in ((0, 0.5), (60, 0.95), (400, 0.5)))
    assert (empty.side == BUY).all() and (empty.lots == 60).all(), "2 % of the order flow"
    assert (little.side == SELL).all() and (full.side == SELL).all() and (full.price_cny < little.price_cny).all()
    assert (empty.price_cny < 25.0).all() and (full.price_cny >= 25.0 * 0.99).all()


@pytest.mark.parametrize("name", DEALERS)
def test_an_investor_sells_out_before_the_surrender_unless_a_kept_right_is_worth_something(name):
    quote, late = STRATEGIES[name], {"sessions_left": 15, "looks_left": 3.0, "memory": np.full((SLOTS, ROWS), 24.0)}
    bare, ends = (quote(view(2, changed=holding(lots) | late)) for lots in (0, 100))
    assert not bare.lots[bare.side == BUY].any()
    assert (ends.side == SELL).all() and (ends.lots >= 25).all()
    keeps = quote(view(2, changed=holding(0) | late | {"least_cny": np.full(ROWS, 5.0), "last_cny": 26.0}))
    assert keeps.lots[keeps.side == BUY].any()


@pytest.mark.parametrize("name", DEALERS)
def test_a_firm_that_deals_trades_its_own_position_as_the_cost_minimising_one(name):
    own = {"covered": np.full(ROWS, True), "gap_lots": np.where(np.arange(ROWS) % 2, 5000.0, -5000.0)}
    seen = view(2, changed=own | {"sellable_lots": np.full(ROWS, 9000)})
    answer, plain = STRATEGIES[name](seen), STRATEGIES["cost-minimising"](seen)
    assert (answer.side == plain.side).all() and (answer.lots == plain.lots).all() and (answer.price_cny == plain.price_cny).all()


def test_zip_gives_way_when_the_market_is_elsewhere_and_tries_for_more_when_it_is_served():
    quote = STRATEGIES["zero-intelligence-plus"]
    common = {"gap_lots": np.full(ROWS, 100.0), "most_cny": np.full(ROWS, 60.0)}
    memory = np.stack([np.full(ROWS, 20.0), np.zeros(ROWS)])
    for price, moves in ((20.0, 1), (30.0, -1)):
        memory[0] = price
        answer = quote(view(2, changed=common | {"memory": memory}))
        assert (np.sign(answer.price_cny - price) == moves).all()


def test_gd_bids_where_bids_are_taken():
    taken = Tape(side=np.repeat([0.0, 0.0], 20), price_cny=np.repeat([24.0, 26.0], 20), taken=np.repeat([0.0, 1.0], 20))
    common = {"gap_lots": np.full(ROWS, 100.0), "most_cny": np.full(ROWS, 40.0), "tape": taken, "expected_cny": np.full(ROWS, 35.0)}
    assert (STRATEGIES["gjerstad-dickhaut"](view(2, changed=common)).price_cny == 26.0).all()


def test_zi_u_bids_above_what_a_right_is_worth():
    answer = STRATEGIES["zero-intelligence-unconstrained"](view(2, changed={"most_cny": np.full(ROWS, 23.0)}))
    assert ((answer.side == BUY) & (answer.price_cny > 23.0)).any()
