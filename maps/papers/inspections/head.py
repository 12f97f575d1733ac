"""What papers of an inspection begin and end with: names, offices, days, what they bind to."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from geo.inspections.facts import Inspection, Party
from maps.papers.facts import Picture
from maps.papers.inspections.facts import InspectionPaper
from maps.papers.inspections.words import SIDES, join_names, name_round
from maps.papers.words import DASH, SOURCE, name_mark, say, write_day

BUREAU, GOVERNMENT = "民政局", "人民政府"
REGULATION = "《行政区域界线管理条例》（国务院令第353号）"
METHOD = "《省级行政区域界线联合检查实施办法》（民政部令第28号）"
NOT_BOUND = "尚未形成"
QR_MM = 22.0


def fill_head(paper: InspectionPaper) -> dict[str, Any]:
    """Return the names that every paper knows."""
    found = paper.inspection
    return {
        "mark": name_mark(found.publication),
        "line": found.line_name,
        "code": say(found.line_code),
        "length": f"{found.length_km:.3f}",
        "round": name_round(found),
        "year": str(found.year),
        "day": write_day(paper.day),
        "lead": found.lead.name,
        "others": join_names(others_of(found)),
        "sides": list_sides(found),
        "source": SOURCE.format(day=write_day(paper.day)),
    }


def list_sides(found: Inspection) -> list[dict[str, str]]:
    """Return the parties as columns for signatures: 甲方, 乙方 and at a tripoint 丙方."""
    return [
        {
            "side": side,
            "name": one.name,
            "bureau": f"{one.name}{BUREAU}",
            "government": f"{one.name}{GOVERNMENT}",
        }
        for side, one in zip(SIDES, order_parties(found), strict=False)
    ]


def order_parties(found: Inspection) -> list[Party]:
    """Return the parties as papers name them, the lead first."""
    return sorted(found.parties, key=lambda one: one.ordinal)


def others_of(found: Inspection) -> list[Party]:
    """Return the parties but the lead."""
    return [one for one in order_parties(found) if one.role != "lead"]


def name_inspection(paper: InspectionPaper) -> str:
    """Return the name under which papers speak of the inspection: ``东平梁山线第五轮联合检查``."""
    return f"{paper.inspection.line_name}{name_round(paper.inspection)}"


def write_field_days(found: Inspection) -> str:
    """Return from when to when the field work is planned; nothing where it is open."""
    if found.field_from is None or found.field_to is None:
        return ""
    return f"{write_day(found.field_from)}至{write_day(found.field_to)}"


def bind(paper: InspectionPaper, side_mm: float = QR_MM) -> dict[str, Any]:
    """Return what ties a printed page to the content it prints: hash, key, both as a QR code.

    Before there is a content to sign the page says so.
    """
    if paper.content_sha256 is None:
        return {"content_sha256": NOT_BOUND, "fingerprint": DASH, "qr": NOT_BOUND}
    return {
        "content_sha256": paper.content_sha256,
        "fingerprint": paper.fingerprint or DASH,
        "qr": Picture(_draw_qr(paper), side_mm, side_mm),
    }


def _draw_qr(paper: InspectionPaper) -> bytes:
    # Here and not above, as with all that makes pictures.
    import segno  # noqa: PLC0415

    told = f"yutu:inspection:{paper.inspection.id}:{paper.content_sha256}:{paper.fingerprint or ''}"
    target = BytesIO()
    segno.make(told, error="m").save(target, kind="png", scale=6, border=2)
    return target.getvalue()
