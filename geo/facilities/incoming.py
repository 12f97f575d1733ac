"""Facilities through an import: from staged rows to the register, with all that is doubtful."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from sqlalchemy import func

from geo.access.jurisdiction import require_role
from geo.crs.gcj02 import SHIFTED
from geo.db.sql import CGCS2000
from geo.divisions.apply import Source
from geo.errors import PrivateHomeError
from geo.exchange.findings import Conclusion, Finding
from geo.facilities.apply import apply_facilities
from geo.facilities.identity import find_known, find_twice
from geo.facilities.kinds import Kind, read_kind
from geo.facilities.rows import Facility, Reading, head_of, read_rows, refuse_private
from geo.facilities.schema import SCHEMA
from geo.facilities.shift import MOST_PLACES, suspect_shift
from geo.facilities.streets import Floats, distances_to_streets, open_neighbourhood
from geo.facilities.whereabouts import settle_divisions
from geo.incoming import Outcome, Task
from geo.network.store import Network, has_streets_in, list_networks
from geo.office import office
from geo.progress import report
from geo.texts import Text

__all__ = ["SCHEMA", "check_facilities"]

ELSEWHERE_M = 50_000.0
"""Places further than this from any street lie elsewhere: the network is not theirs."""
FINE = frozenset({"mapped", "measured"})
"""Qualities of places that a street tells something about."""
ONE_AREA_DEG = 1.0
"""Longitudes about the middle one in which places are compared with streets in one frame."""


def check_facilities(task: Task) -> Outcome:
    """Check a staged list of facilities against itself, the register and the streets.

    A row's own kind goes before the one said with ``--kind``. Rows without coordinates go in with
    their division and ``position_quality`` none.

    Raises
    ------
    OptionInvalidError
        If the kind said is none.
    PrivateHomeError
        If it stands in private homes.
    OutsideJurisdictionError, RoleMissingError
        Unless the viewer is an editor of all the divisions touched; of the whole country where a
        facility has none.
    """
    kind = _read_kind(task.options.facts)
    reading = read_rows(task.staged, kind)
    since = task.options.valid_from
    settle_divisions(task.conn, reading, task.staged, since)
    demo = task.options.publication == "demo"
    touched = find_known(task.conn, reading, since, demo=demo)
    reading.drop(find_twice(reading.rows, head_of(task.staged, "name")))
    require_role(
        task.conn,
        task.viewer,
        "editor",
        touched | {row.division_id for row in reading.rows},
        what=task.staged.file_name,
    )
    outcome = Outcome()
    report(task.progress, 0.3, "doing.streets_compare")
    _compare_with_streets(task, reading, outcome)
    outcome.findings.extend(reading.found.listed())
    outcome.conclusions.extend(_count(reading.rows))
    outcome.apply = lambda: _apply(task, reading.rows)
    return outcome


def _read_kind(facts: Mapping[str, str]) -> Kind | None:
    said = facts.get("kind")
    kind = None if said is None else read_kind(said)
    if kind is not None and kind.private_home:
        raise PrivateHomeError(kind=kind.name, why=refuse_private(kind))
    return kind


def _apply(task: Task, rows: list[Facility]) -> Mapping[str, int]:
    report(task.progress, 0.6, "doing.store_facilities")
    source = Source(
        name=task.staged.file_name,
        crs=task.staged.source_crs,
        import_id=task.run_id,
        publication=task.options.publication,
    )
    return apply_facilities(task.conn, rows, valid_from=task.options.valid_from, source=source)


def _count(rows: list[Facility]) -> Iterator[Conclusion]:
    unplaced = sum(row.point is None for row in rows)
    if unplaced:
        yield Conclusion(rule="unplaced", facts={"unplaced": unplaced, "facilities": len(rows)})


def _compare_with_streets(task: Task, reading: Reading, outcome: Outcome) -> None:
    """Say which places are far from any street, and whether all look shifted."""
    placed = [row for row in reading.rows if row.point is not None]
    network = _choose_network(task, placed) if placed else None
    if network is None:
        return
    lonlat = _lonlat(placed)
    distances = distances_to_streets(task.conn, network.id, lonlat)
    elsewhere = distances > ELSEWHERE_M
    if elsewhere.any():
        facts = {"network": network.name, "places": int(elsewhere.sum())}
        outcome.conclusions.append(Conclusion(rule="streets_elsewhere", facts=facts))
    limit_m = office(task.conn).number("coverage.snap_limit_m")
    far = np.flatnonzero((distances > limit_m) & ~elsewhere).tolist()
    for place in far:
        row, metres = placed[place], round(float(distances[place]))
        reading.found.add(_far_finding(row, metres, limit_m, network))
    fine = [row for row, away in zip(placed, elsewhere, strict=True) if not away]
    outcome.findings.extend(_find_shift(task, [row for row in fine if _is_fine(row)], network))


def _choose_network(task: Task, placed: list[Facility]) -> Network | None:
    """Choose the newest network that reaches among the places, or else the newest of all."""
    demo = task.options.publication == "demo"
    networks = list_networks(task.conn, task.viewer, demo=demo)
    lonlat = _lonlat(placed)
    corners = *lonlat.min(axis=0).tolist(), *lonlat.max(axis=0).tolist()
    box = func.ST_MakeEnvelope(*corners, CGCS2000)
    among = (one for one in networks if has_streets_in(task.conn, one.id, box))
    return next(among, networks[0] if networks else None)


def _is_fine(row: Facility) -> bool:
    return row.position_quality in FINE


def _far_finding(row: Facility, metres: int, limit_m: float, network: Network) -> Finding:
    assert row.point is not None  # noqa: S101 - for the type checker
    return Finding(
        rule="far_from_street",
        severity="warning",
        row=row.row,
        value=row.name,
        place=(row.point.x, row.point.y),
        facts={"distance_m": metres, "limit_m": round(limit_m), "network": network.name},
    )


def _find_shift(task: Task, rows: list[Facility], network: Network) -> Iterator[Finding]:
    if not rows:
        return
    true = _lonlat(rows)
    near = np.abs(true[:, 0] - np.median(true[:, 0])) <= ONE_AREA_DEG
    chosen = np.flatnonzero(near)
    # Evenly through the list, and the same each time.
    chosen = chosen[:: -(-len(chosen) // MOST_PLACES)]
    declared = task.staged.source_crs
    face = true[chosen]
    if declared in SHIFTED:
        given = [rows[one].given for one in chosen.tolist()]
        face = np.array([(point.x, point.y) for point in given if point is not None])
    streets = open_neighbourhood(task.conn, network.id, true[chosen])
    found = suspect_shift(streets, face, declared)
    if found is None:
        return
    yield Finding(
        rule="looks_shifted",
        severity="warning",
        facts={
            "declared": declared or Text("reason.not_given"),
            "likely": found.likely,
            "places": found.places,
            "shift_m": round(found.shift_m),
            "declared_m": round(found.declared_m),
            "likely_m": round(found.likely_m),
            "chance_m": round(found.chance_m),
            "network": network.name,
        },
    )


def _lonlat(rows: list[Facility]) -> Floats:
    return np.array([(row.point.x, row.point.y) for row in rows if row.point is not None])
