"""Products wider than 64 bits are divided exactly, and what is shared adds up to the unit."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketsim.domain import sharing
from marketsim.domain.sharing import product_over, share_out

WIDE = st.lists(st.integers(-(10**17), 10**17), min_size=1, max_size=20)


@settings(deadline=None, derandomize=True)
@given(WIDE, st.integers(1, 10**15), st.integers(1, 10**15))
def test_wide_products_are_divided_as_whole_numbers_are(amounts, factor, divisor):
    divisor = max(divisor, 10**17 * factor // 2**61)
    found = product_over(np.array(amounts), np.array(factor), np.array(divisor))
    assert found.tolist() == [amount * factor // divisor for amount in amounts]


def test_a_quotient_beyond_int64_is_refused():
    with pytest.raises(OverflowError):
        product_over(np.array([2**60]), np.array(2**10), np.array(3))


@pytest.mark.parametrize("spread", [3, 10**6])
def test_many_rows_are_served_in_the_order_of_few(monkeypatch, spread):
    weights = np.random.default_rng(1).integers(0, spread, (5000, 1))
    quick = share_out(np.array([777_777]), weights)
    monkeypatch.setattr(sharing, "MANY", 10**9)
    assert (quick == share_out(np.array([777_777]), weights)).all() and quick.sum() == 777_777


@settings(deadline=None, derandomize=True)
@given(st.lists(st.integers(0, 10**14), min_size=1, max_size=20).filter(any), st.integers(10**12, 10**17))
def test_wide_totals_are_shared_by_largest_remainder(weights, total):
    whole = sum(weights)
    parts, left = [weight * total // whole for weight in weights], total - sum(weight * total // whole for weight in weights)
    order = sorted(range(len(weights)), key=lambda i: (-(weights[i] * total % whole), -weights[i], i))
    for row in order[:left]:
        parts[row] += 1
    assert share_out(np.array([total]), np.array(weights)[:, None])[:, 0].tolist() == parts
