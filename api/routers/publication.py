"""What the public may see, over HTTP."""

from __future__ import annotations

from datetime import date

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.deps import Asker, WriteConn
from geo.access.publication import PublicationChange, State, set_publication
from geo.divisions.read import find_division

router = APIRouter(prefix="/api/v1/publications", tags=["publication"])


class Publication(BaseModel):
    """A state for a division, all below it and the lines within; without a code for everything."""

    model_config = ConfigDict(extra="forbid")

    within: str | None = Field(None, max_length=12)
    state: State
    approval_number: str = Field("", max_length=100, description="审图号, for published.")
    at: date | None = Field(None, description="Only versions valid on this day; else all.")


@router.post("")
def publish(body: Publication, conn: WriteConn, asker: Asker) -> PublicationChange:
    """Publish, withdraw or mark as demo; a *correction* of the versions, which stay as they are."""
    return set_publication(
        conn,
        asker,
        find_division(conn, body.within) if body.within else None,
        body.state,
        approval_number=body.approval_number,
        at=body.at,
    )
