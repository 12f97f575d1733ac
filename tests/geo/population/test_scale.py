from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from geo.population.scale import ScaledDivision, scale


def test_cells_of_a_division_are_scaled_to_its_official_people() -> None:
    people = np.array([1.0, 3.0, 5.0, 7.0])
    found = scale(people, np.array([0, 0, 1, -1]), {0: 8.0})
    assert found.people.tolist() == [2, 6, 5, 7]
    assert found.divisions[0] == ScaledDivision(raw=4, official=8, scaled=8, factor=2)
    assert found.divisions[1] == ScaledDivision(raw=5, official=None, scaled=5, factor=None)
    assert people.tolist() == [1, 3, 5, 7]


def test_an_official_number_without_anybody_in_the_cells_is_reported() -> None:
    found = scale(np.array([0.0, 2.0]), np.array([0, 1]), {0: 50.0, 7: 9.0})
    assert found.divisions[0] == ScaledDivision(raw=0, official=50, scaled=0, factor=None)
    assert found.divisions[7] == ScaledDivision(raw=0, official=9, scaled=0, factor=None)
    assert sorted(found.divisions) == [0, 1, 7]


def test_nobody_by_the_office_makes_nobody_of_the_cells() -> None:
    found = scale(np.array([1.0, 2.0]), np.array([0, 0]), {0: 0.0})
    assert found.divisions[0] == ScaledDivision(raw=3, official=0, scaled=0, factor=0)


def test_no_cells_at_all_are_an_answer() -> None:
    found = scale(np.empty(0), np.empty(0, dtype=np.int64), {})
    assert (len(found.people), found.divisions) == (0, {})


thousandths = st.integers(0, 500_000).map(lambda number: number / 1000)
"""People of a cell; nobody lives as a 1e-300th part."""


@given(
    st.lists(st.tuples(thousandths, st.integers(-1, 3)), max_size=40),
    st.dictionaries(st.integers(0, 4), st.integers(0, 1_000_000).map(float)),
)
def test_scaled_divisions_have_their_official_people_whatever_the_order(
    cells: list[tuple[float, int]], officials: dict[int, float]
) -> None:
    people = np.array([one for one, _ in cells], dtype=float)
    division = np.array([index for _, index in cells], dtype=np.int32)
    found = scale(people, division, officials)
    turned = scale(people[::-1], division[::-1], officials)
    assert found.divisions == turned.divisions
    assert officials.keys() <= found.divisions.keys()
    for index, one in found.divisions.items():
        assert one.raw == math.fsum(people[division == index])
        if one.factor is not None and one.official is not None:
            assert math.isclose(one.scaled, one.official, rel_tol=1e-12)
