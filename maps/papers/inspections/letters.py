"""What offices write to each other: notice, letter to the neighbour, request to the authority.

References
----------
GB/T 9704-2012: a notice goes down under the head of its office, a letter goes level (信函格式), a
request goes up with its signer (签发人), one matter in each.
"""

from __future__ import annotations

from typing import Any

from maps.papers.inspections.facts import InspectionPaper
from maps.papers.inspections.head import (
    BUREAU,
    GOVERNMENT,
    REGULATION,
    bind,
    fill_head,
    list_sides,
    name_inspection,
    order_parties,
    others_of,
    write_field_days,
)
from maps.papers.inspections.shares import list_sections, list_shares
from maps.papers.inspections.words import (
    count_results,
    join_names,
    tell_basics,
    tell_marker_counts,
    tell_organisation,
    tell_section_counts,
)


def fill_notice(paper: InspectionPaper) -> dict[str, Any]:
    """Return the notice with which both offices put the agreed plan into force."""
    found = paper.inspection
    plan = f"《{name_inspection(paper)}工作实施方案》"
    days = write_field_days(found)
    return {
        **fill_head(paper),
        "issuer": f"{found.lead.name}{BUREAU}",
        "title": f"关于印发{plan}的通知",
        "to": "界线沿线各乡镇人民政府、街道办事处：",
        "body": [
            (
                f"依据{REGULATION}第十二条，{found.year}年开展{name_inspection(paper)}。"
                f"现将{join_names(found.parties, BUREAU)}共同议定的{plan}印发给你们，请遵照执行。"
            ),
            (
                "请按方案明确专人配合外业检查，做好向导、通行和界桩周边清理，"
                "检查期间发现的问题及时报告，不得擅自移动、修复界桩。"
            ),
            f"外业时间为{days}。" if days else "外业时间另行通知。",
        ],
        "annex": f"{name_inspection(paper)}工作实施方案",
        "signed": [one["bureau"] for one in list_sides(found)],
    }


def fill_letter(paper: InspectionPaper) -> dict[str, Any]:
    """Return the letter that proposes time, division of sections and papers to the neighbour."""
    found = paper.inspection
    markers, sections = len(paper.outcomes("marker")), len(paper.outcomes("section"))
    days = write_field_days(found)
    led = [
        f"{one.name}牵头{count}段"
        for one in order_parties(found)
        if (count := sum(o.subject.lead_id == one.id for _, o in paper.outcomes("section")))
    ]
    items = [
        f"检查范围。{tell_basics(paper)}",
        f"分段建议。{'，'.join(led)}，界桩由管理方牵头，分段见附件。" if led else "",
        f"时间。拟于{days}开展外业，会合地点另行电话商定。" if days else "",
        "人员与资料。请派专人参加，并携界线协议书及附图、界桩登记表、上一轮联合检查报告。",
    ]
    reason = f"因{found.reason}，" if found.reason else ""
    return {
        **fill_head(paper),
        "issuer": f"{found.lead.name}{BUREAU}",
        "title": f"关于商请联合开展{name_inspection(paper)}的函",
        "to": f"{join_names(others_of(found), BUREAU)}：",
        "body": [
            (
                f"依据{REGULATION}第十二条，{reason}{found.year}年拟对{found.line_name}开展"
                f"{name_inspection(paper).removeprefix(found.line_name)}。我局提出以下安排，请予商议："
            ),
        ],
        "items": [
            f"{place}、{one}" for place, one in zip("一二三四", filter(None, items), strict=False)
        ],
        "closing": "以上安排如无不同意见，请函告；有调整意见的，请一并函告。",
        "sections": list_sections(paper),
        "markers": list_shares(paper),
        "annex": f"分段及界桩一览（界桩{markers}颗、界线{sections}段）",
    }


def fill_submission(paper: InspectionPaper) -> dict[str, Any]:
    """Return the request up with which the governments hand the result in.

    Raises
    ------
    CountsDisagreeError
    """
    found = paper.inspection
    markers, sections = count_results(paper, "marker"), count_results(paper, "section")
    results = [tell_marker_counts(markers)] if markers.expected else []
    results += [tell_section_counts(sections)] if sections.expected else []
    return {
        **fill_head(paper),
        **bind(paper),
        "issuers": [f"{one.name}{GOVERNMENT}" for one in order_parties(found)],
        "title": f"关于审定{name_inspection(paper)}成果的请示",
        "to": "　　　　　　人民政府：",
        "body": [
            (
                f"依据{REGULATION}第十二条，{join_names(found.parties, GOVERNMENT)}联合开展了"
                f"{name_inspection(paper)}。{tell_organisation(paper)}"
            ),
            "".join(results),
            f"现将{name_inspection(paper)}工作报告及全部成果上报。",
        ],
        "closing": "当否，请示。",
        "annex": f"{name_inspection(paper)}工作情况报告",
        "signed": [one["government"] for one in list_sides(found)],
    }
