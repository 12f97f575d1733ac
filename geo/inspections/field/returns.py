"""Read a return file (回传文件) of a neighbour without accounts: all of it, or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from uuid import UUID, uuid5

from sqlalchemy import Connection, Text, cast, func, insert, select

from geo.access.jurisdiction import Viewer
from geo.access.tables import app_user
from geo.db.ids import new_id
from geo.errors import (
    GuestRefusedError,
    InputError,
    OptionInvalidError,
    RecordRefusedError,
    ReturnHasErrorsError,
)
from geo.exchange.findings import Finding
from geo.files.recognise import XLSX, recognise
from geo.files.store import hash_file, keep_file
from geo.inspections.facts import Inspection, Party, Subject
from geo.inspections.feed import tell
from geo.inspections.field.record_checks import RecordFacts
from geo.inspections.field.records import Put, put_record, require_recording
from geo.inspections.field.return_form import DAY, KNOWN, LAT, LON, NOTE, RESULT
from geo.inspections.field.return_rows import (
    Row,
    find_wrong,
    read_book,
    read_facts,
    refuse_file,
    tell_cell,
)
from geo.inspections.parties import find_party, require_party
from geo.inspections.read import lock_inspection
from geo.inspections.tables import inspection_return
from geo.texts import Text as Words

FIELDS = {"at": DAY, "state": RESULT, "note": NOTE, "lon": LON, "lat": LAT, "lon/lat": LON}
"""The column of what a record's own check names."""
row_of = inspection_return.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """A return file as it was read in; ``already`` says that it was in before, nothing changed."""

    id: UUID
    division_id: UUID
    file_sha256: str
    records: int
    actor_name: str
    at: datetime
    already: bool = False


def read_return(  # noqa: PLR0913 - who gives which file for whom, and when
    conn: Connection,
    viewer: Viewer,
    found: Inspection,
    path: Path,
    *,
    name: str,
    side: str | None,
    files: Path,
    today: date,
    now: datetime,
) -> Return:
    """Take the records of a return file in the name of its side; once, however often it is given.

    A later file of the same side gives new versions of the records of the first.

    Parameters
    ----------
    name
        The sender's name of the file, for messages.
    side
        Whose file it is to be; None takes the side it says.

    Raises
    ------
    ReturnRefusedError, FileRefusedError
        If it is no return file, of another inspection, or of another side.
    ReturnHasErrorsError
        With a finding for each cell that cannot be; nothing is written then.
    NotPartyError, GuestRefusedError
        Unless the viewer acts for the side, or the side takes part by paper.
    RecordsClosedError
    """
    if recognise(path, name) is not XLSX:
        raise refuse_file(name, "no_form")
    told, rows = read_book(path, name)
    party = _require_file(conn, viewer, found, told, name=name, side=side, today=today)
    state = lock_inspection(conn, found.id)
    known = find_return(conn, found, hash_file(path))
    if known is not None:
        return known
    require_recording(state)
    records = _records(found, party, rows)
    if not records:
        raise refuse_file(name, "nothing_filled_in")
    with conn.begin_nested():
        done = _put_all(conn, viewer, found, party, records, today=today, now=now)
    kept = keep_file(conn, path, files)
    conn.execute(
        insert(inspection_return).values(
            id=new_id(),
            inspection_id=found.id,
            division_id=party.id,
            file_sha256=kept.sha256,
            records=len(done),
            actor=viewer.actor,
        )
    )
    changed = sum(not one.replayed for one in done)
    tell(conn, viewer, found.id, "return_read", party.id, party=party.name, count=changed)
    return next(one for one in list_returns(conn, found) if one.file_sha256 == kept.sha256)


def list_returns(conn: Connection, found: Inspection) -> list[Return]:
    """List the return files of an inspection in the order they were read in."""
    rows = conn.execute(
        select(
            row_of.id, row_of.division_id, row_of.file_sha256, row_of.records, row_of.at,
            func.coalesce(app_user.c.name, row_of.actor).label("actor_name"),
        )
        .outerjoin(app_user, cast(app_user.c.id, Text) == row_of.actor)
        .where(row_of.inspection_id == found.id)
        .order_by(row_of.at, row_of.id)
    ).mappings()  # fmt: skip
    return [Return(**row) for row in rows]


def find_return(conn: Connection, found: Inspection, sha256: str) -> Return | None:
    """Return the reading of a file that was in before; None for a new one."""
    for one in list_returns(conn, found):
        if one.file_sha256 == sha256:
            facts = {name: getattr(one, name) for name in Return.__dataclass_fields__}
            return Return(**{**facts, "already": True})
    return None


def _require_file(
    conn: Connection,
    viewer: Viewer,
    found: Inspection,
    told: Mapping[str, str],
    *,
    name: str,
    side: str | None,
    today: date,
) -> Party:
    """Return the side of a file, after refusing one of another inspection or side."""
    if told["inspection"] != str(found.id):
        raise refuse_file(name, "other_inspection")
    of_file = next((one for one in found.parties if one.code == told["side"]), None)
    if of_file is None or (side is not None and find_party(found, side) != of_file):
        wanted = find_party(found, side).name if side is not None else Words("reason.not_given")
        raise refuse_file(name, "other_side", side=told["side"], wanted=wanted)
    return require_filler(conn, viewer, found, of_file.code, today=today)


def require_filler(
    conn: Connection, viewer: Viewer, found: Inspection, side: str, *, today: date
) -> Party:
    """Return the side whose form the viewer may make and read in.

    Raises
    ------
    NotPartyError, GuestRefusedError
        Unless the viewer acts for the side, or the side takes part by paper.
    OptionInvalidError
    """
    what = Words("doing.read_return", {"party": find_party(found, side).name})
    acting = require_party(conn, viewer, found, side, what=what, today=today)
    if acting.via == "contractor":
        raise GuestRefusedError(reason=Words("reason.contractor_papers"))
    return acting.party


def _records(
    found: Inspection, party: Party, rows: Sequence[Row]
) -> list[tuple[Row, Subject, RecordFacts]]:
    """Return what the rows say.

    Raises
    ------
    ReturnHasErrorsError
    """
    read: list[tuple[Row, Subject, RecordFacts]] = []
    findings: list[Finding] = []
    seen: set[UUID] = set()
    for row in rows:
        subject = _subject(found, party, row)
        wrong = [] if subject is None else list(find_wrong(row))
        if subject is None:
            wrong = [tell_cell(row, KNOWN[row.kind][2], Words("allowed.return_subject"))]
        elif subject.id in seen:
            wrong = [tell_cell(row, KNOWN[row.kind][2], Words("allowed.return_once"))]
        elif not wrong:
            read.append((row, subject, read_facts(row, subject, party)))
        findings += wrong
        if subject is not None:
            seen.add(subject.id)
    if findings:
        raise ReturnHasErrorsError(errors=len(findings), findings=findings)
    return read


def _subject(found: Inspection, party: Party, row: Row) -> Subject | None:
    """Return what a row is of; None where its id or its name was changed, or it is another's."""
    try:
        subject = found.subject(row.kind, UUID(str(row.cells.get("编号"))))
    except ValueError:
        return None
    if subject is None or party.id not in subject.sides:
        return None
    return subject if str(row.cells.get(KNOWN[row.kind][2])) == subject.label else None


def _put_all(
    conn: Connection,
    viewer: Viewer,
    found: Inspection,
    party: Party,
    records: Sequence[tuple[Row, Subject, RecordFacts]],
    *,
    today: date,
    now: datetime,
) -> list[Put]:
    """Put the records of a file; what the record's own checks refuse is a finding of its row."""
    done: list[Put] = []
    findings: list[Finding] = []
    for row, subject, facts in records:
        # The same record however often a corrected file comes: a new version, never a second one.
        record_id = uuid5(found.id, f"return {party.id} {subject.kind} {subject.id}")
        try:
            done.append(
                put_record(
                    conn, viewer, found, record_id, facts, today=today, now=now, via="return_file"
                )
            )
        except (RecordRefusedError, OptionInvalidError) as error:
            findings.append(_refused_row(row, error))
    if findings:
        raise ReturnHasErrorsError(errors=len(findings), findings=findings)
    return done


def _refused_row(row: Row, error: InputError) -> Finding:
    facts = error.facts
    field = str(facts.get("field", facts.get("option")))
    allowed = facts.get("reason", facts.get("allowed"))
    head = FIELDS.get(field.removeprefix("position."), field)
    told = (
        allowed
        if isinstance(allowed, str | Words)
        else Words("reason.one_of", {"allowed": allowed})
    )
    return tell_cell(row, head, told)
