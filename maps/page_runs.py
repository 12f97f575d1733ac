"""Coverage on the page: a run in the panel, the list of runs, the form that asks for one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from uuid import UUID

from geo.coverage.question import PROFILES
from geo.coverage.runs import Run
from geo.jobs.jobs import Job
from geo.texts import Lang, catalogue
from maps.page import Frame, frame_facts
from maps.page_facilities import Group
from maps.rendering import render, render_panel, write_box
from maps.run_words import make_legend, tell_answer, tell_run, tell_title

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageForm:
    """What the form holds, as it was typed."""

    kinds: Sequence[str] = ()
    minutes: str = "15"
    profile: str = "standard"
    limit_m: str = ""
    ages: str = "60+"
    within: str = ""
    inside_only: bool = False


def render_run(lang: Lang, at: date, run: Run, bounds: Box) -> str:
    """Render a run: the answer, its tables, its parameters; ``bounds`` is where its cells lie."""
    asked = run.parameters
    return render_panel(
        "panel_run.html",
        lang,
        at,
        bbox=write_box(bounds),
        legend=make_legend(asked["limit_m"], asked["speed_m_per_min"], lang),
        **tell_run(run, lang),
    )


def render_coverage(
    frame: Frame,
    runs: Sequence[Run],
    groups: Sequence[Group],
    form: CoverageForm,
    *,
    job: Job | None = None,
    problem: str | None = None,
) -> str:
    """Render the page that lists runs, asks for one, and shows how far the asked one is.

    Parameters
    ----------
    groups
        The kinds that have facilities.
    problem
        Why what was asked is refused.
    """
    told = [
        {"run": run, "title": tell_title(run, frame.lang), "answer": tell_answer(run, frame.lang)}
        for run in runs
    ]
    return render(
        "coverage.html",
        frame.lang,
        **frame_facts(frame),
        runs=told,
        groups=groups,
        form=asdict(form),
        profiles=PROFILES,
        job=_tell_job(job, frame.lang),
        problem=problem,
    )


def _tell_job(job: Job | None, lang: Lang) -> dict[str, str | float | UUID | bool] | None:
    if job is None:
        return None
    return {
        "id": job.id,
        "state": job.state,
        "progress": job.progress,
        "note": catalogue(lang).get(job.note, job.note),
        "run": str((job.result or {}).get("run_id", "")),
        "error": str(job.error[lang].get("detail", "")) if job.error else "",
        "over": job.state in ("done", "failed", "cancelled"),
    }
