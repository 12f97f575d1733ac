"""What waits, as a text to paste for 催办 and as days for a calendar."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date

from geo.boundaries.sides import Side
from geo.inspections.planning.ics import Dated
from geo.inspections.waiting.todo import Todo
from geo.texts import Lang, Text, say, text

NAMELESS = Text("reminder.authority")


def write_reminder(todos: Sequence[Todo], today: date, lang: Lang = "zh") -> str:
    """Write what waits as a text to send: a paragraph to each side, its items by their days.

    Parameters
    ----------
    todos
        What is to be reminded of; of several sides, each is addressed by itself.
    """
    by_side: defaultdict[tuple[str, str], list[Todo]] = defaultdict(list)
    for one in todos:
        by_side[_address(one.party, lang)].append(one)
    letters = [_letter(name, items, today, lang) for (_, name), items in sorted(by_side.items())]
    return "\n\n".join(letters)


def todo_days(todos: Iterable[Todo], lang: Lang) -> list[Dated]:
    """Return what waits until a day as days of a calendar."""
    return [
        Dated(
            uid=f"todo-{one.uid}",
            begins=one.due_on,
            ends=one.due_on,
            summary=f"{text(f'todo_kind.{one.kind}', lang)} {one.line_name}".strip(),
            description=say(one.what, lang),
        )
        for one in todos
        if one.due_on is not None
    ]


def _address(side: Side | None, lang: Lang) -> tuple[str, str]:
    return (side.code, side.name) if side else ("", say(NAMELESS, lang))


def _letter(name: str, items: Sequence[Todo], today: date, lang: Lang) -> str:
    clerks = sorted({one.clerk for one in items if one.clerk})
    head = Text("reminder.head_clerk", {"name": name, "clerks": clerks})
    if not clerks:
        head = Text("reminder.head", {"name": name})
    in_order = sorted(items, key=lambda one: (one.due_on or date.max, one.uid))
    lines = [
        say(head, lang),
        text("reminder.opening", lang, today=today, count=len(items)),
        *(f"{number}. {_line(one, today, lang)}" for number, one in enumerate(in_order, 1)),
        text("reminder.closing", lang),
    ]
    return "\n".join(lines)


def _line(one: Todo, today: date, lang: Lang) -> str:
    said = say(one.what, lang)
    if one.due_on is None:
        return text("reminder.item", lang, what=said)
    if one.due_on < today:
        days = (today - one.due_on).days
        return text("reminder.item_late", lang, what=said, due=one.due_on, days=days)
    return text("reminder.item_due", lang, what=said, due=one.due_on)
