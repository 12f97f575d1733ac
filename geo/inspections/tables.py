"""Tables of joint inspections: whose they are, what is inspected, recorded, agreed and signed."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from geo.db.metadata import metadata


def _now(name: str = "at") -> Column[object]:
    return Column(
        name, DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()
    )


inspection = Table(
    "inspection",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("line_id", Uuid, ForeignKey("boundary_line.id"), nullable=False),
    Column("parent_id", Uuid, ForeignKey("inspection.id")),
    Column("kind", Text, nullable=False),
    Column("round", Integer),
    Column("year", Integer, nullable=False),
    Column("reason", Text),
    Column("state", Text, nullable=False, server_default="planned"),
    Column("field_from", Date),
    Column("field_to", Date),
    Column("accepted_on", Date),
    Column("note", Text),
    Column("publication", Text, nullable=False, server_default="unpublished"),
    Column("actor", Text, nullable=False),
    _now("created_at"),
    CheckConstraint("kind IN ('regular', 'special')", name="kind"),
    CheckConstraint("(kind = 'regular') = (round IS NOT NULL)", name="round"),
    CheckConstraint("round > 0", name="round_counts"),
    CheckConstraint("year BETWEEN 1996 AND 2200", name="year"),
    CheckConstraint("field_from <= field_to", name="field"),
    CheckConstraint("publication IN ('unpublished', 'demo')", name="publication"),
    Index("inspection_line_id_idx", "line_id"),
    Index("inspection_parent_id_idx", "parent_id"),
    Index("inspection_year_idx", "year"),
    Index(
        "inspection_once", "line_id", "round", unique=True,
        postgresql_where=text("parent_id IS NULL AND state <> 'withdrawn'"),
    ),
)  # fmt: skip
"""A joint inspection of a line, or, with ``parent_id``, the part that a pair of counties inspects.

``round`` is that of the line (Order 353 art. 12: every five years); a special one has a ``reason``.
"""

inspection_party = Table(
    "inspection_party",
    metadata,
    Column("inspection_id", Uuid, ForeignKey("inspection.id"), primary_key=True),
    Column("division_id", Uuid, ForeignKey("division.id"), primary_key=True),
    Column("role", Text, nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("takes_part", Text, nullable=False, server_default="account"),
    Column("clerk_id", Uuid, ForeignKey("app_user.id")),
    Column("contact", Text),
    CheckConstraint("role IN ('lead', 'cooperating', 'third')", name="role"),
    CheckConstraint("takes_part IN ('account', 'paper')", name="takes_part"),
    Index("inspection_party_division_id_idx", "division_id"),
    Index(
        "inspection_party_one_lead", "inspection_id", unique=True,
        postgresql_where=text("role = 'lead'"),
    ),
)  # fmt: skip
"""A government that owns an inspection together with the others; ``third`` meets at a tripoint.

``takes_part`` by ``paper``: it has no account, its records come in by return file or signed paper.
``clerk_id`` is who looks after it there.
"""

inspection_subject = Table(
    "inspection_subject",
    metadata,
    Column("inspection_id", Uuid, ForeignKey("inspection.id"), primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("object_id", Uuid, primary_key=True),
    Column("ordinal", Integer, nullable=False),
    Column("label", Text, nullable=False),
    Column("sides", ARRAY(Uuid), nullable=False),
    Column("lead_id", Uuid, ForeignKey("division.id"), nullable=False),
    Column("planned_on", Date),
    Column("register", JSONB, nullable=False),
    CheckConstraint("kind IN ('marker', 'section')", name="kind"),
    Index("inspection_subject_object_id_idx", "object_id"),
)
"""A marker or section of an inspection; ``lead_id`` leads there (分段牵头).

``register`` is what the register said of it, with measures as decimal strings.
"""

inspection_step = Table(
    "inspection_step",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("inspection_id", Uuid, ForeignKey("inspection.id"), nullable=False),
    Column("action", Text, nullable=False),
    Column("from_state", Text, nullable=False),
    Column("to_state", Text, nullable=False),
    Column("division_id", Uuid, ForeignKey("division.id")),
    Column("document", JSONB),
    Column("note", Text),
    Column("actor", Text, nullable=False),
    _now(),
    Index("inspection_step_inspection_id_idx", "inspection_id", "at"),
)
"""What was done to an inspection, for which side; append-only.

Where every side must speak, each one's step stands here; the last one changes the state.
"""

inspection_record = Table(
    "inspection_record",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("inspection_id", Uuid, ForeignKey("inspection.id"), nullable=False),
    Column("subject_kind", Text, nullable=False),
    Column("subject_id", Uuid, nullable=False),
    Column("division_id", Uuid, ForeignKey("division.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("on_day", Date, nullable=False),
    Column("edited_at", DateTime(timezone=True), nullable=False),
    Column("state", Text, nullable=False),
    Column("body", JSONB, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("via", Text, nullable=False),
    Column("scan_id", Uuid, ForeignKey("attachment.id")),
    Column("guest_id", Uuid),
    Column("accepted_at", DateTime(timezone=True)),
    Column("returned_at", DateTime(timezone=True)),
    Column("returned_note", Text),
    Column("withdrawn_at", DateTime(timezone=True)),
    Column("withdrawn_reason", Text),
    Column("actor", Text, nullable=False),
    _now("recorded_at"),
    CheckConstraint("subject_kind IN ('marker', 'section')", name="subject_kind"),
    CheckConstraint(
        "via IN ('account', 'guest', 'contractor', 'confirmed', 'return_file', 'paper')",
        name="via",
    ),
    Index("inspection_record_subject_idx", "inspection_id", "subject_kind", "subject_id"),
)
"""What one side found at one subject, in its newest version; ``id`` is made by the client.

``body`` is canonical: measures are decimal strings. A contractor's counts once ``accepted_at``; one
``returned_at`` after its last version waits for another.
"""

inspection_record_version = Table(
    "inspection_record_version",
    metadata,
    Column("record_id", Uuid, ForeignKey("inspection_record.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("sha256", Text, nullable=False),
    Column("body", JSONB, nullable=False),
    Column("edited_at", DateTime(timezone=True), nullable=False),
    Column("actor", Text, nullable=False),
    _now(),
)
"""All that was ever sent for a record, late and replaced versions too; append-only."""

inspection_photo = Table(
    "inspection_photo",
    metadata,
    Column("record_id", Uuid, ForeignKey("inspection_record.id"), primary_key=True),
    Column("file_sha256", Text, ForeignKey("file.sha256"), primary_key=True),
    Column("shows", Text, nullable=False),
    Column("object_ordinal", Integer),
    Column("media_type", Text, nullable=False),
    Column("taken_at", DateTime(timezone=True)),
    Column("note", Text),
    Column("actor", Text, nullable=False),
    _now(),
    Column("withdrawn_at", DateTime(timezone=True)),
    CheckConstraint(
        "shows IN ('near', 'far', 'object', 'together', 'before', 'after', 'other')", name="shows"
    ),
    CheckConstraint("(shows = 'object') >= (object_ordinal IS NOT NULL)", name="object_ordinal"),
)
"""A photo of a record; ``shows`` is its place in the office's photo list."""

inspection_finding = Table(
    "inspection_finding",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("inspection_id", Uuid, ForeignKey("inspection.id"), nullable=False),
    Column("subject_kind", Text, nullable=False),
    Column("subject_id", Uuid, nullable=False),
    Column("said", Text, nullable=False),
    Column("state", Text),
    Column("words", Text),
    Column("division_id", Uuid, ForeignKey("division.id"), nullable=False),
    Column("records_sha256", Text, nullable=False),
    Column("actor", Text, nullable=False),
    _now(),
    CheckConstraint("said IN ('agreed', 'disagreed')", name="said"),
    CheckConstraint("(said = 'agreed') = (state IS NOT NULL)", name="state"),
    Index("inspection_finding_subject_idx", "inspection_id", "subject_kind", "subject_id"),
)
"""What a side says the common finding of a subject is, or that it sees it otherwise; append-only.

It holds for the records it was said of (``records_sha256``): a record changed later undoes it.
"""

inspection_desk = Table(
    "inspection_desk",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("inspection_id", Uuid, ForeignKey("inspection.id"), nullable=False),
    Column("section_id", Uuid, nullable=False),
    Column("items", JSONB, nullable=False),
    Column("note", Text),
    Column("actor", Text, nullable=False),
    _now(),
    Index("inspection_desk_section_idx", "inspection_id", "section_id", "at"),
)
"""Desk work (内业) on a section: what was compared and what to look at; the newest row holds."""

inspection_guest = Table(
    "inspection_guest",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("inspection_id", Uuid, ForeignKey("inspection.id"), nullable=False),
    Column("user_id", Uuid, ForeignKey("app_user.id"), nullable=False),
    Column("division_id", Uuid, ForeignKey("division.id"), nullable=False),
    Column("role", Text, nullable=False),
    Column("organisation", Text),
    Column("subjects", ARRAY(Uuid)),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date, nullable=False),
    Column("revoked_at", DateTime(timezone=True)),
    Column("actor", Text, nullable=False),
    _now(),
    CheckConstraint("role IN ('invited', 'contractor')", name="role"),
    CheckConstraint("valid_from < valid_to", name="valid"),
    UniqueConstraint("inspection_id", "user_id", name="inspection_guest_once"),
    Index("inspection_guest_user_id_idx", "user_id"),
)
"""An account that acts for a side in one inspection and time only.

A ``contractor`` (作业单位) records on its ``subjects`` and neither signs nor concludes.
"""

inspection_signature = Table(
    "inspection_signature",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("inspection_id", Uuid, ForeignKey("inspection.id"), nullable=False),
    Column("division_id", Uuid, ForeignKey("division.id"), nullable=False),
    Column("role", Text, nullable=False),
    Column("signer", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("algorithm", Text),
    Column("public_key", LargeBinary),
    Column("signature", LargeBinary),
    Column("signed", LargeBinary),
    Column("content_sha256", Text, nullable=False),
    Column("drawn", Text),
    Column("scan_id", Uuid, ForeignKey("attachment.id")),
    Column("actor", Text, nullable=False),
    _now(),
    Column("voided_at", DateTime(timezone=True)),
    Column("void_reason", JSONB),
    CheckConstraint("kind IN ('key', 'seal')", name="kind"),
    CheckConstraint("(kind = 'key') = (signature IS NOT NULL)", name="signature"),
    CheckConstraint("(kind = 'seal') = (scan_id IS NOT NULL)", name="seal"),
    Index("inspection_signature_inspection_id_idx", "inspection_id"),
)
"""A signature by key or a sealed scan of a party, bound to the content with ``content_sha256``.

``signed`` are the bytes the key signed: the canonical statement of who signed what, for whom, when.
"""

signed_content = Table(
    "signed_content",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("inspection_id", Uuid, ForeignKey("inspection.id"), nullable=False),
    Column("content", LargeBinary, nullable=False),
    _now(),
)
"""Canonical JSON (RFC 8785) of what was signed; append-only."""

inspection_event = Table(
    "inspection_event",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("inspection_id", Uuid, ForeignKey("inspection.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("division_id", Uuid, ForeignKey("division.id")),
    Column("facts", JSONB, nullable=False, server_default="{}"),
    Column("actor", Text, nullable=False),
    _now(),
    Index("inspection_event_inspection_id_idx", "inspection_id", "id"),
)
"""The feed by which both sides see what happens; append-only."""

inspection_return = Table(
    "inspection_return",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("inspection_id", Uuid, ForeignKey("inspection.id"), nullable=False),
    Column("division_id", Uuid, ForeignKey("division.id"), nullable=False),
    Column("file_sha256", Text, ForeignKey("file.sha256"), nullable=False),
    Column("records", Integer, nullable=False),
    Column("actor", Text, nullable=False),
    _now(),
    UniqueConstraint("inspection_id", "file_sha256", name="inspection_return_once"),
)
"""A return file (回传文件) of a neighbour without accounts, as it was read in."""

inspection_archive = Table(
    "inspection_archive",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("inspection_id", Uuid, nullable=False),
    Column("file_sha256", Text, ForeignKey("file.sha256"), nullable=False),
    Column("content_sha256", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("content", JSONB, nullable=False),
    Column("sides", ARRAY(Uuid), nullable=False),
    Column("imported", Boolean, nullable=False),
    Column("actor", Text, nullable=False),
    _now(),
    UniqueConstraint("inspection_id", "file_sha256", name="inspection_archive_once"),
)
"""An archive package made here or read in from another instance; append-only."""

past_round = Table(
    "past_round",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("line_id", Uuid, ForeignKey("boundary_line.id"), nullable=False),
    Column("round", Integer, nullable=False),
    Column("started_on", Date),
    Column("finished_on", Date, nullable=False),
    Column("lead_id", Uuid, ForeignKey("division.id")),
    Column("states", JSONB, nullable=False, server_default="{}"),
    Column("note", Text),
    Column("source", Text, nullable=False),
    Column("import_id", Uuid, ForeignKey("import_run.id")),
    Column("publication", Text, nullable=False, server_default="unpublished"),
    Column("actor", Text, nullable=False),
    _now(),
    CheckConstraint("round > 0", name="round"),
    CheckConstraint("started_on <= finished_on", name="days"),
    Column("withdrawn_at", DateTime(timezone=True)),
    Column("withdrawn_reason", Text),
    CheckConstraint("publication IN ('unpublished', 'demo')", name="publication"),
    CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_reason IS NULL)", name="withdrawn"),
    Index(
        "past_round_once", "line_id", "round", unique=True,
        postgresql_where=text("withdrawn_at IS NULL"),
    ),
)  # fmt: skip
"""A round of a line that was completed elsewhere or before, as a fact.

``states`` counts its markers by state. One that was entered in error is withdrawn and stays.
"""
