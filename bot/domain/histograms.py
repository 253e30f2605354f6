"""Histograms that can be added up over weeks, teams and repositories, with a stated error.

Buckets grow by a constant factor, as in DDSketch (Masson, Rim, Lee: DDSketch, VLDB 2019): whatever
falls into one is told within `RELATIVE_ERROR` of what it was, however large. The library `ddsketch`
does not fit: it cannot take a value out again, and its sketches cannot be added up inside SQL.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping
from itertools import accumulate

RELATIVE_ERROR = 0.02
_GROWTH = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR)
_LOG_GROWTH = math.log(_GROWTH)

LARGEST_BUCKET = 999
"""Room for values up to 10^17: more than any time in seconds, or any number of lines."""


def bucket_of(value: int) -> int:
    """The bucket that a value (zero or more) falls in: 0 is for zero alone, 1 for one alone."""
    if value <= 0:
        return 0
    return min(LARGEST_BUCKET, 1 + math.ceil(math.log(value) / _LOG_GROWTH))


def value_in(bucket: int) -> float:
    """What stands for all values of a bucket: none is further away than RELATIVE_ERROR of itself."""
    if bucket <= 0:
        return 0.0
    return 2 * _GROWTH ** (bucket - 1) / (_GROWTH + 1)


def quantile(counts: Mapping[int, int], q: float) -> float | None:
    """The value at quantile `q` (0 to 1) of a histogram, within RELATIVE_ERROR; None: it is empty.

    It is that of rank floor(q * (n - 1)) counted from zero, as in DDSketch: a value that was there,
    not one in between. `counts` says how many values fall in each bucket.
    """
    if not 0 <= q <= 1:
        raise ValueError(f"not a quantile: {q}")
    buckets = sorted(counts)
    until = list(accumulate(counts[bucket] for bucket in buckets))
    if not until or not until[-1]:
        return None
    return value_in(buckets[bisect_right(until, math.floor(q * (until[-1] - 1)))])


def added_up(*histograms: Mapping[int, int]) -> dict[int, int]:
    """The histogram of all values together: the same as if it had been made of all of them."""
    total: dict[int, int] = {}
    for histogram in histograms:
        for bucket, count in histogram.items():
            total[bucket] = total.get(bucket, 0) + count
    return total
