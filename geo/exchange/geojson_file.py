"""GeoJSON, read feature by feature: one broken feature is one finding, not the end of the file.

GDAL is left out of it: by its content a ``.geojson`` may be a job description that has GDAL open
other files of this machine, and a coordinate ``null`` or a GBK file is read without a word.

References
----------
RFC 7946 (WGS 84, longitude first); the 2008 specification for the member ``crs``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from pyproj import CRS
from shapely.errors import ShapelyError
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from geo.crs.systems import read_crs
from geo.errors import FileRefusedError, OptionInvalidError
from geo.exchange.encoding import decode
from geo.exchange.findings import Conclusion, Finding, show
from geo.exchange.outgoing import Frame, cells_of
from geo.exchange.raw import RawTable, Source, too_many_rows, unreadable
from geo.progress import report
from geo.texts import Text

KIND = "GeoJSON"
REPORT_EVERY = 20_000
NO_SHAPE = (ValueError, TypeError, AttributeError, KeyError, IndexError, ShapelyError)


def read(source: Source) -> RawTable:
    """Read a feature collection, or a single feature.

    Raises
    ------
    FileUnreadableError
        If it is cut, no JSON, or JSON of another kind.
    FileRefusedError
        If its ``crs`` member names a system nobody knows.
    """
    content, conclusion = _load(source)
    features = _features(content, source)
    if len(features) > source.options.max_rows:
        raise too_many_rows(source, KIND)
    shapes = np.full(len(features), None, dtype=object)
    findings: list[Finding] = []
    heads: dict[str, None] = {}
    properties: list[Mapping[str, object]] = []
    for place, feature in enumerate(features):
        if place % REPORT_EVERY == 0:
            report(source.progress, 0.2, "job.reading")
        own, shapes[place], finding = _read_feature(feature, place + 1)
        properties.append(own)
        heads.update(dict.fromkeys(own))
        if finding is not None:
            findings.append(finding)
    crs, assumed = _crs_of(content, source)
    return RawTable(
        heads=list(heads),
        columns=[[_plain(own.get(head)) for own in properties] for head in heads],
        rows=range(1, len(features) + 1),
        geometry=shapes,
        crs=crs,
        crs_from="crs_from.member",
        crs_assumed=assumed,
        conclusions=[conclusion],
        findings=findings,
    )


def write(frame: Frame, path: Path) -> list[Finding]:
    """Write a frame as a feature collection without a ``crs`` member, as RFC 7946 has it.

    The coordinates are CGCS2000; readers will call them WGS 84, which is taken as identical.
    """
    names, columns = cells_of(frame)
    geometries = frame.geometry.to_numpy()
    with path.open("w", encoding="utf-8") as target:
        target.write('{"type": "FeatureCollection", "features": [')
        for place, geometry in enumerate(geometries):
            feature = {
                "type": "Feature",
                "properties": {
                    name: _json(cells[place]) for name, cells in zip(names, columns, strict=True)
                },
                "geometry": None if geometry is None else shapely.geometry.mapping(geometry),
            }
            target.write(",\n" if place else "\n")
            target.write(json.dumps(feature, ensure_ascii=False, allow_nan=False))
        target.write("\n]}\n")
    return []


def _json(cell: object) -> object:
    return cell.isoformat() if isinstance(cell, date) else cell


def _load(source: Source) -> tuple[dict[str, Any], Conclusion]:
    try:
        decoded = decode(source.path.read_bytes(), source.options.encoding)
        content = json.loads(decoded.text)
    except UnicodeDecodeError as exc:
        raise unreadable(
            source, KIND, "encoding", encoding=exc.encoding.upper(), byte=exc.start + 1
        ) from None
    except json.JSONDecodeError as exc:
        reason = "json_broken" if decoded.text.rstrip().endswith("}") else "json_cut"
        raise unreadable(source, KIND, reason, line=exc.lineno, column=exc.colno) from None
    except (ValueError, RecursionError):
        raise unreadable(source, KIND, "json_extreme") from None
    if not isinstance(content, dict):
        raise unreadable(source, KIND, "json_other", found=type(content).__name__)
    return content, decoded.conclusion


def _features(content: dict[str, Any], source: Source) -> list[object]:
    features = content.get("features")
    if content.get("type") == "FeatureCollection" and isinstance(features, list):
        return features
    if content.get("type") == "Feature":
        return [content]
    raise unreadable(source, KIND, "json_other", found=show(content.get("type")))


def _read_feature(
    feature: object, number: int
) -> tuple[Mapping[str, object], BaseGeometry | None, Finding | None]:
    if not isinstance(feature, dict) or not isinstance(feature.get("properties") or {}, dict):
        return (
            {},
            None,
            Finding(rule="feature_broken", severity="error", row=number, value=json.dumps(feature)),
        )
    own: Mapping[str, object] = feature.get("properties") or {}
    if "id" in feature and "id" not in own:
        own = {"id": feature["id"], **own}
    given = feature.get("geometry")
    if given is None:
        return own, None, None
    try:
        with np.errstate(invalid="ignore"):  # NaN is told by its own finding, with its vertex
            return own, shape(given), None
    except NO_SHAPE:
        kind = given.get("type", "-") if isinstance(given, dict) else given
        return (
            own,
            None,
            Finding(rule="geometry_broken", severity="error", row=number, value=show(kind)),
        )


def _plain(value: object) -> object:
    """Return a property as one cell; an object or a list in it as its JSON."""
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, str) and not value.strip():
        return None
    return value


def _crs_of(content: dict[str, Any], source: Source) -> tuple[CRS | None, CRS | None]:
    """Return the system the file names, and the one its standard supposes where it names none.

    ``"crs": null`` says expressly that the system is unknown.
    """
    if "crs" not in content:
        return None, read_crs("OGC:CRS84")
    member = content["crs"]
    if member is None:
        return None, None
    try:
        name = member["properties"]["name"]
        return read_crs(str(name)), None
    except (KeyError, TypeError, OptionInvalidError):
        raise FileRefusedError(
            file=source.name, reason=Text("reason.crs_unknown", {"crs": show(member)})
        ) from None


def is_mine(head: bytes) -> bool:
    """Say whether a file may be GeoJSON by its first bytes."""
    marks: Sequence[bytes] = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
    return head.startswith(tuple(marks)) or head.lstrip().startswith(b"{")
