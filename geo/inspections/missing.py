"""What an inspection still lacks, each thing by name: results, conclusions, photos, signatures."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy import Connection, select

from geo.inspections.facts import Inspection, Missing, Outcome, Party
from geo.inspections.field.outcomes import list_outcomes
from geo.inspections.field.recorded import list_records
from geo.inspections.signing.signatures import list_signatures
from geo.inspections.tables import inspection as inspection_table
from geo.markers.read import name_lines
from geo.office import Office, office

NOT_THERE = frozenset({"unreachable"})
"""Results of a marker nobody stood at: no photo of it is asked for."""
GONE = frozenset({"lost"})
"""Results of a marker that is not there: its place is photographed, the stone cannot be."""
DONE_PARTS = ("signed", "reported", "submitted", "accepted", "archived")


def list_missing(conn: Connection, found: Inspection) -> list[Missing]:
    """List what lacks before anybody may sign, what stands in the way first.

    Parts that are not signed, subjects without a result of a side, conflicts nobody concluded on,
    and photos of the office's list, which block only where the office says so.
    """
    outcomes = list_outcomes(conn, found, list_records(conn, found.id))
    return list_gaps(conn, found, outcomes, office(conn))


def list_gaps(
    conn: Connection, found: Inspection, outcomes: Sequence[Outcome], settings: Office
) -> list[Missing]:
    """List the same from outcomes that were read already."""
    parties = {one.id: one for one in found.parties}
    gaps = [*_parts(conn, found), *_results(outcomes, parties)]
    wanted = settings.words("inspections.photo_list")
    blocks = settings.settings["inspections.photos_block"].value == "yes"
    gaps += _photos(outcomes, wanted, blocks=blocks)
    return sorted(gaps, key=lambda one: not one.blocks)


def list_unsigned(conn: Connection, found: Inspection) -> list[Missing]:
    """List the parties without a signature or seal that holds for the present content."""
    signed = signed_parties(conn, found)
    return [
        Missing(what="signature", blocks=True, party=one.id, party_name=one.name)
        for one in found.parties
        if one.id not in signed
    ]


def signed_parties(conn: Connection, found: Inspection) -> set[UUID]:
    """Return the parties that signed or sealed the present content, by a key that verifies."""
    return {one.party_id for one in list_signatures(conn, found) if one.valid}


def _parts(conn: Connection, found: Inspection) -> Iterator[Missing]:
    part = inspection_table.c
    rows = conn.execute(
        select(part.id, part.line_id, part.state).where(
            part.parent_id == found.id, part.state != "withdrawn"
        )
    ).all()
    names = name_lines(conn, {row.line_id for row in rows}, found.created_at.date())
    for row in rows:
        if row.state not in DONE_PARTS:
            name = names[row.line_id].name
            yield Missing(what="part", blocks=True, object_id=row.id, label=name)


def _results(outcomes: Sequence[Outcome], parties: Mapping[UUID, Party]) -> Iterator[Missing]:
    for one in outcomes:
        about = one.subject
        gap = Missing(
            what="conclusion", blocks=True, kind=about.kind, object_id=about.id, label=about.label
        )
        for side in one.lacks:
            name = parties[side].name if side in parties else str(side)
            yield replace(gap, what="record", party=side, party_name=name)
        if one.status == "conflict":
            yield gap


def _photos(
    outcomes: Sequence[Outcome], wanted: Collection[str], *, blocks: bool
) -> Iterator[Missing]:
    for one in outcomes:
        if one.subject.kind != "marker" or not one.views or not wanted:
            continue
        for shows, ordinal in _gaps(one, wanted):
            yield Missing(
                what="photo_object" if ordinal else f"photo_{shows}",
                blocks=blocks,
                kind="marker",
                object_id=one.subject.id,
                label=one.subject.label,
                facts={"ordinal": ordinal} if ordinal else {},
            )


def _gaps(one: Outcome, wanted: Collection[str]) -> Iterator[tuple[str, int | None]]:
    """Yield the photos of the list that no side has of a marker."""
    states = {record.state for record in one.views.values()}
    if states <= NOT_THERE:
        return
    have = {
        (photo.shows, photo.object_ordinal)
        for record in one.views.values()
        for photo in record.photos
    }
    shown = {shows for shows, _ordinal in have}
    for shows in ("near", "far", "together"):
        if shows in wanted and shows not in shown and not (shows == "near" and states <= GONE):
            yield shows, None
    if "object" in wanted and not states <= GONE:
        for given in one.subject.register.get("objects", ()):
            if ("object", given["ordinal"]) not in have:
                yield "object", given["ordinal"]
