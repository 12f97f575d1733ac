from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import time
import tomllib
from pathlib import Path
from typing import Any

import pytest

from geo.settings import ROOT
from maps.vendor import ICONS

RUN = ROOT / "requirements.txt"
DEV = ROOT / "requirements-dev.txt"
ASSETS = ROOT / "maps" / "assets"
STARTERS = ("scripts/serve", "scripts/test", "scripts/check", "scripts/lock", ".ci/run")


def versions(file: Path) -> dict[str, set[str]]:
    """Read the locked versions of each package; there are several where Pythons differ."""
    found: dict[str, set[str]] = {}
    pattern = re.compile(r"^([a-z0-9-]+)(?:\[[a-z,]+\])?==([^ ]+) ", re.MULTILINE)
    for name, version in pattern.findall(file.read_text()):
        found.setdefault(name, set()).add(version)
    return found


def project() -> dict[str, Any]:
    with (ROOT / "pyproject.toml").open("rb") as file:
        read: dict[str, Any] = tomllib.load(file)["project"]
    return read


@pytest.mark.parametrize("file", [RUN, DEV])
def test_every_locked_python_package_has_hashes_and_no_address(file: Path) -> None:
    blocks = re.split(r"\n(?=\S)", file.read_text().strip())
    for block in blocks:
        assert re.match(r"[a-z0-9-]+(\[[a-z,]+\])?==", block), block
        assert "--hash=sha256:" in block, block
    assert "://" not in file.read_text()
    assert "index" not in re.sub(r"(?m)^[a-z0-9-]+", "", file.read_text())


def test_everything_the_project_names_is_locked() -> None:
    read = project()
    extras = read["optional-dependencies"]
    for names, file in (
        (["setuptools", *read["dependencies"], *extras["demo"]], RUN),
        (extras["dev"], DEV),
    ):
        bare = {re.split(r"[\[<>=~!]", name)[0] for name in names}
        assert bare <= versions(file).keys()


def test_the_tests_run_on_the_versions_the_service_runs_on() -> None:
    tested = versions(DEV)
    assert {name: tested[name] for name in versions(RUN)} == versions(RUN)


def test_the_browser_files_are_locked_exactly_and_without_addresses() -> None:
    wanted = json.loads((ASSETS / "package.json").read_text())["dependencies"]
    locked = json.loads((ASSETS / "package-lock.json").read_text())["packages"]
    assert {name: locked[f"node_modules/{name}"]["version"] for name in wanted} == wanted
    for name, package in locked.items():
        assert "resolved" not in package
        assert name == "" or package["integrity"].startswith("sha512-")


def test_every_icon_that_a_page_names_is_fetched() -> None:
    named = re.compile(r"lucide/([a-z-]+)\.svg|icon\(['\"]([a-z-]+)['\"]")
    for path in (ROOT / "maps").rglob("*"):
        if path.suffix in {".py", ".html", ".mjs", ".css"} and "assets" not in path.parts:
            for pair in named.findall(path.read_text(encoding="utf-8")):
                assert (pair[0] or pair[1]) in ICONS, path


@pytest.mark.parametrize("name", STARTERS)
def test_a_script_can_be_started_and_read_by_bash(name: str) -> None:
    assert os.access(ROOT / name, os.X_OK)
    subprocess.run(["bash", "-n", str(ROOT / name)], check=True)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a checkout with a built environment whose programs only say what they were told."""
    made = tmp_path / "checkout"
    for name in (
        "requirements.txt",
        "requirements-dev.txt",
        "pyproject.toml",
        "scripts/environment.sh",
        "scripts/serve",
        "maps/vendor.py",
        "maps/assets/package-lock.json",
        "geo/facilities/kinds.py",
    ):
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, made / name)
    programs = made / ".venv" / "bin"
    programs.mkdir(parents=True)
    write_program(programs / "python", "echo Python 3.11.2")
    write_program(programs / "yutu", 'echo "$@" at "$YUTU_HOME"')
    (made / "maps/assets/vendor").mkdir()
    bash(made, 'marks run >"$STAMP"; vendor_mark >"$VENDOR/.stamp"')
    return made


def write_program(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def bash(checkout: Path, script: str) -> int:
    """Run a script that knows the functions of the environment; return its exit code."""
    source = f'. "{checkout}/scripts/environment.sh"; {script}'
    return subprocess.run(["bash", "-c", source], check=False).returncode


def test_a_second_start_builds_nothing_and_passes_the_options_on(checkout: Path) -> None:
    env = {**os.environ, "YUTU_DATABASE_URL": "postgresql:///elsewhere"}
    env.pop("YUTU_HOME", None)
    begun = time.monotonic()
    done = subprocess.run(
        [checkout / "scripts/serve", "--port", "8001", "--no-demo"],
        capture_output=True,
        text=True,
        check=True,
        env=env,
    )
    assert done.stdout == f"serve --port 8001 --no-demo at {checkout}/.yutu\n"
    assert done.stderr == ""
    assert time.monotonic() - begun < 1


def test_the_environment_is_built_anew_when_it_does_not_fit_any_more(checkout: Path) -> None:
    assert bash(checkout, "is_built run") == 0
    assert bash(checkout, "is_built dev") == 1
    bash(checkout, 'marks dev >"$STAMP"')
    assert bash(checkout, "is_built run && is_built dev") == 0
    write_program(checkout / ".venv/bin/python", "echo Python 3.13.5")
    assert bash(checkout, "is_built run") == 1
    write_program(checkout / ".venv/bin/python", "echo Python 3.11.2")
    moved = checkout.rename(checkout.with_name("moved"))
    assert bash(moved, "is_built run") == 1
    moved.rename(checkout)
    with (checkout / "requirements.txt").open("a") as file:
        file.write("# one more\n")
    assert bash(checkout, "is_built run") == 1


def test_where_nothing_may_be_installed_the_command_is_printed(
    checkout: Path, tmp_path: Path
) -> None:
    (checkout / ".venv/yutu.stamp").unlink()
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("bash", "dirname", "readlink", "id"):
        (programs / name).symlink_to(str(shutil.which(name)))
    write_program(programs / "python3", "exit 1")
    env = {"PATH": str(programs), "YUTU_DATABASE_URL": "postgresql:///elsewhere"}
    done = subprocess.run(
        [checkout / "scripts/serve"], capture_output=True, text=True, check=False, env=env
    )
    assert done.returncode == 2
    assert "apt-get install --no-install-recommends python3-venv\n" in done.stderr
