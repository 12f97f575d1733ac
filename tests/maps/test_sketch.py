from __future__ import annotations

import math
from io import BytesIO
from itertools import pairwise
from typing import Any

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from PIL import Image
from pyproj import Geod

from maps.fonts import find_sketch_font, list_fonts
from maps.palette import CINNABAR
from maps.scene import Disc, Scene, Stroke, Words, dash, draw_png, draw_svg, width_of
from maps.sketch import HEIGHT, MARGIN, WIDTH, Sketch, SketchLine, SketchObject, draw_sketch
from tests.maps.papers.given import HERE, OURS, THEIRS, THIRD, make_object, make_sketch

X, Y = HERE


def words_of(scene: Scene) -> dict[str, Words]:
    return {mark.text: mark for mark in scene.marks if isinstance(mark, Words)}


def place_of_marker(scene: Scene) -> tuple[float, float]:
    return next(m.middle for m in scene.marks if isinstance(m, Disc) and m.colour == CINNABAR)


def box_of(mark: Words) -> Any:
    wide = width_of(mark.text, mark.size)
    west = mark.place[0] - {"start": 0.0, "middle": wide / 2, "end": wide}[mark.anchor]
    north = mark.place[1] - mark.size / 2
    return shapely.box(west, north, west + wide, north + mark.size)


def leaders_of(scene: Scene) -> list[Stroke]:
    """Return the lines from the marker to its objects, in the objects' order."""
    here = place_of_marker(scene)
    return [m for m in scene.marks if isinstance(m, Stroke) and m.points[0] == here]


def test_a_sketch_is_as_large_as_the_form_wants_and_says_what_it_must() -> None:
    scene = draw_sketch(make_sketch())
    assert (scene.width >= 70, scene.height >= 60) == (True, True)
    told = words_of(scene)
    for text in ("23320421", "东平县", "梁山县", "北", "1 机井房", "42°15′  35.20 m"):
        assert text in told
    assert any("1:" in text for text in told)


@given(
    bearing=st.floats(0, 359.99),
    distance=st.floats(2, 900),
    other=st.floats(0, 359.99),
)
def test_objects_lie_in_their_bearing_at_their_distance(
    bearing: float, distance: float, other: float
) -> None:
    objects = (make_object(1, "树", bearing, distance), make_object(2, "桥", other, distance))
    scene = draw_sketch(make_sketch(objects=objects))
    scale = int(next(text for text in words_of(scene) if "1:" in text).split("1:")[1])
    here = place_of_marker(scene)
    end = leaders_of(scene)[0].points[1]
    east, north = end[0] - here[0], here[1] - end[1]
    turned = (math.degrees(math.atan2(east, north)) - bearing + 180) % 360 - 180
    assert abs(turned) < 0.01
    assert math.hypot(east, north) * scale / 1000 == pytest.approx(distance, rel=1e-6)


def test_an_object_far_off_is_shown_at_the_edge_and_does_not_shrink_the_rest() -> None:
    near = tuple(make_object(n, "树", 90.0 * n, 30.0) for n in (1, 2, 3))
    scene = draw_sketch(make_sketch(objects=(*near, make_object(4, "山", 45.0, 3000.0))))
    here, ends = place_of_marker(scene), [one.points[1] for one in leaders_of(scene)]
    lengths = [math.dist(here, end) for end in ends]
    assert lengths[0] > 8
    assert all(MARGIN <= x <= WIDTH - MARGIN and MARGIN <= y <= HEIGHT - MARGIN for x, y in ends)
    assert "45°00′  3000.00 m" in words_of(scene)


@given(st.floats(0, 360))
def test_each_side_is_named_on_its_own_ground(turn: float) -> None:
    angle = math.radians(turn)
    dx, dy = 0.01 * math.sin(angle), 0.008 * math.cos(angle)
    line = shapely.LineString([(X - dx, Y - dy), (X, Y), (X + dx, Y + dy)])
    scene = draw_sketch(make_sketch(SketchLine(line, OURS.name, THEIRS.name, "county")))
    here = place_of_marker(scene)
    for name, sign in ((OURS.name, 1), (THEIRS.name, -1)):
        x, y = words_of(scene)[name].place
        east, north = x - here[0], here[1] - y
        # Left of the line's direction is where the cross product is positive.
        run = (dx * math.cos(math.radians(Y)), dy)
        assert (run[0] * north - run[1] * east) * sign > 0, name


def test_three_sides_are_named_at_a_tripoint() -> None:
    ends = {"north": (X, Y + 0.01), "east": (X + 0.01, Y - 0.005), "west": (X - 0.01, Y - 0.005)}
    north, east, west = (shapely.LineString([HERE, end]) for end in ends.values())
    scene = draw_sketch(
        make_sketch(
            SketchLine(north, OURS.name, THEIRS.name, "county"),
            SketchLine(east, THEIRS.name, THIRD.name, "prefecture"),
            SketchLine(west, THIRD.name, OURS.name, "prefecture"),
            objects=(),
        )
    )
    here, told = place_of_marker(scene), words_of(scene)
    assert told[OURS.name].place[0] < here[0]
    assert told[THEIRS.name].place[0] > here[0]
    assert told[THIRD.name].place[1] > here[1]


def test_words_stand_inside_the_frame_and_not_on_each_other() -> None:
    scene = draw_sketch(make_sketch())
    boxes = [box_of(mark) for mark in scene.marks if isinstance(mark, Words)]
    frame = shapely.box(0, 0, WIDTH, HEIGHT)
    assert all(frame.contains(box) for box in boxes)
    for number, one in enumerate(boxes):
        for other in boxes[number + 1 :]:
            assert shapely.intersection(one, other).area < 0.3


def test_a_marker_without_objects_or_line_has_a_sketch_too() -> None:
    bare = Sketch(number="1", lon=X, lat=Y, lines=(), objects=())
    assert "1" in words_of(draw_sketch(bare))
    gone = SketchLine(shapely.LineString(), "甲", "乙", "county")
    assert "甲" not in words_of(draw_sketch(make_sketch(gone)))


def test_the_picture_for_a_page_is_sound_and_escapes_names() -> None:
    objects = (SketchObject(1, "<script>&\"'", 10.0, 5.0),)
    sketch = Sketch(number="<b>", lon=X, lat=Y, lines=(), objects=objects)
    svg = draw_svg(draw_sketch(sketch))
    root = etree.fromstring(svg.encode())
    assert "<script>" not in svg
    assert any("<script>" in (text.text or "") for text in root.iter("{*}text"))
    assert "http" not in svg.replace("http://www.w3.org/2000/svg", "")


def test_the_picture_for_print_has_400_dots_an_inch() -> None:
    font = find_sketch_font(list_fonts())
    if font is None:
        pytest.skip("no Chinese font is installed")
    png = draw_png(draw_sketch(make_sketch()), font.file, font.face)
    with Image.open(BytesIO(png)) as image:
        assert image.size == (1260, 977)
        assert image.info["dpi"][0] == pytest.approx(400, abs=1)
    assert len(png) < 120_000


@given(
    st.lists(st.tuples(st.floats(0, 80), st.floats(0, 60)), min_size=2, max_size=6),
    st.lists(st.floats(0.3, 5), min_size=2, max_size=6).filter(lambda one: len(one) % 2 == 0),
)
def test_dashes_and_gaps_cover_a_line_in_turn(points: Any, pattern: Any) -> None:
    drawn = sum(math.dist(a, b) for piece in dash(points, pattern) for a, b in pairwise(piece))
    whole = sum(math.dist(a, b) for a, b in pairwise(points))
    turns, rest = divmod(whole, sum(pattern))
    expected = turns * sum(pattern[::2])
    for number, part in enumerate(pattern):
        expected += min(part, max(rest, 0.0)) if number % 2 == 0 else 0.0
        rest -= part
    assert drawn == pytest.approx(expected, abs=1e-6)


def test_up_is_grid_north_not_true_north() -> None:
    # Near the eastern edge of its zone grid north is 0.8 degrees off; due north by the geoid's
    # meridian is therefore drawn to the left of straight up.
    lon, lat = 118.4, 36.0
    there = Geod(ellps="GRS80").fwd(lon, lat, 0, 3000)[:2]
    line = shapely.LineString([(lon, lat), there])
    scene = draw_sketch(Sketch("1", lon, lat, (SketchLine(line, "甲", "乙", "county"),), ()))
    here = place_of_marker(scene)
    strokes = [m for m in scene.marks if isinstance(m, Stroke) and m.width >= 0.35 and not m.fill]
    x, y = strokes[-1].points[-1]
    turned = math.degrees(math.atan2(x - here[0], here[1] - y))
    assert turned == pytest.approx(-1.4 * math.sin(math.radians(lat)), abs=0.02)
