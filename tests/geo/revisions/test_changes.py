from __future__ import annotations

from threading import Thread

import pytest
from sqlalchemy import Connection

from geo.access.jurisdiction import system_viewer
from geo.db.engine import transaction
from geo.db.ids import new_id
from geo.errors import ChangedMeanwhileError, RevisionMissingError
from geo.revisions.changes import (
    change_object,
    list_changes,
    note_changes,
    read_revision,
    read_revisions,
)
from geo.texts import Text, say
from tests.conftest import Database

VIEWER = system_viewer("test")


def test_revisions_are_counted_from_what_was_seen(conn: Connection) -> None:
    marker = new_id()
    assert read_revision(conn, marker) == 0
    assert change_object(conn, VIEWER, "marker", marker, "marker_own", seen=0, side="东岭县") == 1
    assert change_object(conn, VIEWER, "marker", marker, "marker_own", seen=1, side="东岭县") == 2
    assert [one.revision for one in list_changes(conn, marker)] == [2, 1]


def test_a_change_needs_the_revision_and_an_addition_does_not(conn: Connection) -> None:
    marker = new_id()
    with pytest.raises(RevisionMissingError):
        change_object(conn, VIEWER, "marker", marker, "marker_own", seen=None, side="东岭县")
    added = change_object(
        conn, VIEWER, "marker", marker, "marker_own", seen=None, needs_seen=False, side="东岭县"
    )
    assert added == 1


def test_who_saw_an_older_one_is_told_every_change_since(conn: Connection) -> None:
    line = new_id()
    for side in ("东岭县", "西川县"):
        change_object(
            conn, VIEWER, "line", line, "marker_own", seen=None, needs_seen=False, side=side
        )
    with pytest.raises(ChangedMeanwhileError) as refused:
        change_object(conn, VIEWER, "line", line, "marker_own", seen=1, side="东岭县")
    told = refused.value.facts["told"]
    assert "西川县更新本方登记（system:test，" in say(told, "zh")
    assert "东岭县" not in say(told, "zh")


def test_words_of_a_change_are_said_in_either_language(conn: Connection) -> None:
    marker = new_id()
    step = Text("marker_event.lost")
    change_object(conn, VIEWER, "marker", marker, "marker_event", seen=0, step=step)
    words = list_changes(conn, marker)[0].in_words()
    assert (say(words, "zh"), say(words, "en")) == ("记录“发现丢失”", "recorded: found lost")


def test_many_objects_are_counted_at_once(conn: Connection) -> None:
    first, second = new_id(), new_id()
    note_changes(conn, "system:test", "marker", [first, second], "marker_import", source="册")
    note_changes(conn, "system:test", "marker", [first], "marker_import", source="册")
    assert read_revisions(conn, [first, second]) == {first: 2, second: 1}
    note_changes(conn, "system:test", "marker", [], "marker_import", source="册")


def test_of_two_who_write_at_once_the_second_is_refused(database: Database) -> None:
    marker = new_id()
    refused: list[Exception] = []

    def write() -> None:
        try:
            with transaction(database.engine, "system:test") as conn:
                change_object(conn, VIEWER, "marker", marker, "marker_own", seen=0, side="东岭县")
        except ChangedMeanwhileError as error:
            refused.append(error)

    writers = [Thread(target=write) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(refused) == 3
    with transaction(database.engine, "system:test") as conn:
        assert read_revision(conn, marker) == 1
