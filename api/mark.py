"""The mark that everything carries which is not an approved depiction."""

from __future__ import annotations

from geo.texts import Lang, text


def mark_of(publication: str, lang: Lang) -> str | None:
    """Return the mark of a division or a line; None once it is published by an approved map.

    References
    ----------
    行政区域界线管理条例 (Order 353) art. 14, 18; 地图管理条例 (Order 664) art. 15.
    """
    return None if publication == "published" else text("mark.not_approved", lang)


def data_mark_of(publication: str, lang: Lang) -> str | None:
    """Return the mark of what is no boundary (a run, a network): made up, or not public; or None.

    What a division carries says "示例数据" until its depiction is approved; real people and streets
    are no 示例数据.
    """
    if publication == "demo":
        return text("mark.demo", lang)
    return None if publication == "published" else text("mark.internal", lang)
