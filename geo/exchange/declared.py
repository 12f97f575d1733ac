"""A column that says in which system each row is: one for the whole table, or the table is refused.

Lists that were put together from two surveys keep the system in a column (坐标系). Two datums under
one declaration are the error nobody sees afterwards, for the rows lie only some hundred metres off.
"""

from __future__ import annotations

from collections.abc import Mapping

from pyproj import CRS

from geo.crs.systems import IDENTICAL, datum_of, epsg_of, horizontal, name_of, read_crs
from geo.errors import CrsRefusedError, FileRefusedError, OptionInvalidError
from geo.exchange.raw import RawTable, Source
from geo.exchange.schema import NOTHING
from geo.texts import Text

SHOWN_ROWS = 3


def state_crs(table: RawTable, found: Mapping[str, int], source: Source) -> None:
    """Take the system of a table from its column of systems, into ``table.crs``.

    What is declared beside it must be of the same datum. A name of a datum alone (西安80) says
    nothing of zones, so that a declared system or the fit's own may be a zone of it.

    Raises
    ------
    FileRefusedError
        If the rows are in different systems.
    OptionInvalidError
        If a name is not understood and nobody declares what it is, or another datum is declared.
    """
    if "crs" not in found:
        return
    rows: dict[str, list[int]] = {}
    for row, cell in zip(table.rows, table.columns[found["crs"]], strict=True):
        if cell is not None and str(cell).strip().casefold() not in NOTHING:
            rows.setdefault(str(cell).strip(), []).append(row)
    if not rows:
        return
    systems = {name: _read(name, source) for name in rows}
    known = {name: crs for name, crs in systems.items() if crs is not None}
    if len({_kind(crs) for crs in known.values()}) > 1 or (known and len(known) < len(systems)):
        parts = [_part(name, numbers) for name, numbers in rows.items()]
        reason = Text("reason.crs_mixed", {"parts": parts})
        raise FileRefusedError(file=source.name, reason=reason)
    if known:
        _state(table, next(iter(known.values())), table.heads[found["crs"]], source)


def _read(name: str, source: Source) -> CRS | None:
    try:
        return horizontal(read_crs(name))
    except (OptionInvalidError, CrsRefusedError):
        if source.options.crs is None:
            raise
        return None


def _kind(crs: CRS) -> object:
    """Return what two systems of one table must share: the datum, and the projection if any."""
    datum = datum_of(crs)
    same = "new" if datum in IDENTICAL else datum
    return same if crs.is_geographic else (same, epsg_of(crs) or crs.to_wkt())


def _part(name: str, rows: list[int]) -> Text:
    shown = "、".join(str(row) for row in rows[:SHOWN_ROWS])
    more = "…" if len(rows) > SHOWN_ROWS else ""
    return Text(
        "reason.crs_mixed_part", {"crs": name, "count": len(rows), "first": f"{shown}{more}"}
    )


def _state(table: RawTable, crs: CRS, head: str, source: Source) -> None:
    declared, fit = source.options.crs, source.options.fit
    other = fit.source_crs if declared is None and fit is not None else declared
    if other is None:
        table.crs, table.crs_from = crs, "crs_from.column"
        return
    said = horizontal(read_crs(other))
    one, two = datum_of(crs), datum_of(said)
    if one != two and not (one in IDENTICAL and two in IDENTICAL):
        facts = {"crs": name_of(crs), "where": head}
        allowed = Text("reason.crs_of_file", facts)
        raise OptionInvalidError(option="--crs", value=name_of(said), allowed=allowed)
