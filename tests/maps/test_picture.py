from __future__ import annotations

import xml.etree.ElementTree as ET
from uuid import UUID

import pytest
import shapely

from geo.boundaries.shapes import LineShape
from geo.divisions.shapes import DivisionShape
from maps.picture import Sheet, draw_picture, level_for, tolerance_for
from maps.style import STROKES

BOX = (117.0, 36.0, 117.4, 36.3)
SVG = "{http://www.w3.org/2000/svg}"


def _divisions(name: str = "泰山区") -> list[DivisionShape]:
    return [DivisionShape("370902", name, (117.2, 36.15), shapely.box(*BOX))]


def _lines() -> list[LineShape]:
    shape = shapely.LineString([(117.0, 36.0), (117.4, 36.3)])
    return [LineShape(UUID(int=1), "county", shape)]


def _draw(divisions: list[DivisionShape], mark: str | None = "未经审核") -> ET.Element:
    sheet = Sheet(box=BOX, title="泰安 & 岱岳", mark=mark, tints={"370902": 2})
    chosen = [one.shape for one in divisions]
    return ET.fromstring(draw_picture(sheet, divisions, _lines(), chosen))  # noqa: S314


def test_a_picture_shows_land_lines_names_and_the_mark() -> None:
    picture = _draw(_divisions())
    words = [text.text for text in picture.iter(f"{SVG}text")]
    assert words == ["泰山区", "未经审核"]
    dashes = {path.get("stroke-dasharray") for path in picture.iter(f"{SVG}path")}
    assert STROKES["county"].dash_px() in dashes
    assert picture.findtext(f"{SVG}title") == "泰安 & 岱岳"


def test_a_name_in_a_picture_cannot_be_markup() -> None:
    picture = _draw(_divisions("<script>alert(1)</script>"), mark=None)
    assert not list(picture.iter(f"{SVG}script"))


def test_a_picture_of_nothing_is_an_empty_frame() -> None:
    sheet = Sheet(box=BOX, title="", mark=None, tints={})
    picture = ET.fromstring(draw_picture(sheet, [], [], []))  # noqa: S314
    assert not list(picture.iter(f"{SVG}path"))


@pytest.mark.parametrize(
    ("width", "level"), [(60.0, "province"), (12.0, "prefecture"), (3.0, "county")]
)
def test_the_wider_the_box_the_higher_the_level(width: float, level: str) -> None:
    assert level_for((100.0, 30.0, 100.0 + width, 30.0 + width / 2)) == level


def test_the_tolerance_is_less_than_a_pixel() -> None:
    assert 0 < tolerance_for(BOX) < (BOX[2] - BOX[0]) / 1000
