"""The revision of a shared object: given as ``ETag``, asked for as ``If-Match``."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Depends, Header, Response

from geo.errors import OptionInvalidError

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


def tell_revision(response: Response, revision: int) -> None:
    """Put the revision into the answer's ``ETag``."""
    response.headers["ETag"] = f'"{revision}"'
