from __future__ import annotations

import random
from math import fsum, inf, nan

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from geo.coverage.people import _quantiles, _sum

numbers = st.lists(st.floats(0, 1e7, allow_subnormal=False), min_size=1, max_size=60)
orders = numbers.flatmap(lambda some: st.tuples(st.just(some), st.permutations(some)))


@given(orders)
def test_a_sum_is_the_same_in_any_order(both: tuple[list[float], list[float]]) -> None:
    people, shuffled = both
    assert _sum(np.array(people)) == _sum(np.array(shuffled)) == fsum(people)


def test_quantiles_count_people_and_not_cells() -> None:
    found = _quantiles(np.array([1.0, 1.0, 98.0]), np.array([1.0, 2.0, 30.0]))
    assert found == {"p25": 30.0, "p50": 30.0, "p75": 30.0, "p90": 30.0}


def test_who_cannot_get_there_has_no_minutes() -> None:
    found = _quantiles(np.array([60.0, 40.0]), np.array([5.0, inf]))
    assert found == {"p25": 5.0, "p50": 5.0, "p75": None, "p90": None}


def test_without_streets_or_people_there_are_no_quantiles() -> None:
    assert _quantiles(np.array([3.0]), np.array([nan])) is None
    assert _quantiles(np.array([0.0]), np.array([5.0])) is None
    assert _quantiles(np.array([]), np.array([])) is None


@given(st.integers(1, 50), st.randoms(use_true_random=False))
def test_a_quantile_is_the_least_time_within_which_that_share_walks(
    size: int, chance: random.Random
) -> None:
    people = np.array([chance.uniform(0.1, 9) for _ in range(size)])
    minutes = np.array([chance.choice([1.0, 2.0, 3.0, 7.5]) for _ in range(size)])
    found = _quantiles(people, minutes)
    assert found is not None
    for share, name in ((0.25, "p25"), (0.5, "p50"), (0.75, "p75"), (0.9, "p90")):
        value = found[name]
        assert value is not None
        assert people[minutes <= value].sum() >= share * people.sum() * (1 - 1e-9)
        assert people[minutes < value].sum() < share * people.sum() * (1 + 1e-9)
