"""A coverage run in words: the answer in a sentence, its tables, its parameters, its legend."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from geo.coverage.runs import Run
from geo.texts import Lang, catalogue, say, text
from maps.palette import NO_NETWORK, REACH
from maps.rendering import write_number, write_share

QUANTILES = ("p25", "p50", "p75", "p90")

LISTS = ("facilities_unsnapped", "facilities_unplaced", "facilities_too_rough")
"""Facilities that take no part, by why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of the table of an answer; ``share`` is None where it cannot be assessed."""

    code: str
    name: str
    age: str
    people: float
    covered: float
    share: float | None
    unsnapped: float
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LegendEntry:
    """A class of cells: its colour, what it means, and its share of the people if known."""

    colour: str
    words: str
    chequered: bool = False
    share: float | None = None


def tell_run(run: Run, lang: Lang) -> dict[str, Any]:
    """Tell all of a run, as the templates take it (``run_facts.html``)."""
    return {
        "run": run,
        "title": tell_title(run, lang),
        "answer": tell_answer(run, lang),
        "mark": text("mark.internal", lang),
        "demo": run.publication == "demo",
        "rows": list_rows(run, lang),
        "totals": list_totals(run, lang),
        "officials": list_officials(run, lang),
        "not_scaled": list_not_scaled(run, lang),
        "minutes": list_minutes(run, lang),
        "left_out": list_left_out(run, lang),
        "parameters": list_parameters(run, lang),
        "inputs": list_inputs(run, lang),
        "sources": list_sources(run, lang),
    }


def tell_answer(run: Run, lang: Lang) -> str:
    """Tell the answer of a run in one sentence."""
    asked, told = run.parameters, run.result
    facts = {
        "where": name_area(run, lang),
        "age": name_age(asked_ages(run)[0], lang),
        "people": write_number(told["people"], 0),
        "covered": write_number(told["covered"], 0),
        "minutes": write_minutes(asked["minutes"]),
        "metres": write_number(asked["limit_m"], 0),
        "kinds": name_kinds(asked["kinds"], lang),
    }
    if told["share"] is None:
        reason = _reason(told["reason"], lang)
        return text("page.run.answer_unknown", lang, **facts, reason=reason)
    return text("page.run.answer", lang, **facts, share=write_share(told["share"]))


def tell_title(run: Run, lang: Lang) -> str:
    """Name a run: what is reached within how long, and where."""
    return text(
        "page.run.title",
        lang,
        where=name_area(run, lang),
        kinds=name_kinds(run.parameters["kinds"], lang),
        minutes=write_minutes(run.parameters["minutes"]),
    )


def name_kinds(kinds: Sequence[str], lang: Lang) -> str:
    """Name kinds of facilities; one that the catalogue does not know by its key."""
    return say([name_kind(kind, lang) for kind in kinds], lang)


def name_kind(kind: str, lang: Lang) -> str:
    """Name a kind of facility; one that the catalogue does not know by its key."""
    return catalogue(lang).get(f"kind.{kind}", kind)


def name_age(age: str, lang: Lang) -> str:
    """Name an age group such as ``60+`` or ``0-14``; another form of name stays as it is."""
    if opened := re.fullmatch(r"(\d+)\+", age):
        return text("page.run.age_from", lang, first=opened[1])
    if closed := re.fullmatch(r"(\d+)-(\d+)", age):
        return text("page.run.age_between", lang, first=closed[1], last=closed[2])
    return text("page.run.age_all", lang) if age == "total" else age


def name_area(run: Run, lang: Lang) -> str:
    """Name where a run was asked: the division, or the whole area of the population."""
    within = run.parameters.get("within")
    if not within:
        return text("page.run.everywhere", lang)
    return str(run.parameters.get("within_name") or within)


def asked_ages(run: Run) -> list[str]:
    """Return the age groups of an answer, the first one asked for first."""
    ages = [age for age in run.parameters["ages"] if age in run.result["ages"]]
    return ages or list(run.result["ages"])


def write_minutes(minutes: float) -> str:
    """Write minutes, with a digit only where there is one."""
    return write_number(minutes, 0 if float(minutes).is_integer() else 1)


def list_rows(run: Run, lang: Lang) -> list[Row]:
    """List the rows of an answer, divisions in their order and age groups within each.

    Without any division there is nothing to tell apart.
    """
    if not any(one["code"] for one in run.result["divisions"]):
        return []
    return [
        _row(
            one["code"], one["name"] or text("page.run.nowhere", lang), age, one["ages"][age], lang
        )
        for one in run.result["divisions"]
        for age in asked_ages(run)
    ]


def list_totals(run: Run, lang: Lang) -> list[Row]:
    """List the totals of an answer by age group."""
    name = text("page.run.total", lang)
    return [_row("", name, age, run.result["ages"][age], lang) for age in asked_ages(run)]


def list_officials(run: Run, lang: Lang) -> list[dict[str, str]]:
    """List raw, official and scaled people side by side with the factor, by division and age."""
    return [
        {
            "name": one["name"],
            "age": name_age(one["age"], lang),
            "raw": write_number(one["raw"], 0),
            "official": write_number(one["official"], 0),
            "scaled": write_number(one["scaled"], 0),
            "factor": "—" if one["factor"] is None else write_number(one["factor"], 4),
        }
        for one in run.result["totals"]
    ]


def list_not_scaled(run: Run, lang: Lang) -> list[str]:
    """List the official totals that could not be applied, each with the reason."""
    return [
        text(f"page.run.not_scaled.{one['reason']}", lang, division=one["division"])
        for one in run.parameters.get("not_scaled", [])
    ]


def _row(code: str, name: str, age: str, told: Mapping[str, Any], lang: Lang) -> Row:
    return Row(
        code=code,
        name=name,
        age=name_age(age, lang),
        people=told["people"],
        covered=told["covered"],
        share=told["share"],
        unsnapped=told["people_unsnapped"],
        reason=_reason(told["reason"], lang),
    )


def _reason(reason: str | None, lang: Lang) -> str:
    return text(f"page.run.reason.{reason}", lang) if reason else ""


def list_left_out(run: Run, lang: Lang) -> list[tuple[str, list[str]]]:
    """List the facilities that took no part, by why; only what there is."""
    limit = write_number(run.parameters["snap_limit_m"], 0)
    return [
        (text(f"page.run.{key}", lang, metres=limit), list(run.result[key]))
        for key in LISTS
        if run.result.get(key)
    ]


def list_minutes(run: Run, lang: Lang) -> list[tuple[str, str]]:
    """List the quantiles of the way in minutes; a way that does not exist is said in words."""
    minutes = run.result["minutes"] or {}
    return [
        (
            text(f"page.run.{key}", lang),
            text("page.run.no_way", lang)
            if minutes[key] is None
            else text("page.run.minutes", lang, minutes=write_number(minutes[key], 1)),
        )
        for key in QUANTILES
        if key in minutes
    ]


def list_parameters(run: Run, lang: Lang) -> list[tuple[str, str]]:
    """List all parameters of a run and the versions of its data, in words."""
    asked = run.parameters
    said: dict[str, str] = {
        "kinds": name_kinds(asked["kinds"], lang),
        "limit": text(
            "page.run.limit_of",
            lang,
            metres=write_number(asked["limit_m"], 0),
            minutes=write_minutes(asked["minutes"]),
        ),
        "profile": text(
            "page.run.profile_of",
            lang,
            profile=text(f"page.run.profile.{asked['profile']}", lang),
            speed=write_number(asked["speed_m_per_min"], 0),
        ),
        "ages": say([name_age(age, lang) for age in asked_ages(run)], lang),
        "within": name_area(run, lang),
        "outside": text(f"page.run.{'inside_only' if asked['inside_only'] else 'outside'}", lang),
        "at": str(asked["at"]),
        "snap_limit": f"{write_number(asked['snap_limit_m'], 0)} m",
        "most_unsnapped": f"{write_number(asked['most_unsnapped_percent'], 0)}%",
        "roughest": text(f"page.quality.{asked['roughest_position']}", lang),
    }
    rows = [(text(f"page.run.of.{key}", lang), value) for key, value in said.items()]
    rows += [
        (text(f"page.run.of.{key}", lang), _name_data(asked[key], lang))
        for key in ("network", "population", "totals")
        if asked.get(key)
    ]
    return [*rows, (text("page.run.of.run", lang), str(run.id))]


def list_inputs(run: Run, lang: Lang) -> list[tuple[str, str]]:
    """List the contents a run was computed from, by SHA-256."""
    words = catalogue(lang)
    return [(words.get(f"page.run.input.{key}", key), sha) for key, sha in run.inputs.items()]


def list_sources(run: Run, lang: Lang) -> list[str]:
    """List the sources of streets and people, with the licences that are known."""
    given = [
        one["source"]
        for key in ("network", "population", "totals")
        if isinstance(one := run.parameters.get(key), Mapping) and one.get("source")
    ]
    return [_credit(source, lang) for source in dict.fromkeys(given)]


def _credit(source: str, lang: Lang) -> str:
    for mark in ("openstreetmap", "worldpop"):
        if mark in source.lower() or (mark == "openstreetmap" and "osm" in source.lower()):
            return f"{source} · {text(f'page.credit.{mark}', lang)}"
    return source


def _name_data(data: object, lang: Lang) -> str:
    if not isinstance(data, Mapping):
        return str(data)
    dated = data.get("as_of") or str(data.get("imported_at") or "")[:10]
    parts = [str(data.get("name", "")), str(data.get("source") or ""), str(dated or "")]
    return say([part for part in dict.fromkeys(parts) if part], lang)


def make_legend(
    limit_m: float, speed_m_per_min: float, lang: Lang, shares: Sequence[float] | None = None
) -> list[LegendEntry]:
    """Make the legend of the cells, its classes in minutes.

    Parameters
    ----------
    shares
        The share of the people in each class, the last one without a network.
    """
    known = list(shares) if shares is not None else [None] * (len(REACH) + 1)
    entries = []
    before = 0.0
    for one, share in zip(REACH, known, strict=False):
        minutes = limit_m * one.up_to / speed_m_per_min
        facts = {"first": write_minutes(_round(before)), "last": write_minutes(_round(minutes))}
        key = "beyond" if one.up_to == float("inf") else "within" if one.covered else "not_within"
        words = text(f"page.run.class_{key}", lang, **facts)
        entries.append(LegendEntry(colour=one.colour, words=words, share=share))
        before = minutes
    nowhere = text("page.run.class_no_network", lang)
    last = LegendEntry(colour=NO_NETWORK, words=nowhere, chequered=True, share=known[-1])
    return [*entries, last]


def _round(minutes: float) -> float:
    return minutes if minutes == float("inf") else round(minutes, 1)
