"""Walking networks over HTTP: which there are, and how each hangs together."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from fastapi import APIRouter

from api.deps import Asker, AskerLang, ReadConn
from api.mark import data_mark_of
from api.paging import Page
from geo.network import store
from geo.office import office
from geo.texts import Lang

router = APIRouter(prefix="/api/v1/networks", tags=["networks"])


@router.get("")
def list_networks(conn: ReadConn, asker: Asker, lang: AskerLang) -> Page[dict[str, Any]]:
    """List the walking networks, the newest first."""
    found = store.list_networks(conn, asker)
    return Page([_show(one, lang) for one in found], len(found), None)


@router.get("/{network_id}")
def read_network(network_id: UUID, conn: ReadConn, asker: Asker, lang: AskerLang) -> dict[str, Any]:
    """Give a network, and what of it is walkable: its parts, the longest first, at most 100.

    `walkable` is null where the office's settings were changed and nothing was computed since.
    """
    found, walkable = store.read_network(conn, network_id, asker, office(conn))
    return _show(found, lang) | {"walkable": None if walkable is None else asdict(walkable)}


def _show(one: store.Network, lang: Lang) -> dict[str, Any]:
    return asdict(one) | {"mark": data_mark_of(one.publication, lang)}
