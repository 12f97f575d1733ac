"""The pages of reports to a platform above: the packages, one with its rows, how far a job is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from geo.jobs.jobs import Job
from geo.reports.packages import Package, PackageItem
from geo.reports.platforms import Platform
from maps.page import Frame, frame_facts
from maps.page_register import Refused, register_facts
from maps.rendering import render

PAGES = {"line": "/lines/", "marker": "/markers/"}
"""Where the page of a row's object is."""
CHIPS = {"made": "warning", "accepted": "done", "partly": "warning", "refused": "action"}
"""How a state of a package looks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportsView:
    """The packages of the divisions in reach, and the form that asks for one.

    ``typed`` is what the form holds; ``may_make`` says whether the viewer edits anywhere.
    """

    packages: Sequence[Package]
    platforms: Sequence[Platform]
    typed: Mapping[str, str]
    may_make: bool
    refused: Refused | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportView:
    """One package: its rows of a page, and where the next page begins.

    ``answer`` narrows the rows to what the platform said of them; ``editable`` shows the forms.
    """

    package: Package
    items: Sequence[PackageItem]
    answer: str | None
    next_address: str | None
    editable: bool
    said: str | None = None
    refused: Refused | None = None


def render_reports(frame: Frame, today: date, view: ReportsView, titles: Mapping[str, str]) -> str:
    """Render the list of packages; ``titles`` are those of the platforms, by name."""
    return _render("reports.html", frame, today, view=view, titles=titles)


def render_report(frame: Frame, today: date, view: ReportView, titles: Mapping[str, str]) -> str:
    """Render a package with its rows and the forms of its receipt."""
    return _render("report.html", frame, today, view=view, titles=titles, refused=view.refused)


def render_report_job(frame: Frame, today: date, job: Job, *, title: str, place: str | None) -> str:
    """Render how far a report is, and what it found once it is done.

    Parameters
    ----------
    title
        The platform's.
    place
        The division that reports; None for everything.
    """
    return _render("report_job.html", frame, today, job=job, title=title, place=place)


def _render(template: str, frame: Frame, today: date, **facts: Any) -> str:
    return render(
        template,
        frame.lang,
        **frame_facts(frame),
        **register_facts(frame.lang, today, today),
        object_pages=PAGES,
        chips=CHIPS,
        **facts,
    )
