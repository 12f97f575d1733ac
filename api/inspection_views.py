"""Inspections for JSON: their parts, what was recorded, what comes next, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from api.errors import as_json
from api.mark import data_mark_of
from geo.errors import YutuError
from geo.inspections.facts import Inspection, Missing, Outcome, Party, Record, Step
from geo.inspections.feed import Event
from geo.inspections.read import Listed
from geo.inspections.workflow import Action
from geo.texts import Lang, text


def show_listed(one: Listed, lang: Lang) -> dict[str, Any]:
    """Return an inspection of a list."""
    shown: dict[str, Any] = as_json(one, lang)
    shown["progress"]["settled"] = one.progress.settled
    return shown | _named(one, lang) | {"parties": [show_party(each, lang) for each in one.parties]}


def show_inspection(one: Inspection, lang: Lang) -> dict[str, Any]:
    """Return an inspection with its parties and subjects."""
    shown: dict[str, Any] = as_json(one, lang)
    shown["parties"] = [show_party(each, lang) for each in one.parties]
    for subject in shown["subjects"]:
        subject[f"{subject['kind']}_id"] = subject["id"]
    return shown | _named(one, lang)


def show_party(one: Party, lang: Lang) -> dict[str, Any]:
    """Return a side, its role in words."""
    shown: dict[str, Any] = as_json(one, lang)
    return shown | {
        "role_name": text(f"party_role.{one.role}", lang),
        "takes_part_name": text(f"takes_part.{one.takes_part}", lang),
    }


def show_record(one: Record, codes: Mapping[UUID, str], lang: Lang) -> dict[str, Any]:
    """Return a record as it was sent, with its state in words and whether it counts."""
    shown: dict[str, Any] = as_json(one, lang)
    body = shown.pop("body")
    return {
        **shown,
        "subject": {f"{one.subject_kind}_id": str(one.subject_id)},
        "side": codes.get(one.division_id, str(one.division_id)),
        "at": body["at"],
        "position": body["position"],
        "contents": body["contents"],
        "note": body["note"],
        "confirms": body.get("confirms"),
        "state_name": text(f"result.{one.subject_kind}.{one.state}", lang),
        "via_name": text(f"record_via.{one.via}", lang),
        "counts": one.counts,
    }


def show_outcome(one: Outcome, codes: Mapping[UUID, str], lang: Lang) -> dict[str, Any]:
    """Return what the sides found at a subject, both views beside each other."""
    kind = one.subject.kind
    return {
        "subject": {f"{kind}_id": str(one.subject.id)},
        "kind": kind,
        "label": one.subject.label,
        "status": one.status,
        "status_name": text(f"outcome.{one.status}", lang),
        "state": one.state,
        "state_name": text(f"result.{kind}.{one.state}", lang) if one.state else None,
        "words": one.words,
        "lacks": [codes.get(side, str(side)) for side in one.lacks],
        "views": {
            codes.get(side, str(side)): {"record": str(record.id), "state": record.state}
            for side, record in one.views.items()
        },
        "proposed": {
            codes.get(side, str(side)): {"state": state, "words": words}
            for side, (state, words) in one.proposed.items()
        },
    }


def show_missing(gaps: Iterable[Missing], lang: Lang) -> list[Any]:
    """Return what lacks, each thing with its words."""
    return [as_json(one.told(), lang) for one in gaps]


def show_actions(actions: Sequence[Action], lang: Lang) -> list[dict[str, Any]]:
    """Return what comes next; ``why`` says why the asker may not, in words."""
    return [
        {
            "action": one.action,
            "name": text(f"action.{one.action}", lang),
            "to": one.to,
            "who": one.who,
            "allowed": one.allowed,
            "why": None if one.why is None else tell_error(one.why, lang),
            "missing": show_missing(one.missing, lang),
            "waits_for": [party.code for party in one.waits_for],
        }
        for one in actions
    ]


def show_step(one: Step, codes: Mapping[UUID, str], lang: Lang) -> dict[str, Any]:
    """Return a step of the history."""
    shown: dict[str, Any] = as_json(one, lang)
    return shown | {
        "name": text(f"action.{one.action}", lang),
        "side": codes.get(one.division_id) if one.division_id else None,
    }


def show_event(one: Event, codes: Mapping[UUID, str], lang: Lang) -> dict[str, Any]:
    """Return an event of the feed in words."""
    shown: dict[str, Any] = as_json(one, lang)
    return shown | {
        "side": codes.get(one.division_id) if one.division_id else None,
        "words": as_json(one.in_words(), lang),
    }


def tell_error(error: YutuError, lang: Lang) -> str:
    """Return what an error says."""
    return text(f"error.{error.code}", lang, **error.facts)


def _named(one: Inspection | Listed, lang: Lang) -> dict[str, Any]:
    return {
        "kind_name": text(f"inspection_kind.{one.kind}", lang),
        "state_name": text(f"inspection_state.{one.state}", lang),
        "mark": data_mark_of(one.publication, lang),
    }
