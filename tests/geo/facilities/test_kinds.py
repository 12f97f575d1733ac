from __future__ import annotations

import pytest

from geo.errors import OptionInvalidError
from geo.facilities.kinds import ALIASES, KINDS, find_kind, read_kind
from geo.texts import LANGS, text


@pytest.mark.parametrize("key", list(KINDS))
def test_a_kind_is_found_by_its_key_and_by_its_name_in_both_languages(key: str) -> None:
    for name in (key, key.upper(), *(text(f"kind.{key}", lang) for lang in LANGS)):
        assert find_kind(name) is KINDS[key]


def test_every_group_has_its_name_and_every_kind_its_own_symbol() -> None:
    for kind in KINDS.values():
        assert text(f"kind_group.{kind.group}")
    symbols = [kind.symbol for kind in KINDS.values()]
    assert len(set(symbols)) == len(symbols)


def test_an_other_name_stands_for_one_kind_only() -> None:
    names = [name for more in ALIASES.values() for name in more]
    names += [text(f"kind.{key}", lang) for key in KINDS for lang in LANGS]
    assert len(set(names)) == len(names)
    assert find_kind("社工站") is KINDS["social_work_station"]
    assert find_kind(" ＨＯＳＰＩＴＡＬ ") is KINDS["hospital"]


def test_what_stands_in_private_homes_is_marked() -> None:
    private = {kind.key for kind in KINDS.values() if kind.private_home}
    assert private == {"hope_cabin", "home_care_bed", "home_adaptation"}


def test_an_unknown_kind_is_answered_with_those_like_it() -> None:
    with pytest.raises(OptionInvalidError) as caught:
        read_kind("养老员")
    allowed = [str(one) for one in caught.value.facts["allowed"]]  # type: ignore[attr-defined]
    assert allowed[0] == "养老院（care_home）"
    with pytest.raises(OptionInvalidError) as caught:
        read_kind("castle")
    assert caught.value.facts["allowed"] == list(KINDS)
