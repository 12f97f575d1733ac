"""Which installed PostgreSQL runs the embedded database."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from geo.db.migrate import POSTGIS_MIN
from geo.errors import ClusterVersionError, PostgisMissingError, PostgresMissingError

POSTGRES_MIN = 15


@dataclass(frozen=True)
class Binaries:
    """One installed PostgreSQL server."""

    major: int
    folder: Path
    """Where ``postgres`` and ``initdb`` are."""
    postgis: str | None
    """Version of its PostGIS; None where it has none that could be loaded."""


def find_binaries(*, major: int | None = None, root: Path = Path("/")) -> Binaries:
    """Find the newest installed PostgreSQL from 15 on that has PostGIS from 3.3 on.

    Debian's folders are searched first, then the ``pg_config`` on the PATH.

    Parameters
    ----------
    major
        The version of an existing data folder: no other one can run it.
    root
        The root of the file system that is searched.

    Raises
    ------
    PostgresMissingError, PostgisMissingError
        With the command that installs it.
    ClusterVersionError
        If the data folder's version is not installed, but another is.
    """
    installed = [*_installed_by_debian(root), *_installed_elsewhere()]
    servers = sorted(installed, key=lambda server: server.major, reverse=True)
    able = [server for server in servers if server.major >= POSTGRES_MIN]
    if not able:
        raise PostgresMissingError(
            needed=f"PostgreSQL ≥ {POSTGRES_MIN}", command=_install("postgresql-postgis")
        )
    if major is not None:
        wanted = [server for server in able if server.major == major]
        if not wanted:
            raise ClusterVersionError(found=major, wanted=_majors(able))
        able = wanted
    for server in able:
        if server.postgis and _numbers(server.postgis) >= POSTGIS_MIN:
            return server
    raise PostgisMissingError(
        needed=".".join(map(str, POSTGIS_MIN)),
        found=able[0].postgis or "-",
        command=_install(f"postgresql-{able[0].major}-postgis-3"),
    )


def _majors(servers: list[Binaries]) -> str:
    return ", ".join(str(server.major) for server in servers)


def _installed_by_debian(root: Path) -> Iterator[Binaries]:
    for folder in root.glob("usr/lib/postgresql/*/bin"):
        name = folder.parent.name
        if name.isdigit() and _can_serve(folder):
            share = root / "usr/share/postgresql" / name
            yield Binaries(int(name), folder, _postgis(share, folder.parent / "lib"))


def _installed_elsewhere() -> Iterator[Binaries]:
    asked = shutil.which("pg_config")
    if asked is None:
        return
    flags = ("--version", "--bindir", "--sharedir", "--pkglibdir")
    version, folder, share, lib = (
        subprocess.run([asked, flag], capture_output=True, text=True, check=False).stdout.strip()
        for flag in flags
    )
    found = re.search(r"PostgreSQL (\d+)", version)
    if found and _can_serve(Path(folder)):
        yield Binaries(int(found[1]), Path(folder), _postgis(Path(share), Path(lib)))


def _can_serve(folder: Path) -> bool:
    return all(os.access(folder / program, os.X_OK) for program in ("postgres", "initdb"))


def _postgis(share: Path, lib: Path) -> str | None:
    control = share / "extension" / "postgis.control"
    # After an upgrade of the system the control file may be left without its library.
    if not control.is_file() or not (lib / "postgis-3.so").is_file():
        return None
    found = re.search(r"^default_version\s*=\s*'([^']+)'", control.read_text(), re.MULTILINE)
    return found[1] if found else None


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:3])


def _install(package: str) -> str:
    # Debian 12, Debian 13 and Ubuntu 24.04 all have the package "postgresql-postgis": it depends
    # on the PostGIS of the system's own PostgreSQL (15, 17, 16), which depends on the server.
    command = f"apt-get install {package}"
    return command if os.geteuid() == 0 else f"sudo {command}"
