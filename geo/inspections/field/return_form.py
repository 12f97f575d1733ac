"""The form a neighbour without accounts fills in (回传表): one row per marker and per section.

It is made of columns that :mod:`geo.inspections.field.returns` reads again; statutory words in
Chinese.
"""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any, NamedTuple

from geo.errors import NotPartyError
from geo.inspections.facts import CONTENTS, RESULTS, Inspection, Party, Subject
from geo.markers.tables import METHODS
from geo.texts import Text, text

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

FORMAT = "yutu-return-1"
HIDDEN = "_yutu"
KEYS = ("format", "inspection", "side")
"""What the hidden sheet says, a row each: its name and its value."""
FIRST_ROW = 2
HEADS = {"marker": "界桩", "section": "界线段"}
"""The sheet of each kind of subject."""
DAY, RESULT, LON, LAT, METHOD, ACCURACY, NOTE = (
    "检查日期", "检查结果", "经度", "纬度", "测量方法", "点位精度（米）", "备注",
)  # fmt: skip
CONTENT_HEADS = {key: text(f"content.{key}") for key in CONTENTS}
KNOWN: dict[str, tuple[str, ...]] = {
    "marker": ("编号", "序号", "界桩号", "登记位置"),
    "section": ("编号", "序号", "起止", "界线依托", "长度（千米）"),
}
"""Columns that are filled in already; 编号 is the id and hidden."""
ASKED: dict[str, tuple[str, ...]] = {
    "marker": (DAY, RESULT, LON, LAT, METHOD, ACCURACY, *CONTENT_HEADS.values(), NOTE),
    "section": (DAY, RESULT, *CONTENT_HEADS.values(), NOTE),
}
INSTRUCTIONS = (
    "一、本表由没有舆图账号的一方填写，填好后交对方读入；只填白色的格，灰色的格和工作表名称不要改动。",
    "二、“界桩”“界线段”两张表每行一处。没有检查的行整行留空，以后可以再填再交，同一处以最后交来的为准。",
    "三、检查日期写成 2026-05-06。检查结果从下拉框中选；选“无法到达”的，在备注中写明原因。",
    "四、经度、纬度写十进制度（2000国家大地坐标系），没有测量的留空；测量方法从下拉框中选。",
    "五、“界线贯彻落实”等五栏是《省级行政区域界线联合检查实施办法》第三条规定的检查内容，如实填写，没有的留空。",
    "六、本表只能用于本次联检和本方；表中有错时整份不读入，并逐行指出错在哪里。",
)


class Choice(NamedTuple):
    """A column that is chosen from a list."""

    head: str
    words: Sequence[str]


def make_return_form(inspection: Inspection, party: Party) -> bytes:
    """Return the form of a side as .xlsx; its subjects are those the side has to record.

    Raises
    ------
    NotPartyError
        If the side shares no subject of it.
    """
    # Here and not above: the web process starts without it.
    from openpyxl import Workbook  # noqa: PLC0415

    subjects = [one for one in inspection.subjects if party.id in one.sides]
    if not subjects:
        raise NotPartyError(
            what=Text("doing.return_form"),
            parties=[f"{one.name} {one.code}" for one in inspection.parties],
            grants=Text("grant.none"),
        )
    book = Workbook()
    _write_instructions(book.worksheets[0], inspection, party)
    for kind in ("marker", "section"):
        _write_subjects(book, kind, [one for one in subjects if one.kind == kind])
    hidden = book.create_sheet(HIDDEN)
    for row in zip(KEYS, (FORMAT, str(inspection.id), party.code), strict=True):
        hidden.append(row)
    hidden.sheet_state = "veryHidden"
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _write_instructions(sheet: Worksheet, inspection: Inspection, party: Party) -> None:
    from openpyxl.styles import Alignment, Font  # noqa: PLC0415

    sheet.title = "填写说明"
    sheet.column_dimensions["A"].width = 100
    named = "专项检查" if inspection.round is None else f"第{inspection.round}轮联合检查"
    title = f"{inspection.line_name}{named}回传表（{inspection.year}年）"
    for line in (title, f"填报方：{party.name}（{party.code}）", *INSTRUCTIONS):
        sheet.append([line])
    for row in sheet.iter_rows():
        row[0].alignment = Alignment(wrap_text=True, vertical="top")
    sheet["A1"].font = Font(bold=True, size=14)


def _write_subjects(book: Workbook, kind: str, subjects: Sequence[Subject]) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill  # noqa: PLC0415
    from openpyxl.utils import get_column_letter  # noqa: PLC0415

    sheet = book.create_sheet(HEADS[kind])
    heads = (*KNOWN[kind], *ASKED[kind])
    sheet.append(heads)
    grey = PatternFill("solid", fgColor="E7E4DC")
    for subject in subjects:
        sheet.append(_known(subject))
    for row in sheet.iter_rows(max_col=len(heads)):
        for place, cell in enumerate(row):
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            if place < len(KNOWN[kind]) or cell.row == 1:
                cell.fill = grey
    for place, cell in enumerate(sheet[1], 1):
        cell.font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(place)].width = 18
    sheet.column_dimensions["A"].hidden = True
    sheet.freeze_panes = sheet.cell(FIRST_ROW, len(KNOWN[kind]) + 1)
    for choice in choices(kind):
        _offer(sheet, heads.index(choice.head) + 1, choice, len(subjects))
    sheet.page_setup.orientation = "landscape"
    sheet.print_title_rows = "1:1"


def choices(kind: str) -> list[Choice]:
    """Return what is chosen from a list on the sheet of a kind."""
    results = Choice(RESULT, [text(f"result.{kind}.{one}") for one in RESULTS[kind]])
    methods = Choice(METHOD, [text(f"method.{one}") for one in METHODS])
    return [results, methods] if kind == "marker" else [results]


def _offer(sheet: Worksheet, column: int, choice: Choice, rows: int) -> None:
    from openpyxl.utils import get_column_letter  # noqa: PLC0415
    from openpyxl.worksheet.datavalidation import DataValidation  # noqa: PLC0415

    listed = DataValidation(type="list", formula1=f'"{",".join(choice.words)}"', allow_blank=True)
    listed.error = f"请从下拉框中选：{'、'.join(choice.words)}"
    sheet.add_data_validation(listed)
    letter = get_column_letter(column)
    listed.add(f"{letter}{FIRST_ROW}:{letter}{max(rows, 1) + FIRST_ROW - 1}")


def _known(subject: Subject) -> list[Any]:
    """Return the filled-in cells of a row; texts, so that no number becomes another."""
    register = subject.register
    head = [str(subject.id), subject.ordinal, subject.label]
    if subject.kind == "marker":
        position = register.get("position") or {}
        lon, lat = position.get("lon"), position.get("lat")
        return [*head, f"{lon}，{lat}" if lon and lat else ""]
    basis = text(f"basis.{register['basis']}") if register.get("basis") else ""
    named = register.get("basis_name") or ""
    length = register.get("length_km") or register.get("measured_km")
    return [*head, f"{basis} {named}".strip(), length]
