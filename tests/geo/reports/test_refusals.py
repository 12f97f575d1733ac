from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from geo.errors import ReceiptRefusedError
from geo.reports.packages import Package, PackageItem
from geo.reports.refusals import read_refusals

SOME = UUID(int=1)
FOUND = Package(
    id=SOME, platform="shandong", number=1, division_id=None, division=None, sha256="", counts={},
    state="made", receipt=None, actor_name="甲", created_at=datetime(2026, 1, 1, tzinfo=UTC),
)  # fmt: skip
STONE = PackageItem(
    object_id=SOME, object_kind="marker", key="k1", name="238184I", what="new", accepted=None,
    reason=None,
)  # fmt: skip
ITEMS = [
    STONE,
    replace(STONE, key="k2", name="001"),
    replace(STONE, key="k3", name="001"),
    replace(STONE, key="k4", name=None),
]


def test_a_refused_row_is_named_as_people_name_it_or_by_its_key() -> None:
    typed = "238184I 缺 近照\r\n\r\nk2，坐标有误\nk4\t重报"
    assert read_refusals(FOUND, ITEMS, typed) == {"k1": "缺 近照", "k2": "坐标有误", "k4": "重报"}


def test_a_name_of_several_rows_is_refused_and_its_key_is_not() -> None:
    with pytest.raises(ReceiptRefusedError) as refused:
        read_refusals(FOUND, ITEMS, "001 坐标有误")
    assert "001" in str(refused.value.facts["reason"])


def test_what_is_no_row_stays_as_it_was_typed_and_a_missing_reason_is_empty() -> None:
    assert read_refusals(FOUND, ITEMS, "别的\nk3") == {"别的": "", "k3": ""}
