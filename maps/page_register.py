"""What all pages of the register need besides their frame."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from geo.exchange.findings import Finding
from geo.jobs.jobs import Job
from geo.texts import Lang, text
from maps.page import SCRIPT_TEXTS, Frame, frame_facts
from maps.rendering import render

HTMX = json.dumps(
    {
        # The page's policy allows no evaluated code and no inline style.
        "allowEval": False,
        "allowScriptTags": False,
        "includeIndicatorStyles": False,
        "attributesToSettle": ["class"],
        # Positions of markers are not to stay in the browser's storage.
        "historyCacheSize": 0,
        "refreshOnHistoryMiss": True,
        # A refusal comes as the page with the form and what is wrong with it.
        "responseHandling": [
            {"code": "204", "swap": False},
            {"code": "[23]..", "swap": True},
            {"code": "(401|403|404|409|412|413|422|428)", "swap": True},
            {"code": "[45]..", "swap": False, "error": True},
        ],
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A form that could not be done: why, and what was typed, so that nothing is typed twice.

    ``findings`` are what is wrong of it one by one. ``changes`` are what somebody else has changed
    meanwhile, each with ``revision``, ``what``, ``actor`` and ``at``, the newest first.
    """

    form: str
    problem: str
    typed: Mapping[str, Any]
    findings: Sequence[Finding] = ()
    changes: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperLink:
    """A paper that can be made of what the page shows; ``address`` lacks the ending.

    ``year`` is that of a plan.
    """

    name: str
    title: str
    object_id: UUID
    address: str
    formats: Sequence[str]
    year: int | None = None


def register_facts(lang: Lang, at: date, today: date) -> dict[str, Any]:
    """Return what the templates of the register take: dates, words of scripts, shapes of states.

    ``when`` goes behind the address of a thing so that it opens as of the same day.
    """
    script_texts = {key: text(f"page.{key}", lang) for key in SCRIPT_TEXTS}
    return {
        "at": at.isoformat(),
        "today": today.isoformat(),
        "when": "" if at == today else f"?at={at.isoformat()}",
        "script_texts": json.dumps(script_texts, ensure_ascii=False),
        "htmx_config": HTMX,
    }


def render_paper_job(frame: Frame, today: date, job: Job, *, title: str, back: str) -> str:
    """Render how far a paper is; ``back`` is the page of what it is made of."""
    return render(
        "paper_job.html",
        frame.lang,
        **frame_facts(frame),
        **register_facts(frame.lang, today, today),
        job=job,
        title=title,
        back=back,
    )
