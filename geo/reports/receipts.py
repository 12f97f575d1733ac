"""What a platform answered to a package: entered by hand, or read from the file it sent."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, select, update

from geo.access.jurisdiction import Viewer, require_role
from geo.db.engine import give_reason
from geo.errors import ReceiptRefusedError
from geo.exchange.schema import CellError, Column, Schema, parse_code, parse_text
from geo.exchange.stage import Options, stage
from geo.files.store import keep_file
from geo.reports.packages import Package, PackageItem, list_items, read_package
from geo.reports.platforms import Platform, find_platform
from geo.reports.tables import report_item, report_package
from geo.texts import Text

ACCEPTED = frozenset(
    {"通过", "接收", "已接收", "成功", "同意", "合格", "是", "1", "accepted", "ok", "true"}
)
REFUSED = frozenset(
    {
        "退回",
        "不通过",
        "未通过",
        "失败",
        "不同意",
        "不合格",
        "拒绝",
        "否",
        "0",
        "refused",
        "rejected",
        "false",
    }
)
MOST_TOLD = 20
LONGEST_REASON = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A receipt: its number and date, the rows it refuses with the reason of each, by key.

    ``accepted`` are the keys it accepts; None means all it does not refuse. ``file_sha256`` is the
    file it came in.
    """

    number: str
    dated: date
    refused: Mapping[str, str]
    accepted: frozenset[str] | None = None
    file_sha256: str | None = None


def enter_receipt(
    conn: Connection,
    viewer: Viewer,
    package_id: UUID,
    receipt: Receipt,
    *,
    corrects: str | None = None,
) -> Package:
    """Enter what the platform answered; a refused row comes again in the next package.

    Parameters
    ----------
    corrects
        Why the receipt that was entered before was wrong; goes to the audit log.

    Raises
    ------
    ReceiptRefusedError
        If it names rows that are not in the package, refuses one without a reason, or the package
        has a receipt already and nothing is said of why it was wrong.
    PackageUnknownError
    UnauthenticatedError, RoleMissingError, OutsideJurisdictionError
        Unless the viewer is an editor of the division.
    """
    found = read_package(conn, viewer, package_id)
    require_role(
        conn, viewer, "editor", [found.division_id], what=f"{found.platform} {found.number}"
    )
    conn.execute(
        select(report_package.c.id).where(report_package.c.id == package_id).with_for_update()
    )
    found = read_package(conn, viewer, package_id)
    items = list_items(conn, package_id, named=False)
    reason = _wrong(found, items, receipt, corrects)
    if reason is not None:
        raise ReceiptRefusedError(package=found.number, reason=reason)
    if corrects:
        give_reason(conn, corrects)
    answers = [_answer(package_id, one, receipt) for one in items]
    if answers:
        item = report_item.c
        conn.execute(
            update(report_item)
            .where(
                item.package_id == bindparam("p_package"), item.object_id == bindparam("p_object")
            )
            .values(accepted=bindparam("p_accepted"), reason=bindparam("p_reason")),
            answers,
        )
    conn.execute(
        update(report_package)
        .where(report_package.c.id == package_id)
        .values(state=_state(answers), receipt=_as_json(receipt, answers))
    )
    return read_package(conn, viewer, package_id)


def read_receipt_file(
    conn: Connection,
    platform: str,
    path: Path,
    *,
    name: str,
    files: Path,
    number: str,
    dated: date,
) -> Receipt:
    """Read a receipt from a table (CSV, xlsx) of key, result and reason; the file is kept.

    A row that is not in it has no answer yet.

    Raises
    ------
    ReceiptRefusedError
        If a row says neither accepted nor refused, or there is no row.
    FileUnreadableError, FileRefusedError, ColumnMissingError
    """
    staged = stage(path, _schema(find_platform(platform)), Options(), file_name=name)
    errors = [one.as_text() for one in staged.findings if one.severity == "error"]
    if errors or len(staged.rows) == 0:
        reason: object = errors[:MOST_TOLD] or Text("reason.receipt_empty")
        raise ReceiptRefusedError(package=name, reason=reason)
    kept = keep_file(conn, path, files)
    rows = staged.rows[["key", "result", "reason"]].to_numpy().tolist()
    return Receipt(
        number=number,
        dated=dated,
        accepted=frozenset(key for key, is_accepted, _ in rows if is_accepted),
        refused={key: reason or "" for key, is_accepted, reason in rows if not is_accepted},
        file_sha256=kept.sha256,
    )


def parse_result(value: object) -> bool:
    """Return whether a cell says accepted; refused is False, anything else is an error."""
    said = unicodedata.normalize("NFKC", str(value)).strip().casefold().removesuffix(".0")
    if said in ACCEPTED:
        return True
    if said in REFUSED:
        return False
    raise CellError("receipt_result_invalid", Text("allowed.receipt_result"))


def parse_reason(value: object) -> str:
    """Return a reason as it stands."""
    return parse_text(value, max_len=LONGEST_REASON)


def _schema(platform: Platform) -> Schema:
    return Schema(
        kind="receipt",
        columns=(
            Column(
                "key", (platform.key, "标识", "空间数据标识码", "key"), parse_code, required=True
            ),
            Column(
                "result",
                ("result", "结果", "审核结果", "是否通过", "处理结果", "状态", "JG", "SHJG"),
                parse_result,
                required=True,
            ),
            Column(
                "reason", ("reason", "原因", "退回原因", "说明", "意见", "YY", "THYY"), parse_reason
            ),
        ),
    )


def _wrong(
    found: Package, items: Sequence[PackageItem], receipt: Receipt, corrects: str | None
) -> Text | None:
    if found.receipt is not None and not corrects:
        return Text("reason.receipt_twice")
    keys = {one.key for one in items}
    unknown = sorted((receipt.refused.keys() | (receipt.accepted or frozenset())) - keys)
    if unknown:
        return Text("reason.receipt_keys", {"keys": unknown[:MOST_TOLD]})
    silent = sorted(key for key, reason in receipt.refused.items() if not reason.strip())
    if silent:
        return Text("reason.receipt_reason", {"keys": silent[:MOST_TOLD]})
    return None


def _answer(package_id: UUID, one: PackageItem, receipt: Receipt) -> dict[str, Any]:
    accepted: bool | None = receipt.accepted is None or one.key in receipt.accepted or None
    if one.key in receipt.refused:
        accepted = False
    return {
        "p_package": package_id,
        "p_object": one.object_id,
        "p_accepted": accepted,
        "p_reason": receipt.refused.get(one.key),
    }


def _state(answers: Sequence[Mapping[str, Any]]) -> str:
    said = [one["p_accepted"] for one in answers]
    if all(said):
        return "accepted"
    return "partly" if any(said) else "refused"


def _as_json(receipt: Receipt, answers: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    said = [one["p_accepted"] for one in answers]
    return {
        "number": receipt.number,
        "dated": receipt.dated.isoformat(),
        "file_sha256": receipt.file_sha256,
        "accepted": said.count(True),
        "refused": said.count(False),
        "open": said.count(None),
    }
