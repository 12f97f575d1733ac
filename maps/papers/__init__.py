"""Papers an office prints: ``PAPERS`` names them, each with its template and its formats."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from geo.errors import OptionInvalidError, PaperUnknownError
from maps.fonts import Standing
from maps.papers import line_summary, marker_register, marker_results
from maps.papers.inspections import letters, lists, plan, report, scheme, sheets
from maps.papers.sheet import Sheet
from maps.to_pdf import make_pdf

Format = Literal["docx", "pdf", "xlsx"]
MEDIA_TYPES: Mapping[Format, str] = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
ObjectKind = Literal["marker", "line", "inspection", "plan"]
"""Of what papers are made; a ``plan`` is that of a year within a division."""
OWN_TEMPLATES = "papers"
"""The folder in the data folder where an office keeps templates of its own."""


@dataclass(frozen=True, slots=True)
class Paper:
    """A kind of paper; its template is ``<name>.docx`` beside this file, or in its ``room``.

    ``fill`` takes the facts of what it is made of (:mod:`maps.papers.facts`,
    :mod:`maps.papers.inspections.facts`) to the names of the template, ``listed`` to a sheet.
    """

    name: str
    title: str
    object_kind: ObjectKind
    fill: Callable[[Any], Mapping[str, Any]]
    listed: Callable[[Any], Sheet] | None = None
    room: str = ""

    @property
    def formats(self) -> tuple[Format, ...]:
        """Return the formats it is made in."""
        return ("docx", "pdf", "xlsx") if self.listed else ("docx", "pdf")


INSPECTIONS = "inspections"


def _of_inspection(
    name: str,
    title: str,
    fill: Callable[[Any], Mapping[str, Any]],
    listed: Callable[[Any], Sheet] | None = None,
) -> Paper:
    return Paper(name, title, "inspection", fill, listed, INSPECTIONS)


PAPERS: Mapping[str, Paper] = {
    paper.name: paper
    for paper in (
        Paper("marker_register", "界桩登记表", "marker", marker_register.fill_card),
        Paper(
            "marker_results", "界桩成果表", "line",
            marker_results.fill_results, marker_results.list_results,
        ),
        Paper(
            "line_summary", "界线登记表", "line",
            line_summary.fill_summary, line_summary.list_summary,
        ),
        _of_inspection("inspection_scheme", "联检实施方案", scheme.fill_scheme),
        _of_inspection("inspection_notice", "联检通知", letters.fill_notice),
        _of_inspection("inspection_letter", "致邻方函", letters.fill_letter),
        _of_inspection("inspection_minutes", "联席会议纪要", scheme.fill_minutes),
        _of_inspection("marker_records", "界桩联检记录表", sheets.fill_marker_records),
        _of_inspection("section_records", "界线联检记录表", sheets.fill_section_records),
        _of_inspection("repair_record", "修测记录", lists.fill_repairs),
        _of_inspection(
            "marker_findings", "界桩检查一览表",
            lists.fill_findings, lists.list_marker_findings,
        ),
        _of_inspection("inspection_report", "联检报告", report.fill_report),
        _of_inspection("inspection_submission", "上报请示", letters.fill_submission),
        _of_inspection("seal_sheet", "成果签章页", lists.fill_seal_sheet),
        _of_inspection("archive_index", "归档目录", lists.fill_archive, lists.list_archive),
        Paper(
            "inspection_plan", "年度联检任务安排表", "plan",
            plan.fill_plan, plan.list_plan, INSPECTIONS,
        ),
        Paper(
            "inspection_summary", "年度联检工作总结", "plan",
            plan.fill_summary, plan.list_summary, INSPECTIONS,
        ),
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class MadePaper:
    """A paper as a file; ``stand_ins`` are the fonts of a PDF that are not those asked for."""

    content: bytes
    media_type: str
    stand_ins: tuple[Standing, ...] = ()


def find_paper(name: str, object_kind: str | None = None) -> Paper:
    """Return a kind of paper by its name.

    Raises
    ------
    PaperUnknownError
        If there is none, or it is made of another kind of thing.
    """
    allowed = {key: one for key, one in PAPERS.items() if object_kind in (None, one.object_kind)}
    if name not in allowed:
        raise PaperUnknownError(paper=name, allowed=list(allowed))
    return allowed[name]


def check_format(paper: Paper, wanted: str) -> Format:
    """Return the format, if the paper is made in it.

    Raises
    ------
    OptionInvalidError
    """
    for one in paper.formats:
        if one == wanted:
            return one
    raise OptionInvalidError(option="format", value=wanted, allowed=list(paper.formats))


def make_paper(paper: Paper, facts: Any, wanted: Format, home: Path) -> MadePaper:
    """Make a paper of what was read.

    Parameters
    ----------
    facts
        What the paper's ``object_kind`` says: :class:`~maps.papers.facts.MarkerCard`,
        :class:`~maps.papers.facts.LinePaper`,
        :class:`~maps.papers.inspections.facts.InspectionPaper` or
        :class:`~maps.papers.inspections.facts.PlanPaper`.
    home
        The data folder: the office's own templates, and room for what is between.

    Raises
    ------
    PaperTemplateError, OfficeMissingError, FontMissingError, ProgramFailedError, BusyError
    CountsDisagreeError
        If what a report counts does not add up.
    """
    if wanted == "xlsx":
        listed = paper.listed
        if listed is None:
            raise OptionInvalidError(option="format", value=wanted, allowed=list(paper.formats))
        # Here and not above, as below: the web process starts without what makes papers.
        from maps.papers.workbook import write_sheet  # noqa: PLC0415

        return MadePaper(write_sheet(listed(facts)), MEDIA_TYPES[wanted])
    from maps.papers.fill import fill_template, find_template  # noqa: PLC0415

    template = find_template(paper.name, home / OWN_TEMPLATES, paper.room)
    filled = fill_template(template, paper.fill(facts))
    if wanted == "docx":
        return MadePaper(filled.docx, MEDIA_TYPES[wanted])
    printed = make_pdf(filled.docx, filled.text, home / "tmp")
    return MadePaper(printed.pdf, MEDIA_TYPES[wanted], printed.stand_ins)
