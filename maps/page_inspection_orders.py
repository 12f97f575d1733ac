"""What follows from an inspection, on its pages: work orders, proposed ones, desk work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from geo.inspections.field.desk import DESK_STATES, Desk
from geo.inspections.field.desk_items import LAYERS, Item
from geo.inspections.field.tasks import ProposedTask
from geo.texts import Lang, text
from geo.upkeep.facts import TASKS, Order


def order_facts(
    orders: Sequence[Order],
    proposed: Sequence[ProposedTask],
    labels: Mapping[UUID, str],
    today: date,
    lang: Lang,
) -> dict[str, Any]:
    """Return what the templates of work orders take; an order of a subject not shown is left out.

    Parameters
    ----------
    labels
        What each subject is called.
    """
    return {
        "orders": [one for one in orders if one.object_id in labels],
        "proposed": proposed,
        "labels": labels,
        "why_of": partial(_tell_why, lang=lang),
        "tasks": TASKS,
        "day": today,
        # With the form, so that a form sent twice opens one order.
        "new_id": uuid4,
    }


def desk_facts(desk: Desk | None, lang: Lang) -> dict[str, Any]:
    """Return what the template of desk work takes."""
    return {
        "desk": desk,
        "desk_states": DESK_STATES,
        "item_words": partial(_tell_item, lang=lang),
    }


def _tell_why(one: ProposedTask, *, lang: Lang) -> str:
    if one.found is None:
        return text("proposed_order.too_few_objects", lang, state="")
    return text("proposed_order.found", lang, state=text(f"result.marker.{one.found}", lang))


def _tell_item(one: Item, *, lang: Lang) -> str:
    facts: dict[str, Any] = {**one.facts, "measure": one.measure, "unit": one.unit}
    if one.facts.get("layer") in LAYERS:
        facts["layer"] = text(f"feature_layer.{one.facts['layer']}", lang)
    return text(f"desk_item.{one.kind}", lang, **facts)
