from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Connection, select

from geo.access.jurisdiction import public_viewer
from geo.boundaries import above
from geo.boundaries.find import LineFilter, find_line_ids, find_lines
from geo.boundaries.patterns import check_words
from geo.boundaries.record import (
    RecordFacts,
    RecordPut,
    list_records,
    printed_length,
    put_record,
    read_record,
)
from geo.db.metadata import metadata
from geo.db.tables import audit_log
from geo.divisions.apply import Source
from geo.errors import (
    ChangedMeanwhileError,
    LineInvalidError,
    LineUnknownError,
    OutsideJurisdictionError,
    RevisionMissingError,
    RoleMissingError,
)
from geo.exchange.findings import Finding
from geo.files.attach import attach_file
from geo.office import office, set_office
from geo.texts import say
from tests.geo.boundaries.drawn import VIEWER, account, draw_country, id_of, line_of
from tests.geo.divisions.given import FROM, TODAY
from tests.geo.files.papers import PDF, write

LATER = date(2024, 5, 1)
SAID = RecordFacts(
    code="0211",
    name="泰岱线",
    official_length_km=19.8,
    length_basis="agreement",
    length_document="鲁民〔2003〕12号",
    length_dated=date(2003, 6, 1),
    approved_by="山东省人民政府",
)


@pytest.fixture(autouse=True)
def _country(conn: Connection) -> None:
    draw_country(conn)


def write_record(
    conn: Connection, facts: RecordFacts = SAID, seen: int | None = 0, **changed: object
) -> RecordPut:
    options = {"valid_from": FROM, "source": Source(name="test"), "viewer": VIEWER} | changed
    viewer = options.pop("viewer")
    return put_record(conn, viewer, line_of(conn, "A", "B"), facts, seen=seen, **options)  # type: ignore[arg-type]


def rules(findings: list[Finding]) -> list[str]:
    return sorted(one.rule for one in findings)


def test_a_record_is_added_changed_and_corrected_and_nothing_is_lost(conn: Connection) -> None:
    line = line_of(conn, "A", "B")
    assert read_record(conn, line, TODAY) is None
    assert write_record(conn).what == "added"
    renamed = replace(SAID, name="泰山岱岳线")
    assert write_record(conn, renamed, 1, valid_from=LATER).what == "changed"
    again = replace(renamed, note="补录")
    assert write_record(conn, again, 2, valid_from=LATER).what == "corrected"
    assert write_record(conn, again, 3, valid_from=LATER).what == "unchanged"
    first, second = list_records(conn, line)
    assert (first.name, first.valid_from, first.valid_to) == ("泰岱线", FROM, LATER)
    assert (second.name, second.note, second.version) == ("泰山岱岳线", "补录", 2)
    before = read_record(conn, line, date(2024, 4, 30))
    assert before is not None
    assert before.name == "泰岱线"


def test_a_correction_amends_the_version_with_its_reason(conn: Connection) -> None:
    write_record(conn)
    right = replace(SAID, official_length_km=20.1)
    done = write_record(conn, right, 1, valid_from=TODAY, corrects="录入错误")
    assert done.what == "corrected"
    (only,) = list_records(conn, line_of(conn, "A", "B"))
    assert (only.official_length_km, only.valid_from) == (20.1, FROM)
    log = audit_log.c
    reasons = conn.execute(
        select(log.reason).where(log.table_name == "boundary_line_record", log.action == "update")
    ).scalars()
    assert list(reasons) == ["录入错误"]


def test_a_writer_who_has_not_seen_the_newest_is_told_who_changed_what(conn: Connection) -> None:
    write_record(conn)
    with pytest.raises(RevisionMissingError):
        write_record(conn, seen=None)
    with pytest.raises(ChangedMeanwhileError) as caught:
        write_record(conn, replace(SAID, note="b"), 0)
    (change,) = caught.value.facts["changes"]  # type: ignore[misc]
    assert say(change["what"]) == "修改界线登记，自 2020-01-01 起"  # type: ignore[has-type]
    assert change["actor"] == "system:test"  # type: ignore[has-type]


def test_only_an_editor_of_both_sides_writes_the_record(conn: Connection) -> None:
    one = account(conn, "one", ("editor", "370902"))
    with pytest.raises(OutsideJurisdictionError):
        write_record(conn, viewer=one)
    reader = account(conn, "reader", ("viewer", "370900"))
    with pytest.raises(RoleMissingError):
        write_record(conn, viewer=reader)
    both = account(conn, "both", ("editor", "370900"))
    assert write_record(conn, viewer=both).what == "added"


@pytest.mark.parametrize(
    ("facts", "rule"),
    [
        ({"official_length_km": -3.0}, "line_length_invalid"),
        ({"official_length_km": float("nan")}, "line_length_invalid"),
        ({"length_basis": "hearsay"}, "length_basis_unknown"),
        ({"length_document": None}, "line_length_without_document"),
        ({"length_basis": None}, "line_length_without_document"),
    ],
)
def test_a_length_without_sense_or_document_is_refused(
    conn: Connection, facts: dict[str, object], rule: str
) -> None:
    with pytest.raises(LineInvalidError) as caught:
        write_record(conn, replace(SAID, **facts))  # type: ignore[arg-type]
    assert rule in rules(caught.value.facts["findings"])  # type: ignore[arg-type]
    assert read_record(conn, line_of(conn, "A", "B"), TODAY) is None


def test_an_official_length_far_from_the_shape_is_a_finding_and_is_printed(
    conn: Connection,
) -> None:
    line = line_of(conn, "A", "B")
    computed = find_lines(conn, VIEWER, TODAY, LineFilter(query=str(line))).items[0].line.length_km
    near = replace(SAID, official_length_km=computed * 1.01)
    assert rules(write_record(conn, near).findings) == []
    far = replace(SAID, official_length_km=computed * 1.05)
    found = write_record(conn, far, 1).findings
    assert rules(found) == ["line_length_differs"]
    assert f"{computed:.3f} km" in found[0].message("zh")
    record = read_record(conn, line, TODAY)
    printed = printed_length(record, computed)
    assert printed.km == pytest.approx(computed * 1.05)
    assert (printed.basis, printed.document) == ("agreement", "鲁民〔2003〕12号")
    assert printed_length(None, computed).basis == "computed"
    set_office(conn, VIEWER, "lines.length_difference_percent", 10)
    assert rules(write_record(conn, replace(far, note="x"), 2).findings) == []


@pytest.mark.parametrize(
    ("code", "name", "found"),
    [
        ("3237", "苏鲁线", []),
        ("0211", "砀山县—萧县行政区域界线", []),
        ("370902370911", None, []),
        ("32A7", "苏鲁", ["line_code_unusual", "line_name_unusual"]),
        (None, "Border 7", ["line_name_unusual"]),
    ],
)
def test_codes_and_names_are_compared_with_the_forms_and_never_refused(
    conn: Connection, code: str | None, name: str | None, found: list[str]
) -> None:
    assert rules(check_words(code, name, "county", office(conn))) == found
    assert write_record(conn, replace(SAID, code=code, name=name)).what == "added"


def test_an_office_decides_which_forms_count(conn: Connection) -> None:
    set_office(conn, VIEWER, "lines.code_forms", "two_counties")
    assert rules(check_words("3237", None, "county", office(conn))) == ["line_code_unusual"]


def test_lines_are_found_by_code_name_sides_and_id(conn: Connection) -> None:
    write_record(conn)
    line = line_of(conn, "A", "B")
    for query in ("0211", "泰岱", "泰山区 岱岳区", "泰山区—岱岳区", "370902 370911", str(line)):
        assert [
            one.line.id for one in find_lines(conn, VIEWER, TODAY, LineFilter(query=query)).items
        ] == [line], query
    assert find_lines(conn, VIEWER, TODAY, LineFilter(query="100%_")).total == 0
    assert find_lines(conn, VIEWER, TODAY, LineFilter(code="0211")).total == 1
    assert find_lines(conn, VIEWER, TODAY, LineFilter(code="021")).total == 0
    assert find_line_ids(conn, "0211") == [line] == find_line_ids(conn, str(line))
    assert find_line_ids(conn, "nothing") == [] == find_line_ids(conn, str(uuid4()))


def test_lines_are_filtered_and_paged_and_their_lengths_added(conn: Connection) -> None:
    write_record(conn)
    every = find_lines(conn, VIEWER, TODAY)
    assert (every.total, every.official) == (len(every.items), 1)
    ours = next(one for one in every.items if one.record)
    assert every.printed_km == pytest.approx(every.length_km - ours.line.length_km + 19.8)
    city = id_of(conn, "370900")
    assert find_lines(conn, VIEWER, TODAY, LineFilter(within=city)).total == 3
    beside = find_lines(conn, VIEWER, TODAY, LineFilter(beside=city)).total
    touching = find_lines(conn, VIEWER, TODAY, LineFilter(touching=city)).total
    assert beside == touching + 3
    assert find_lines(conn, VIEWER, TODAY, LineFilter(missing=True)).total == every.total - 1
    assert find_lines(conn, VIEWER, TODAY, LineFilter(level="province")).total == sum(
        one.line.level == "province" for one in every.items
    )
    first = find_lines(conn, VIEWER, TODAY, limit=2)
    rest = find_lines(conn, VIEWER, TODAY, after=first.next or "~")
    assert [*first.items, *rest.items] == every.items
    assert rest.next is None


def test_what_hangs_on_a_line_is_counted_for_its_own_people_only(
    conn: Connection, tmp_path: Path
) -> None:
    line = line_of(conn, "A", "B")
    path = write(tmp_path, "upload", PDF)
    attach_file(
        conn, VIEWER, path, files=tmp_path, object_kind="line", object_id=line, kind="agreement",
        name="协议.pdf",
    )  # fmt: skip
    side = account(conn, "side", ("viewer", "370902"))
    (found,) = find_lines(conn, side, TODAY, LineFilter(query=str(line))).items
    assert (found.documents, found.markers) == (1, 0)
    assert find_lines(conn, public_viewer(demo_open=True), TODAY).total == 0


def test_an_unknown_line_has_no_record(conn: Connection) -> None:
    with pytest.raises(LineUnknownError):
        put_record(conn, VIEWER, uuid4(), SAID, valid_from=FROM, source=Source(name="test"), seen=0)


def test_the_columns_named_lightly_are_those_of_the_real_table() -> None:
    real = {column.name for column in metadata.tables["marker_on_line"].columns}
    assert {column.name for column in above.marker_on_line.columns} <= real
