"""What agreement and approval say of a line: code, name, official length, papers; in versions."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Select, func, select, update

from geo.access.jurisdiction import Viewer, require_role
from geo.boundaries.patterns import check_words
from geo.boundaries.sides import Sides, read_sides
from geo.boundaries.tables import LENGTH_BASES, boundary_line_record
from geo.db.engine import give_reason
from geo.db.sql import any_uuid
from geo.db.versions import Put, put_versions
from geo.divisions.apply import Source
from geo.errors import LineInvalidError, LineNotThenError
from geo.exchange.findings import Finding
from geo.office import Office, office
from geo.revisions.changes import change_object
from geo.texts import Text

record = boundary_line_record.c
LONGEST_KM = 10_000.0
"""No line between two provinces has half of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFacts:
    """What is written of a line.

    ``code`` and ``name`` are text as the agreement or the list has them. ``official_length_km``
    stands in a paper, ``length_document`` of ``length_dated``: the agreement itself (``agreement``)
    or a list that was published (``published_list``).
    """

    code: str | None = None
    name: str | None = None
    official_length_km: float | None = None
    length_basis: str | None = None
    length_document: str | None = None
    length_dated: date | None = None
    begins_at: str | None = None
    ends_at: str | None = None
    settled_on: date | None = None
    approved_by: str | None = None
    approval_document: str | None = None
    approved_on: date | None = None
    published_by: str | None = None
    published_on: date | None = None
    disputed: bool = False
    note: str | None = None


FACTS = tuple(field.name for field in fields(RecordFacts))


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRecord(RecordFacts):
    """A version of it in ``[valid_from, valid_to)``."""

    version: int
    valid_from: date | None
    valid_to: date | None
    source: str
    publication: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPut:
    """What was done: ``added``, ``changed``, ``corrected`` or ``unchanged``; what is doubtful."""

    what: str
    revision: int
    findings: list[Finding]


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedLength:
    """The length that papers, plans and totals print, in kilometres.

    ``basis`` is ``agreement`` or ``published_list``, with its ``document`` and ``dated``; or
    ``computed`` where no paper says one: that of the shape on the ellipsoid.
    """

    km: float
    basis: str
    document: str | None
    dated: date | None


def printed_length(said: LineRecord | None, computed_km: float) -> PrintedLength:
    """Return the length to print: the official one, else the computed, named as what it is."""
    if said is None or said.official_length_km is None or said.length_basis is None:
        return PrintedLength(km=computed_km, basis="computed", document=None, dated=None)
    return PrintedLength(
        km=said.official_length_km,
        basis=said.length_basis,
        document=said.length_document,
        dated=said.length_dated,
    )


def read_record(conn: Connection, line_id: UUID, at: date) -> LineRecord | None:
    """Read what is written of a line on a date; None where nothing is."""
    return read_records(conn, [line_id], at).get(line_id)


def read_records(conn: Connection, line_ids: Collection[UUID], at: date) -> dict[UUID, LineRecord]:
    """Read what is written of lines on a date; lines without a record have no key."""
    rows = conn.execute(
        _select().where(record.line_id == any_uuid(line_ids), record.valid.contains(at))
    )
    return {row.line_id: as_record(row) for row in rows}


def list_records(conn: Connection, line_id: UUID) -> list[LineRecord]:
    """List all versions of what is written of a line, the oldest first."""
    chosen = _select().where(record.line_id == line_id)
    rows = conn.execute(chosen.order_by(func.lower(record.valid).nulls_first()))
    return [as_record(row) for row in rows]


def put_record(  # noqa: PLR0913 - who writes what of which line, from when, and what they saw
    conn: Connection,
    viewer: Viewer,
    line_id: UUID,
    facts: RecordFacts,
    *,
    valid_from: date,
    source: Source,
    seen: int | None,
    corrects: str | None = None,
    agreed: bool = False,
) -> RecordPut:
    """Write what a line's record is to say, all of it: what is left open is empty from then on.

    A record that began earlier gets a new version from ``valid_from`` (a *change*); one that begins
    on that very day is amended (a *correction*).

    Parameters
    ----------
    seen
        The revision of the line the writer saw.
    corrects
        The reason of a correction: the version that holds on ``valid_from`` was wrong from its
        beginning and is amended; the audit log keeps what it said.
    agreed
        All sides and the authority above agreed by a proposal: no role and no revision is asked.

    Raises
    ------
    LineUnknownError, LineNotThenError, LineInvalidError
    RoleMissingError, OutsideJurisdictionError
        Unless the viewer is an editor of both sides.
    ChangedMeanwhileError, RevisionMissingError
    """
    sides = read_sides(conn, line_id, valid_from)
    if not agreed:
        require_role(conn, viewer, "editor", sides.ids, what=sides.name)
    check_facts(facts)
    revision = change_object(
        conn,
        viewer,
        "line",
        line_id,
        "line_record",
        seen=seen,
        needs_seen=not agreed,
        valid_from=valid_from.isoformat(),
    )
    if corrects:
        what = _correct(conn, line_id, facts, valid_from, corrects)
    else:
        give_reason(conn, f"line record from {source.name}")
        put = store_records(conn, {line_id: facts}, valid_from=valid_from, source=source)
        what = next((word for word, count in put.counts.items() if count), "unchanged")
    return RecordPut(
        what=what, revision=revision, findings=doubt_record(facts, sides, office(conn))
    )


def store_records(
    conn: Connection, facts: Mapping[UUID, RecordFacts], *, valid_from: date, source: Source
) -> Put:
    """Put records of many lines into the register; rights and revisions are the caller's to ask."""
    stamps = {
        "source": source.name,
        "import_id": source.import_id,
        "publication": source.publication,
    }
    rows = [{"line_id": line, **asdict(one), **stamps} for line, one in facts.items()]
    return put_versions(conn, boundary_line_record, ["line_id"], rows, valid_from=valid_from)


def doubt_record(
    facts: RecordFacts, sides: Sides, settings: Office, *, row: int | None = None
) -> list[Finding]:
    """Return what is doubtful in a record: forms of code and name, a length far from the shape's.

    The official length stays what papers print, whatever the difference.
    """
    found = check_words(facts.code, facts.name, sides.level, settings, row=row)
    limit = settings.number("lines.length_difference_percent")
    if facts.official_length_km is not None and sides.length_km:
        percent = 100 * abs(facts.official_length_km - sides.length_km) / facts.official_length_km
        if percent > limit:
            numbers = {
                "computed_km": f"{sides.length_km:.3f}",
                "percent": f"{percent:.1f}",
                "limit": f"{limit:g}",
                "line": facts.name or sides.name,
            }
            found.append(
                Finding(
                    rule="line_length_differs",
                    severity="warning",
                    row=row,
                    value=f"{facts.official_length_km:g} km",
                    facts=numbers,
                )
            )
    return found


def check_facts(facts: RecordFacts) -> None:
    """Refuse a record that cannot stand.

    Raises
    ------
    LineInvalidError
        With a finding for each fault: a length that is none, or has no document.
    """
    found = find_faults(facts)
    if found:
        raise LineInvalidError(findings=found)


def find_faults(facts: RecordFacts, *, row: int | None = None) -> list[Finding]:
    """Return what keeps a record out: a length that is none, or has no paper that says it."""
    found = []
    length = facts.official_length_km
    if length is not None and not 0 < length <= LONGEST_KM:
        allowed = f"0–{LONGEST_KM:g} km"
        found.append(
            Finding(
                rule="line_length_invalid",
                severity="error",
                row=row,
                value=f"{length:g}",
                allowed=allowed,
            )
        )
    if facts.length_basis is not None and facts.length_basis not in LENGTH_BASES:
        names = [Text(f"length_basis.{one}") for one in LENGTH_BASES]
        found.append(
            Finding(
                rule="length_basis_unknown",
                severity="error",
                row=row,
                value=facts.length_basis,
                allowed=Text("allowed.named", {"names": names}),
            )
        )
    if length is not None and not (facts.length_basis and facts.length_document):
        found.append(
            Finding(
                rule="line_length_without_document", severity="error", row=row, value=f"{length:g}"
            )
        )
    return found


def as_record(row: Row[Any]) -> LineRecord:
    """Return a row of the record's columns as a record."""
    return LineRecord(
        **{name: getattr(row, name) for name in FACTS},
        version=row.version,
        valid_from=row.valid.lower,
        valid_to=row.valid.upper,
        source=row.source,
        publication=row.publication,
    )


def _select() -> Select[Any]:
    return select(
        record.line_id,
        *(record[name] for name in FACTS),
        record.version,
        record.valid,
        record.source,
        record.publication,
    )


def _correct(conn: Connection, line_id: UUID, facts: RecordFacts, day: date, reason: str) -> str:
    give_reason(conn, reason)
    done = conn.execute(
        update(boundary_line_record)
        .where(record.line_id == line_id, record.valid.contains(day))
        .values(**asdict(facts))
    )
    if done.rowcount == 0:
        raise LineNotThenError(line=line_id, at=day)
    return "corrected"
