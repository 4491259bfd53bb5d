"""Exact parts: they add up to the unit, stay within one unit of their share, and do not overflow."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketsim.policy import exact

BIG = st.lists(st.integers(0, 10**14), min_size=1, max_size=30)


@settings(deadline=None, derandomize=True)
@given(BIG, st.integers(-(10**13), 10**13))
def test_largest_remainder_adds_up_and_keeps_quota(weights, amount):
    if not any(weights):
        weights[0] = 1
    parts = exact.largest_remainder(np.array(weights), amount).tolist()
    assert sum(parts) == amount
    for weight, part in zip(weights, parts, strict=True):
        assert abs(part - Fraction(weight * amount, sum(weights))) < 1
        assert weight or part == 0


@settings(deadline=None, derandomize=True)
@given(BIG, st.integers(0, 10**15))
def test_fit_to_cap_never_raises_anybody(amounts, cap):
    fitted = exact.fit_to_cap(np.array(amounts), cap).tolist()
    assert sum(fitted) == min(sum(amounts), cap)
    assert all(new <= old for new, old in zip(fitted, amounts, strict=True))


@settings(deadline=None, derandomize=True)
@given(st.integers(0, 10**14), st.integers(0, 10**9), st.integers(0, 10**12))
def test_multiply_divide_is_exact(amount, factor, divisor):
    divisor = max(divisor, amount * factor // 2**62)
    found = exact.multiply_divide(np.array([amount]), np.array([factor]), np.array([divisor]))[0]
    assert found == (amount * factor // divisor if divisor else 0)


def test_a_decimal_is_read_as_written():
    assert exact.ratio(0.98) == Fraction(49, 50)
    assert exact.scale(np.array([100]), 0.29)[0] == 29  # 0.29 * 100 is 28.999999999999996 in floats


def test_ties_go_to_the_earlier_row():
    assert exact.largest_remainder(np.array([1, 1, 1]), 100).tolist() == [34, 33, 33]


def test_what_cannot_be_split_is_refused():
    with pytest.raises(ValueError, match="needs a weight"):
        exact.largest_remainder(np.zeros(3, np.int64), 1)
    with pytest.raises(ValueError, match="negative"):
        exact.largest_remainder(np.array([2, -1]), 1)
    with pytest.raises(OverflowError):
        exact.multiply_divide(np.array([2**62]), np.array([4]), np.array([1]))


@settings(deadline=None, derandomize=True)
@given(st.integers(-(10**14), 10**14), st.fractions(-3, 3))
def test_scale_is_exact_with_any_fraction(amount, factor):
    assert exact.scale(np.array([amount]), factor)[0] == amount * factor.numerator // factor.denominator


def test_scale_is_exact_beyond_sixty_four_bits():
    factor = Fraction(10**18 + 1, 10**18)
    assert exact.scale(np.array([4 * 10**18, 7]), factor).tolist() == [4 * 10**18 + 4, 7]
