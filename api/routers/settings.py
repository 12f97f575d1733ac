"""What the office decides for itself."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.deps import Asker, ReadConn, WriteConn
from api.paging import Page
from geo.office import Setting, office, set_office

router = APIRouter(prefix="/api/v1/settings", tags=["settings"])


class NewValue(BaseModel):
    """A value; null puts the default back."""

    model_config = ConfigDict(extra="forbid")

    value: Annotated[float, Field(strict=True)] | Annotated[str, Field(max_length=200)] | None


@router.get("")
def list_settings(conn: ReadConn) -> Page[Setting]:
    """List the office's settings: what holds, what is the default, what is allowed."""
    found = list(office(conn).settings.values())
    return Page(found, len(found), None)


@router.put("/{key}")
def change_setting(key: str, conn: WriteConn, asker: Asker, new: NewValue) -> Setting:
    """Decide a setting; administrators of the whole country only."""
    return set_office(conn, asker, key, new.value)
