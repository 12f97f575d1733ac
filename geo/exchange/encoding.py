"""Which encoding a file is in: strict UTF-8 first, then GB18030, and nothing guessed beyond."""

from __future__ import annotations

import codecs
from collections.abc import Iterable
from dataclasses import dataclass

from geo.errors import OptionInvalidError
from geo.exchange.findings import Conclusion, show

UTF8 = "utf-8"
CHINESE = "gb18030"  # takes in GBK, CP936 and GB2312
ALLOWED = {
    "utf8": UTF8,
    "utf8sig": UTF8,
    "gb18030": CHINESE,
    "gbk": CHINESE,
    "gb2312": CHINESE,
    "cp936": CHINESE,
    "936": CHINESE,
    "big5": "big5",
    "utf16": "utf-16",
}
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True)
class Decoded:
    """Text, the encoding it was in, and the conclusion that says why."""

    text: str
    conclusion: Conclusion


def declared_encoding(name: str) -> str:
    """Return the Python codec of a declared encoding.

    Raises
    ------
    OptionInvalidError
        If it is none of those Chinese offices use.
    """
    plain = name.casefold().replace("-", "").replace("_", "").replace(" ", "")
    if plain not in ALLOWED:
        raise OptionInvalidError(
            option="--encoding", value=name, allowed="UTF-8, GB18030, GBK, GB2312, Big5, UTF-16"
        )
    return ALLOWED[plain]


def decode(raw: bytes, declared: str | None) -> Decoded:
    """Decode a whole file: as declared, by its mark, as strict UTF-8, as GB18030.

    Raises
    ------
    UnicodeDecodeError
        If the declared encoding does not fit, or none does. A lossy reading is no option: names
        would be wrong for ever.
    """
    if declared is not None:
        codec = declared_encoding(declared)
        text = raw.decode(codec).removeprefix("\ufeff")
        return Decoded(text, _concluded("encoding_declared", codec))
    for mark, codec in MARKS:
        if raw.startswith(mark):
            return Decoded(raw.decode(codec), _concluded("encoding_mark", codec))
    try:
        return Decoded(raw.decode(UTF8), _concluded("encoding_utf8", UTF8))
    except UnicodeDecodeError as exc:
        failed = exc.start
    text = raw.decode(CHINESE)
    sample = show(text[_characters_before(raw, failed) :].split("\n")[0][:20])
    return Decoded(text, _concluded("encoding_gb18030", CHINESE, byte=failed + 1, sample=sample))


def choose_codec(
    cells: Iterable[tuple[bytes, int]], declared: str | None
) -> tuple[str, Conclusion]:
    """Choose the encoding of short cells, such as the records of a DBF; return codec and reason.

    Each cell comes with the bytes its field can hold: a full field may end inside a character,
    for the writer cut it.

    Raises
    ------
    UnicodeDecodeError
        If the declared encoding does not fit, or none does.
    """
    known = list(cells)
    if declared is not None:
        codec = declared_encoding(declared)
        _decode_all(known, codec)
        return codec, _concluded("encoding_declared", codec)
    try:
        _decode_all(known, UTF8)
    except UnicodeDecodeError as exc:
        _decode_all(known, CHINESE)
        sample = show(decode_cell(exc.object, CHINESE, width=len(exc.object)))
        return CHINESE, _concluded("encoding_gb18030_cells", CHINESE, sample=sample)
    return UTF8, _concluded("encoding_utf8", UTF8)


def _decode_all(cells: list[tuple[bytes, int]], codec: str) -> None:
    for cell, width in cells:
        decode_cell(cell, codec, width)


def decode_cell(cell: bytes, codec: str, width: int) -> str:
    """Decode one cell strictly, but for a character cut off at the end of a full field."""
    try:
        return cell.decode(codec)
    except UnicodeDecodeError:
        if len(cell) < width:
            raise
        return codecs.getincrementaldecoder(codec)().decode(cell, final=False)


def _characters_before(raw: bytes, place: int) -> int:
    return len(raw[:place].decode(UTF8))


def _concluded(rule: str, codec: str, **facts: object) -> Conclusion:
    return Conclusion(rule=rule, facts={"encoding": codec.upper().replace("-SIG", ""), **facts})
