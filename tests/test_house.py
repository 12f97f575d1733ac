"""The house rules of the design: who may import whom, and how large a thing may be."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from geo import errors
from geo.settings import ROOT

TOPS = ("geo", "api", "maps", "data", "scripts")
MAY_IMPORT = {
    "geo": {"geo"},
    "maps": {"maps", "geo"},
    "data": {"data", "geo"},
    "api": {"api", "maps", "geo"},
    "scripts": {"scripts", "api", "maps", "geo", "data"},
}
LINES_OF_GEO = (
    {"imports", "tiles"},
    {"coverage", "reports", "agreements", "inspections"},
    {"sections", "deviation", "upkeep"},
    {"facilities", "markers"},
    {"boundaries"},
    {"network", "population", "features"},
    {"divisions"},
    {"jobs", "incoming", "proposals", "fits"},
    {"office", "revisions"},
    {"access"},
    {"files", "exchange"},
    {"crs", "db"},
    {"progress", "bulk"},
    {"errors", "settings"},
    {"texts"},
)
"""Each line imports only lines below it; neighbours on one line do not import each other."""
ONLY_UNDER = {"fastapi": "api", "starlette": "api", "folium": "maps", "jinja2": "maps"}
FILE_LINES = 400
FUNCTION_LINES = 40
COMMON_FUNCTION_LINES = 30

SOURCES = [path for top in TOPS for path in sorted((ROOT / top).rglob("*.py"))]


def _room(path: Path) -> str:
    return path.relative_to(ROOT).with_suffix("").parts[1]


def _imports(path: Path) -> Iterator[tuple[str, ...]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for name in node.names:
                yield tuple(name.name.split("."))
        elif isinstance(node, ast.ImportFrom) and node.module:
            module = tuple(node.module.split("."))
            for name in node.names:
                yield (*module, name.name)


def _named(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", SOURCES, ids=_named)
def test_a_folder_imports_only_what_lies_below_it(path: Path) -> None:
    allowed = MAY_IMPORT[path.relative_to(ROOT).parts[0]]
    for module in _imports(path):
        if module[0] in TOPS:
            assert module[0] in allowed, ".".join(module)


@pytest.mark.parametrize("path", [p for p in SOURCES if _named(p).startswith("geo/")], ids=_named)
def test_a_room_of_geo_imports_only_rooms_below_it(path: Path) -> None:
    room = _room(path)
    if room == "__init__":
        return
    line = next(number for number, rooms in enumerate(LINES_OF_GEO) if room in rooms)
    below = set().union(*LINES_OF_GEO[line + 1 :])
    for module in _imports(path):
        if module[0] == "geo" and len(module) > 1 and module[1] != room:
            assert module[1] in below, ".".join(module)


def test_every_room_of_geo_has_its_line() -> None:
    rooms = {_room(path) for path in SOURCES if _named(path).startswith("geo/")}
    assert rooms - {"__init__"} == set().union(*LINES_OF_GEO)


@pytest.mark.parametrize("path", SOURCES, ids=_named)
def test_web_and_page_libraries_stay_in_their_folder(path: Path) -> None:
    for module in _imports(path):
        owner = ONLY_UNDER.get(module[0])
        assert owner in (None, path.relative_to(ROOT).parts[0]), module[0]


@pytest.mark.parametrize(
    "path", [p for p in SOURCES if not _named(p).startswith("geo/")], ids=_named
)
def test_sql_is_written_under_geo_only(path: Path) -> None:
    statement = re.compile(r"\b(SELECT .+ FROM|INSERT INTO|UPDATE .+ SET|DELETE FROM) ")
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            assert not statement.search(node.value), node.value[:80]


@pytest.mark.parametrize("path", SOURCES, ids=_named)
def test_a_file_is_at_most_400_lines(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= FILE_LINES


def _function_sizes(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            size = (node.end_lineno or 0) - body[0].lineno + 1 if body else 0
            yield f"{_named(path)}:{node.name}", size


def test_a_function_is_at_most_40_lines_and_nine_in_ten_at_most_30() -> None:
    sizes = dict(size for path in SOURCES for size in _function_sizes(path))
    too_long = {name: size for name, size in sizes.items() if size > FUNCTION_LINES}
    assert not too_long
    ranked = sorted(sizes.values())
    assert ranked[len(ranked) * 9 // 10] <= COMMON_FUNCTION_LINES


def test_both_languages_have_the_same_texts_with_the_same_facts() -> None:
    zh, en = (
        json.loads((ROOT / f"geo/texts/{lang}.json").read_text(encoding="utf-8"))
        for lang in ("zh", "en")
    )
    assert zh.keys() == en.keys()
    for key in zh:
        assert set(re.findall(r"{(\w+)", zh[key])) == set(re.findall(r"{(\w+)", en[key])), key


def test_every_error_has_a_text_and_stands_in_the_tree() -> None:
    texts = json.loads((ROOT / "geo/texts/zh.json").read_text(encoding="utf-8"))
    for name, error in vars(errors).items():
        if isinstance(error, type) and issubclass(error, errors.YutuError):
            assert f"error.{error.code}" in texts, name
            assert name in (errors.__doc__ or ""), name


def test_every_text_that_python_names_is_in_the_catalogue() -> None:
    texts = json.loads((ROOT / "geo/texts/zh.json").read_text(encoding="utf-8"))
    named = re.compile(r"""(?:\btext|\bboth|\bsay|\bText)\(\s*"([a-z_]+\.[a-z_.]+)\"""")
    for path in SOURCES:
        for key in named.findall(path.read_text(encoding="utf-8")):
            assert key in texts, f"{_named(path)} {key}"
    rule = re.compile(r"""\b(Finding|Conclusion)\(\s*rule="([a-z_]+)\"""")
    for path in SOURCES:
        for kind, name in rule.findall(path.read_text(encoding="utf-8")):
            assert f"{kind.lower()}.{name}" in texts, f"{_named(path)} {name}"


def test_sql_never_changes_a_datum() -> None:
    safe = re.compile(r"ST_Transform\(ST_(?:TileEnvelope|SetSRID)")
    for path in (ROOT / "geo").rglob("*.sql"):
        content = path.read_text(encoding="utf-8")
        assert content.count("ST_Transform") == len(safe.findall(content)), path
