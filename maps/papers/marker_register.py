"""界桩登记表: the register card of a marker, one page, signed by two or three parties.

References
----------
GB/T 17796 names it among the results of a boundary survey, without a layout that could be found;
the fields are those of Order 28 art. 5 and of registers in use. Up in the sketch is grid north.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from geo.crs.zones import ZONE_DEG, zone_of
from geo.errors import FontMissingError
from geo.markers.objects import LEAST_OBJECTS, ReferenceObject
from maps.fonts import find_sketch_font, list_fonts, missing_signs, name_sign
from maps.papers.facts import MarkerCard, Party, Picture
from maps.papers.plane import place_markers
from maps.papers.words import (
    NONE,
    SYSTEM,
    UNKNOWN,
    name_faces,
    name_mark,
    name_number,
    name_word,
    say,
    write_angle,
    write_day,
    write_given,
    write_meridian,
    write_metres,
)
from maps.scene import draw_png
from maps.sketch import HEIGHT, WIDTH, draw_sketch

PHOTO_BOX = (66.0, 61.0)
"""Millimetres that the form leaves for the photo."""
NO_FONT = "（本机没有中文字体，略图未能绘出；请安装 fonts-noto-cjk 后重印）"
NO_PLACE = "（没有坐标，未绘略图）"
NO_PHOTO = "（无照片）"


def fill_card(card: MarkerCard) -> dict[str, Any]:
    """Return what the form says, by the names of its template."""
    one = card.marker
    return {
        "secret": "",
        "mark": name_mark(one.publication),
        "version": str(one.version),
        "valid_from": write_day(one.valid_from),
        "number": name_number(one),
        "lines": "；".join(f"{line.name}（{say(line.code)}）" for line in one.lines) or UNKNOWN,
        "set_up": name_word("set_up", one.set_up),
        "faces": name_faces(one.faces),
        "material": say(one.material),
        "grade": say(one.grade),
        "set_on": write_day(one.set_on),
        "surveyed_on": write_day(one.surveyed_on),
        "state": name_word("marker_state", one.state),
        "managing": say(one.managing.name if one.managing else None),
        "method": name_word("method", one.method),
        **_sides(card.parties),
        **_place(card),
        "given": write_given(one, card.fit),
        "position_text": say(card.position_text),
        "objects": _objects(card.objects),
        "sketch": _draw(card),
        "photo": Picture(card.photo, *PHOTO_BOX) if card.photo else NO_PHOTO,
        "note": one.note or NONE,
    }


def _sides(parties: Sequence[Party]) -> dict[str, str]:
    told = [f"{one.division.name}：{say(one.own.site)}" for one in parties]
    return {
        "first": told[0] if told else UNKNOWN,
        "second": told[1] if len(told) > 1 else UNKNOWN,
        # Empty where there are only two: the form then has no row and no place for a third.
        "third": told[2] if len(told) > 2 else "",  # noqa: PLR2004 - the third
    }


def _place(card: MarkerCard) -> dict[str, str]:
    one = card.marker
    meridian = None if one.lon is None else zone_of(one.lon) * ZONE_DEG
    place = place_markers([one], meridian)[0]
    return {
        "system": SYSTEM,
        "meridian": write_meridian(meridian),
        "height_datum": say(one.height_datum),
        "x": write_metres(place.northing_m),
        "y": write_metres(place.easting_m),
        "h": write_metres(one.height_m),
        "b": write_angle(one.lat),
        "l": write_angle(one.lon),
        "accuracy": UNKNOWN if one.accuracy_m is None else f"±{one.accuracy_m:g} m",
    }


def _objects(objects: Sequence[ReferenceObject]) -> list[dict[str, str]]:
    """Return the rows of the reference objects; a card has at least three, known or not."""
    rows = [
        {
            "ordinal": str(one.ordinal),
            "name": f"{one.name}（{one.part}）" if one.part else one.name,
            "grid": write_angle(one.grid_bearing_deg, 0),
            "magnetic": write_angle(one.magnetic_bearing_deg, 0),
            "distance": write_metres(one.distance_m),
        }
        for one in objects
    ]
    while len(rows) < LEAST_OBJECTS:
        row = dict.fromkeys(("name", "grid", "magnetic", "distance"), UNKNOWN)
        rows.append({"ordinal": str(len(rows) + 1), **row})
    return rows


def _draw(card: MarkerCard) -> Picture | str:
    """Return the sketch for the form, or why there is none.

    Raises
    ------
    FontMissingError
        If a name in it would be drawn as boxes.
    """
    if card.sketch is None:
        return NO_PLACE
    font = find_sketch_font(list_fonts())
    if font is None:
        return NO_FONT
    scene = draw_sketch(card.sketch)
    boxes = missing_signs([font], scene.text)
    if boxes:
        raise FontMissingError(signs=[name_sign(one) for one in boxes], command=str(font.file))
    return Picture(draw_png(scene, font.file, font.face), WIDTH, HEIGHT)
