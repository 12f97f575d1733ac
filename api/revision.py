"""The revision of a shared object: given as ``ETag``, asked for as ``If-Match``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import Depends, Header, Response

from geo.errors import OptionInvalidError
from geo.revisions.changes import Change
from geo.texts import Lang, say

QUOTED = re.compile(r'(?:W/)?"?(\d{1,9})"?')


def read_if_match(
    if_match: Annotated[
        str | None,
        Header(description="The revision that was seen, as the ETag gave it; needed to change."),
    ] = None,
) -> int | None:
    """Return the revision the writer saw; None where nothing is said of it.

    Raises
    ------
    OptionInvalidError
        If it is no revision; ``*`` is none, for it would say nothing of what was seen.
    """
    if if_match is None:
        return None
    found = QUOTED.fullmatch(if_match.strip())
    if found is None:
        raise OptionInvalidError(option="If-Match", value=if_match, allowed='"12"')
    return int(found[1])


Seen = Annotated[int | None, Depends(read_if_match)]


def show_changes(changes: Sequence[Change], lang: Lang) -> list[dict[str, Any]]:
    """Return changes of a shared object for JSON, in words."""
    return [
        {
            "revision": one.revision,
            "what": say(one.in_words(), lang),
            "actor": one.actor_name,
            "at": one.at.isoformat(),
        }
        for one in changes
    ]


def tell_revision(response: Response, revision: int) -> None:
    """Put the revision into the answer's ``ETag``."""
    response.headers["ETag"] = f'"{revision}"'
