from __future__ import annotations

from pathlib import Path

import pytest

from geo.errors import InstanceKeyError
from geo.inspections.signing.instance import (
    fingerprint,
    instance_fingerprint,
    load_instance_key,
    same_fingerprint,
)


def test_the_key_is_made_once_and_for_the_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "instance.key"
    made = load_instance_key(path).public_key().public_bytes_raw()
    assert load_instance_key(path).public_key().public_bytes_raw() == made
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["instance.key"]
    assert instance_fingerprint(path) == fingerprint(made)


def test_a_fingerprint_is_read_from_paper_in_groups(tmp_path: Path) -> None:
    printed = instance_fingerprint(tmp_path / "instance.key")
    assert len(printed.split()) == 16
    assert same_fingerprint(printed.upper().replace(" ", "-"), printed)
    assert not same_fingerprint(printed[:-1], printed)


def test_a_file_that_is_no_key_is_named(tmp_path: Path) -> None:
    path = tmp_path / "instance.key"
    path.write_text("no key")
    with pytest.raises(InstanceKeyError):
        load_instance_key(path)
