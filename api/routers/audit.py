"""The audit log, for administrators of the whole country."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.deps import Asker, ReadConn
from api.paging import Cursor, Limit, Page, decode_cursor, encode_cursor
from geo.access import audit
from geo.access.audit import AuditEntry, AuditFilter
from geo.errors import OptionInvalidError

router = APIRouter(prefix="/api/v1/audit", tags=["audit"])

BIGINT_DIGITS = 19

Filter = Annotated[str | None, Query(max_length=200)]


@router.get("")
def read_audit(
    conn: ReadConn,
    asker: Asker,
    table: Filter = None,
    row: Filter = None,
    actor: Filter = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[AuditEntry]:
    """List who changed what and when, the newest first; ``actor`` is an id or an account's name."""
    key = decode_cursor(cursor, 1)
    before = _number(key[0]) if key else None
    wanted = AuditFilter(table=table, row=row, actor=actor)
    found, total = audit.read_audit(conn, asker, wanted, before=before, limit=limit + 1)
    following = encode_cursor(str(found[limit - 1].id)) if len(found) > limit else None
    return Page(found[:limit], total, following)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < BIGINT_DIGITS):
        raise OptionInvalidError(option="cursor", value=text, allowed="next")
    return int(text)
