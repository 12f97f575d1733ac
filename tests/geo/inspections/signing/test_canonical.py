from __future__ import annotations

import json

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as some

from geo.inspections.signing.canonical import canonical, digest

WORDS = some.text(max_size=12)
JSON = some.recursive(
    some.none() | some.booleans() | some.integers(-(2**53) + 1, 2**53 - 1) | WORDS
    | some.floats(allow_nan=False, allow_infinity=False),
    lambda one: some.lists(one, max_size=4) | some.dictionaries(WORDS, one, max_size=4),
    max_leaves=20,
)  # fmt: skip


@given(JSON)
def test_the_quick_spelling_is_that_of_rfc_8785(value: object) -> None:
    assert canonical(value) == rfc8785.dumps(value)  # type: ignore[arg-type]


def test_keys_beyond_the_first_plane_are_sorted_by_utf_16() -> None:
    # U+FB33 stands after the surrogates of U+1F600 in code points, before them in UTF-16.
    value = {"\U0001f600": 1, "\ufb33": 2, "界桩": 3, "a": 4}
    assert list(json.loads(canonical(value))) == ["a", "界桩", "\U0001f600", "\ufb33"]


def test_the_example_of_the_standard_is_spelled_as_there() -> None:
    value = {"numbers": [333333333.33333329, 1e30, 4.50, 2e-3, 1e-27], "literals": [None, True]}
    assert canonical(value) == (
        b'{"literals":[null,true],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27]}'
    )


@pytest.mark.parametrize("value", [2**53, float("nan"), float("inf"), "\ud800"])
def test_what_has_no_one_spelling_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r".*"):
        canonical([value])


def test_the_digest_is_that_of_the_spelling() -> None:
    assert digest({}) == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
