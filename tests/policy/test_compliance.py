"""Surrender: the two identities hold for any firm, and each limit and penalty does what it says."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from marketsim.policy.compliance import Obligations, surrender
from marketsim.policy.compliance.credit_record import Parameters as CreditParameters
from marketsim.policy.compliance.credit_record import Record
from marketsim.policy.compliance.credit_record import apply as credit

AMOUNT = st.integers(0, 10**13)
SHARE = st.floats(0, 1)


def obligations(use, held, **more) -> Obligations:
    columns = {name: np.array([more.get(name, 0)]) for name in ("owed", "offsets", "allocation", "borrowable")}
    return Obligations(use=np.array([use]), held=np.array([held]), mean_price_fen_per_lot=more.get("price", 3000),
                       lot_base=1000, **columns)


@settings(deadline=None, derandomize=True)
@given(AMOUNT, AMOUNT, AMOUNT, AMOUNT, AMOUNT, AMOUNT, SHARE, st.none() | SHARE, SHARE)
def test_every_unit_is_accounted_for(use, owed, held, offsets, allocation, borrowable, limit, bank, borrow):
    parameters = surrender.Parameters(offset_limit=limit, bank_limit=bank, borrow_limit=borrow)
    done = surrender.apply(parameters, obligations(
        use, held, owed=owed, offsets=offsets, allocation=allocation, borrowable=borrowable))
    assert done.due == use + owed == done.offsets_used + done.surrendered + done.borrowed + done.shortfall
    assert held == done.surrendered + done.bank_allowed + done.cancelled
    for name in ("offsets_used", "surrendered", "borrowed", "shortfall", "bank_allowed", "cancelled", "fine_fen"):
        assert getattr(done, name) >= 0
    assert done.offsets_used <= offsets and done.offsets_used <= use
    assert done.shortfall == 0 or done.surrendered == held, "nobody is short who still holds a right"
    assert (done.barred_years > 0) == (done.shortfall > 0)


def test_offsets_count_up_to_a_tenth_of_use():
    done = surrender.apply(surrender.Parameters(), obligations(1000, 880, offsets=500))
    assert (done.offsets_used[0], done.surrendered[0], done.shortfall[0]) == (100, 880, 20)


def test_energy_use_rights_are_bought_back_at_three_times_the_price_up_to_the_ceiling():
    parameters = surrender.Parameters(
        deduction_multiple=0, price_multiple=3, price_ceiling_cny_per_lot=300, bank_limit=0.1, offset_limit=0)
    short = surrender.apply(parameters, obligations(10_000, 4_000, price=4500))
    assert short.fine_fen[0] == 6 * 13_500 and short.next_year_deduction[0] == 0
    assert surrender.apply(parameters, obligations(10_000, 4_000, price=45_000)).fine_fen[0] == 6 * 30_000
    over = surrender.apply(parameters, obligations(1_000, 5_000, allocation=10_000))
    assert (over.bank_allowed[0], over.cancelled[0]) == (1_000, 3_000)


def test_a_fine_is_rounded_up_to_a_whole_fen():
    parameters = surrender.Parameters(deduction_multiple=0, fine_cny_per_lot=0.01)
    assert surrender.apply(parameters, obligations(1, 0)).fine_fen[0] == 1


def test_national_obligation_ends_a_fifth_above_the_free_amount():
    parameters = surrender.Parameters(obligation_above_free=0.2, offset_limit=0.05)
    assert surrender.apply(parameters, obligations(1000, 0, allocation=600)).due[0] == 800
    assert surrender.apply(parameters, obligations(1000, 0, allocation=950)).due[0] == 1000
    gas = surrender.Parameters(obligation_above_free=0.0)
    assert surrender.apply(gas, obligations(1000, 0, allocation=700)).due[0] == 700


def test_borrowing_is_paid_back_with_interest():
    parameters = surrender.Parameters(borrow_limit=0.1, borrow_interest=0.05)
    done = surrender.apply(parameters, obligations(1000, 900, borrowable=1000))
    assert (done.borrowed[0], done.shortfall[0], done.next_year_deduction[0]) == (100, 0, 105)


def test_a_default_in_one_market_counts_everywhere_only_where_the_flag_is_on():
    record = Record(score=np.array([5000, 9000]), due=np.array([[100, 100], [50, 50]]),
                    shortfall=np.array([[50, 0], [0, 0]]))
    assert credit(CreditParameters(), record).barred.tolist() == [[True, False], [True, False]]
    assert credit(CreditParameters(everywhere=False), record).barred.tolist() == [[True, False], [False, False]]
