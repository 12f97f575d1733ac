from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from lxml import etree

from maps.fonts import (
    OWN_NAMES,
    STAND_INS,
    Font,
    choose_fonts,
    find_sketch_font,
    list_fonts,
    missing_signs,
    name_sign,
    write_fontconfig,
)

LATIN, CHINESE = ((0x20, 0x7E),), ((0x4E00, 0x9FA5),)
TIMES = Font(("Liberation Serif",), Path("/f/LiberationSerif.ttf"), 0, LATIN)
SERIF = Font(("Noto Serif CJK SC",), Path("/f/NotoSerifCJK-Regular.ttc"), 2, CHINESE)
SANS = Font(("Noto Sans CJK SC",), Path("/f/NotoSansCJK-Regular.ttc"), 2, CHINESE)
BOLD = Font(("Noto Sans CJK SC",), Path("/f/NotoSansCJK-Bold.ttc"), 2, CHINESE)
FANG = Font(("FangSong", "仿宋"), Path("/f/simfang.ttf"), 0, CHINESE)
OTHER = Font(("Comic Sans",), Path("/f/comic.ttf"), 0, ((0xE000, 0xE0FF),))


def test_each_font_has_its_names_and_its_stand_ins() -> None:
    assert OWN_NAMES.keys() == STAND_INS.keys()
    assert all(asked in names for asked, names in OWN_NAMES.items())
    assert "cwTeXFangSong" not in str(STAND_INS)


def test_the_best_font_there_is_stands_for_each() -> None:
    stands = {one.asked: one.used for one in choose_fonts([SERIF, SANS, TIMES])}
    assert stands["仿宋_GB2312"] == stands["方正小标宋简体"] == "Noto Serif CJK SC"
    assert (stands["黑体"], stands["Times New Roman"]) == ("Noto Sans CJK SC", "Liberation Serif")
    assert {one.used for one in choose_fonts([])} == {None}


def test_a_font_under_another_name_is_no_stand_in() -> None:
    stands = {one.asked: one for one in choose_fonts([FANG, SERIF])}
    assert (stands["仿宋_GB2312"].used, stands["仿宋_GB2312"].is_itself) == ("FangSong", True)
    assert not stands["楷体_GB2312"].is_itself


def test_characters_that_would_be_boxes_are_found_once() -> None:
    fonts = [SERIF, TIMES, OTHER]
    assert missing_signs(fonts, "县 A\n㙍县㙍\ue000") == ["㙍", "\ue000"]
    assert missing_signs([TIMES], "县") == ["县"]
    assert name_sign("㙍") == "㙍 (U+364D)"


def test_a_private_sign_of_a_font_papers_do_not_use_would_still_be_a_box() -> None:
    assert missing_signs([SERIF, OTHER], "\U00020000") == ["\U00020000"]


def test_a_sketch_is_lettered_in_the_regular_weight() -> None:
    assert find_sketch_font([BOLD, SANS, SERIF]) == SANS
    assert find_sketch_font([SERIF, TIMES]) is None


def test_the_fontconfig_file_is_sound_and_bold_only_for_titles(tmp_path: Path) -> None:
    written = write_fontconfig([SERIF, SANS, TIMES], tmp_path)
    body = written.split("\n", 2)[2]
    rules = etree.fromstring(body.encode()).findall("match")
    bold = [
        rule.findtext("test/string") for rule in rules if "weight" in etree.tostring(rule).decode()
    ]
    assert bold == ["方正小标宋简体"]
    assert len(rules) == len(OWN_NAMES)
    assert "仿宋_GB2312" not in write_fontconfig(
        [FANG, Font(("仿宋_GB2312",), FANG.file, 0, ())], tmp_path
    )


@pytest.mark.skipif(not list_fonts(), reason="fontconfig is not installed")
def test_fontconfig_follows_our_choice_on_this_machine(tmp_path: Path) -> None:
    fonts = list_fonts()
    conf = tmp_path / "fonts.conf"
    conf.write_text(write_fontconfig(fonts, tmp_path / "cache"), encoding="utf-8")
    for one in choose_fonts(fonts):
        if one.used is None:
            continue
        told = subprocess.run(
            ["fc-match", "--format", "%{family}", one.asked],
            env={"FONTCONFIG_FILE": str(conf), "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        assert one.used in told.split(","), one
