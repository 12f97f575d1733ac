"""Say in words what differs between two contents of one inspection."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from geo.texts import Text

OF_SUBJECTS = {"records": "differs.records", "outcomes": "differs.outcomes"}
Json = Mapping[str, Any]


def compare_contents(before: Json, after: Json) -> list[Text]:
    """Return what differs, each subject by its label, in the order of the subjects."""
    subjects = [*before["subjects"], *after["subjects"]]
    labels = {(one["kind"], one["id"]): one["label"] for one in subjects}
    found = [
        Text(OF_SUBJECTS[part], {"label": label})
        for key, label in labels.items()
        for part in OF_SUBJECTS
        if list(_of_subject(before[part], key)) != list(_of_subject(after[part], key))
    ]
    others = sorted((before.keys() | after.keys()) - OF_SUBJECTS.keys())
    return found + [
        Text("differs.other", {"what": Text(f"content_part.{name}")})
        for name in others
        if before.get(name) != after.get(name)
    ]


def _of_subject(rows: list[Json], key: tuple[str, str]) -> Iterator[Json]:
    for row in rows:
        if (row["subject"]["kind"], row["subject"]["id"]) == key:
            yield row
