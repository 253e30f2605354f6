"""Histograms tell quantiles within their stated error, however they were added up."""

from __future__ import annotations

import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.histograms import (
    LARGEST_BUCKET,
    RELATIVE_ERROR,
    added_up,
    bucket_of,
    quantile,
    value_in,
)

values = st.integers(0, 10**12)


@given(values)
def test_a_bucket_stands_for_its_values_within_the_error(value: int) -> None:
    assert abs(value_in(bucket_of(value)) - value) <= RELATIVE_ERROR * value * (1 + 1e-9)


@given(values, values)
def test_larger_values_fall_in_no_earlier_bucket(one: int, other: int) -> None:
    assert (bucket_of(one) <= bucket_of(other)) or one > other


@given(st.lists(values, min_size=1, max_size=50), st.floats(0, 1))
def test_a_quantile_is_within_the_error_of_the_exact_one(found: list[int], q: float) -> None:
    told = quantile(Counter(map(bucket_of, found)), q)
    exact = sorted(found)[math.floor(q * (len(found) - 1))]
    assert told is not None
    assert abs(told - exact) <= RELATIVE_ERROR * exact * (1 + 1e-9)


@given(st.lists(st.lists(values, max_size=20), max_size=5))
def test_added_up_they_are_the_histogram_of_all(parts: list[list[int]]) -> None:
    together = Counter(bucket_of(value) for part in parts for value in part)
    assert added_up(*(Counter(map(bucket_of, part)) for part in parts)) == together


def test_nothing_has_no_quantile() -> None:
    assert quantile({}, 0.5) is None


def test_there_is_an_end_to_buckets() -> None:
    assert bucket_of(10**40) == LARGEST_BUCKET
    assert bucket_of(10**17) < LARGEST_BUCKET


def test_beyond_the_last_value_there_is_none() -> None:
    with pytest.raises(ValueError, match="not a quantile"):
        quantile({1: 1}, 1.1)
