"""Lists as .xlsx: landscape on A4, the head repeated on every page, lines for who fills it in.

Imported only where a list is made: what it stands on would slow every start.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter

from maps.papers.sheet import Column, Sheet
from maps.papers.words import plain

FANG, HEI, TITLE = (
    Font(name="仿宋_GB2312", size=10.5),
    Font(name="黑体", size=10.5),
    Font(name="方正小标宋简体", size=20),
)
GREY = PatternFill("solid", fgColor="F2F2F2")
THIN = Side(style="thin")
BOX = Border(left=THIN, right=THIN, top=THIN, bottom=THIN)
A4 = 9
"""OOXML's number of the paper size."""
MOST_LETTERS = 32_767
"""A cell holds no more."""


def write_sheet(sheet: Sheet) -> bytes:
    """Return a list as a workbook of one sheet.

    Texts are texts: one that begins with an equals sign is no formula.
    """
    book = Workbook(write_only=True)
    page = book.create_sheet(sheet.title)
    last = get_column_letter(len(sheet.columns))
    signed = f"填报单位（盖章）：            填报日期：{sheet.day}            {sheet.unit}"
    above = [*sheet.above, f"{signed}  {sheet.mark}".rstrip()]
    head = len(above) + 2
    total = head + len(sheet.rows) + 1
    _set_up(page, sheet, head)
    page.merged_cells.add(f"A1:{last}1")
    page.merged_cells.add(f"B{total}:{last}{total}")
    page.append([_cell(page, sheet.title, TITLE, Alignment(horizontal="center"))])
    for line in above:
        page.append([_cell(page, line, FANG, Alignment())])
    page.append([_head_cell(page, column.head) for column in sheet.columns])
    for row in sheet.rows:
        page.append(
            [
                _body_cell(page, value, column)
                for value, column in zip(row, sheet.columns, strict=True)
            ]
        )
    label, told = sheet.total
    blank = [""] * (len(sheet.columns) - 2)
    page.append([_body_cell(page, one, sheet.columns[0]) for one in (label, told, *blank)])
    page.append([_cell(page, sheet.below, FANG, Alignment())])
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def _set_up(page: Any, sheet: Sheet, head: int) -> None:
    for number, column in enumerate(sheet.columns, 1):
        page.column_dimensions[get_column_letter(number)].width = column.width
    page.page_setup.orientation = "landscape"
    page.page_setup.paperSize = A4
    page.page_setup.fitToHeight = 0
    page.sheet_properties.pageSetUpPr.fitToPage = True
    page.oddFooter.center.text = "第&P页 共&N页"
    page.print_title_rows = f"{head}:{head}"
    page.freeze_panes = f"A{head + 1}"


def _head_cell(page: Any, value: str) -> Any:
    middle = Alignment(horizontal="center", vertical="center", wrap_text=True)
    cell = _cell(page, value, HEI, middle)
    cell.border, cell.fill = BOX, GREY
    return cell


def _body_cell(page: Any, value: object, column: Column) -> Any:
    side = "right" if column.number or column.right else "left"
    number = isinstance(value, int | float)
    cell = _cell(
        page, value, FANG, Alignment(horizontal=side, vertical="center", wrap_text=not number)
    )
    cell.border = BOX
    if number and column.number:
        cell.number_format = column.number
    return cell


def _cell(page: Any, value: object, font: Font, alignment: Alignment) -> Any:
    if isinstance(value, int | float):
        cell = WriteOnlyCell(page, value)
    else:
        cell = WriteOnlyCell(page, plain(str(value))[:MOST_LETTERS])
        cell.data_type = "s"
    cell.font, cell.alignment = font, alignment
    return cell
