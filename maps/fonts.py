"""Fonts of papers: what a paper asks for by name, what this machine has of it, what stands in.

A .docx keeps the names offices use, so their own machines show their own fonts. Only a PDF made
here needs stand-ins; which, is told to fontconfig by a file of ours, and said in the job's report.

References
----------
GB/T 9704-2012 for the names. Of the stand-ins FandolFang is the only free 仿宋 that holds all of
GB 2312; Noto Serif CJK is named by its Chinese face, for the collection opens with the Japanese.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from unicodedata import category
from xml.sax.saxutils import escape

INSTALL = "apt-get install --no-install-recommends fontconfig fonts-noto-cjk fonts-liberation"
FIELDS = 4

OWN_NAMES: Mapping[str, tuple[str, ...]] = {
    "仿宋_GB2312": ("仿宋_GB2312", "FangSong_GB2312", "FangSong", "仿宋", "STFangsong", "华文仿宋"),
    "楷体_GB2312": ("楷体_GB2312", "KaiTi_GB2312", "KaiTi", "楷体", "STKaiti", "华文楷体"),
    "黑体": ("黑体", "SimHei", "STHeiti", "华文黑体"),
    "方正小标宋简体": ("方正小标宋简体", "FZXiaoBiaoSong-B05S", "FZXiaoBiaoSong-B05"),
    "宋体": ("宋体", "SimSun", "STSong", "华文宋体"),
    "Times New Roman": ("Times New Roman",),
}
"""The fonts a paper names, and the names under which the very same face goes elsewhere."""

STAND_INS: Mapping[str, tuple[str, ...]] = {
    "仿宋_GB2312": (
        "FandolFang R", "FandolFang", "Zhuque Fangsong (technical preview)", "Noto Serif CJK SC",
        "Noto Serif SC", "Source Han Serif SC", "AR PL UMing CN", "Noto Sans CJK SC",
        "WenQuanYi Zen Hei",
    ),
    "楷体_GB2312": (
        "FandolKai", "AR PL KaitiM GB", "AR PL UKai CN", "LXGW WenKai", "Noto Serif CJK SC",
        "Noto Sans CJK SC",
    ),
    "黑体": (
        "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "FandolHei", "WenQuanYi Zen Hei",
    ),
    "方正小标宋简体": (
        "Noto Serif CJK SC", "Noto Serif SC", "Source Han Serif SC", "FandolSong",
        "Noto Sans CJK SC",
    ),
    "宋体": (
        "Noto Serif CJK SC", "Noto Serif SC", "AR PL UMing CN", "FandolSong", "Noto Sans CJK SC",
    ),
    "Times New Roman": ("Liberation Serif", "Tinos", "FreeSerif", "DejaVu Serif"),
}  # fmt: skip
"""What may stand in for each where it is not here, the best first."""

UNSEEN = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})
"""Classes of characters that have no picture: controls, formats, blanks."""
VARIANTS = (("\ufe00", "\ufe0f"), ("\U000e0100", "\U000e01ef"))
"""They choose a form of the character before them."""
HEAVY = "方正小标宋简体"
"""No free font is a 小标宋; what stands in for it is set bold."""
TEX_FONTS = tuple(
    Path(tree) / "fonts" / "opentype" / "public" / "fandol"
    for tree in ("/usr/share/texlive/texmf-dist", "/usr/share/texmf")
)
"""Where the Fandol fonts lie, which fontconfig does not look into by itself."""
SKETCH_FONTS = ("Noto Sans CJK SC", "Noto Sans SC", "SimHei", "WenQuanYi Zen Hei", "FandolHei")


@dataclass(frozen=True, slots=True)
class Font:
    """A face of a font file; ``signs`` are the ranges of characters it holds."""

    families: tuple[str, ...]
    file: Path
    face: int
    signs: tuple[tuple[int, int], ...]

    def holds(self, sign: str) -> bool:
        """Return whether the font has a picture of a character."""
        number = ord(sign)
        return any(first <= number <= last for first, last in self.signs)


@dataclass(frozen=True, slots=True)
class Standing:
    """A font that a paper asks for and what stands for it here; None where nothing does."""

    asked: str
    used: str | None

    @property
    def is_itself(self) -> bool:
        """Return whether the very font is here, under whichever of its names."""
        return self.used in OWN_NAMES[self.asked]


def list_fonts() -> list[Font]:
    """Return the fonts of this machine; none where fontconfig is not installed."""
    told = _ask("fc-list")
    for folder in TEX_FONTS:
        if folder.is_dir():
            told += _ask("fc-scan", str(folder))
    return [_read_font(line) for line in told.splitlines() if line.count("\t") == FIELDS - 1]


def choose_fonts(fonts: Iterable[Font]) -> list[Standing]:
    """Return what stands for each font that papers ask for."""
    here = {family for font in fonts for family in font.families}
    return [
        Standing(asked, next((one for one in _names_for(asked) if one in here), None))
        for asked in OWN_NAMES
    ]


def missing_signs(fonts: Iterable[Font], text: str) -> list[str]:
    """Return the characters that none of the fonts of papers has here, each once.

    They would print as empty boxes.
    """
    named = {one for asked in OWN_NAMES for one in _names_for(asked)}
    useful = [font for font in fonts if named.intersection(font.families)]
    return [
        sign
        for sign in dict.fromkeys(text)
        if category(sign) not in UNSEEN
        and not any(first <= sign <= last for first, last in VARIANTS)
        and not any(font.holds(sign) for font in useful)
    ]


def name_sign(sign: str) -> str:
    """Return a character with its number, such as ``㙍 (U+364D)``."""
    return f"{sign} (U+{ord(sign):04X})"


def find_sketch_font(fonts: Iterable[Font]) -> Font | None:
    """Return the font that pictures for print are lettered in; None where there is no Chinese."""
    fonts = list(fonts)
    for family in SKETCH_FONTS:
        found = [font for font in fonts if family in font.families]
        if found:
            # A family has a file for each weight; the regular one sorts last of Noto's two.
            return max(found, key=lambda font: ("Regular" in font.file.name, str(font.file)))
    return None


def write_fontconfig(fonts: Iterable[Font], cache: Path) -> str:
    """Return a fontconfig file under which each font papers ask for is what stands for it.

    Parameters
    ----------
    cache
        A folder for fontconfig to write in, where the account has none.
    """
    here = {family for font in fonts for family in font.families}
    rules = "".join(_rule(asked, here) for asked in OWN_NAMES)
    folders = "".join(f"<dir>{escape(str(one))}</dir>" for one in TEX_FONTS if one.is_dir())
    return (
        '<?xml version="1.0"?>\n<!DOCTYPE fontconfig SYSTEM "fonts.dtd">\n<fontconfig>\n'
        '<include ignore_missing="yes">/etc/fonts/fonts.conf</include>\n'
        f"{folders}<cachedir>{escape(str(cache))}</cachedir>\n{rules}</fontconfig>\n"
    )


def _rule(asked: str, here: set[str]) -> str:
    if asked in here:
        return ""
    families = [one for one in _names_for(asked) if one in here]
    if not families:
        return ""
    named = "".join(f"<string>{escape(one)}</string>" for one in families)
    heavier = asked == HEAVY and families[0] not in OWN_NAMES[asked]
    weight = '<edit name="weight" mode="assign"><const>bold</const></edit>' if heavier else ""
    return (
        f'<match target="pattern"><test name="family"><string>{escape(asked)}</string></test>'
        f'<edit name="family" mode="prepend_first" binding="strong">{named}</edit>{weight}'
        "</match>\n"
    )


def _names_for(asked: str) -> tuple[str, ...]:
    return OWN_NAMES[asked] + STAND_INS[asked]


def _ask(program: str, *of: str) -> str:
    found = shutil.which(program)
    if found is None:
        return ""
    return subprocess.run(  # noqa: S603 - a fixed call
        [found, "--format", "%{family}\t%{file}\t%{index}\t%{charset}\n", *of],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
        errors="replace",
        check=False,
    ).stdout


def _read_font(line: str) -> Font:
    families, file, face, signs = line.split("\t")
    ranges = []
    for part in signs.split():
        first, _, last = part.partition("-")
        ranges.append((int(first, 16), int(last or first, 16)))
    # A variable font's face number has its instance in the upper half.
    return Font(tuple(families.split(",")), Path(file), int(face) & 0xFFFF, tuple(ranges))
