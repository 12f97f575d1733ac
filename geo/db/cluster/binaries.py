"""Which installed PostgreSQL runs the embedded database."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from geo.db.needs import POSTGIS_MIN
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


def find_binaries(*, data: Path | None = None, root: Path = Path("/")) -> Binaries:
    """Find the newest installed PostgreSQL from 15 on that has PostGIS from 3.3 on.

    Debian's folders are searched first, then the ``pg_config`` on the PATH.

    Parameters
    ----------
    data
        An existing data folder: no other version than its own can run it.
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
        raise PostgresMissingError(needed=POSTGRES_MIN, command=_install("postgresql-postgis"))
    if data is not None:
        able = _of_version(able, data)
    for server in able:
        if server.postgis and _numbers(server.postgis) >= POSTGIS_MIN:
            return server
    raise PostgisMissingError(
        needed=".".join(map(str, POSTGIS_MIN)),
        found=able[0].postgis or "-",
        command=_install(f"postgresql-{able[0].major}-postgis-3"),
    )


def _of_version(servers: list[Binaries], data: Path) -> list[Binaries]:
    major = (data / "PG_VERSION").read_text().strip()
    wanted = [server for server in servers if str(server.major) == major]
    if not wanted:
        there = ", ".join(str(server.major) for server in servers)
        raise ClusterVersionError(folder=data, found=major, wanted=there)
    return wanted


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
    version, folder, share, lib = (_ask(asked, flag) for flag in flags)
    found = re.search(r"PostgreSQL (\d+)", version)
    if found and _can_serve(Path(folder)):
        yield Binaries(int(found[1]), Path(folder), _postgis(Path(share), Path(lib)))


def _ask(program: str, flag: str) -> str:
    asked = [program, flag]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)  # noqa: S603 - fixed
    return done.stdout.strip()


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
