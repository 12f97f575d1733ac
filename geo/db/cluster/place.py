"""Where the embedded database lives, and which user of the system runs it."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geo.errors import ClusterOwnerError, DiskFullError, HomeInUseError

RECORD = "cluster.json"
ASIDE = Path("/var/lib/yutu")
# Short, because a socket's path may have 107 bytes; fixed, because every process must find it
# whatever its TMPDIR says.
SOCKETS = Path("/tmp")  # noqa: S108 - the folder in it is made 0700 and its owner is checked
SERVER_USERS = ("postgres", "yutu")
MIB = 1024 * 1024


@dataclass(frozen=True)
class ServerUser:
    """The user of the system that the server runs as."""

    name: str
    uid: int
    gid: int

    def run(self, argv: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        """Run a program as this user, with an environment of its own.

        A user's variables (another PROJ, another PGDATA) must not reach the server.
        """
        env = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"}
        env |= options.pop("env", {})
        if os.geteuid() != self.uid:
            options |= {"user": self.uid, "group": self.gid, "extra_groups": []}
        return subprocess.run(  # noqa: S603 - our own arguments, no shell of the user's
            argv, env=env, cwd="/", umask=0o077, text=True, check=False, **options
        )

    def write(self, path: Path, text: str) -> None:
        """Write a file of the server's folder as its user, whole or not at all."""
        script = 'cat >"$0.new" && mv "$0.new" "$0"'
        self.run(["sh", "-c", script, str(path)], input=text).check_returncode()


@dataclass(frozen=True)
class Place:
    """Where the cluster of one data folder is."""

    home: Path
    folder: Path
    """PostgreSQL's data folder."""
    sockets: Path
    """Folder of the Unix socket, mode 0700."""
    user: ServerUser

    @property
    def aside(self) -> bool:
        """Whether the cluster is outside the data folder of Yutu."""
        return not self.folder.is_relative_to(self.home)

    @property
    def log(self) -> Path:
        """Return the server's log."""
        return self.folder / "postgres.log"


def make_home(home: Path) -> None:
    """Make the data folder if there is none, closed to others.

    Root's is open for passing through to the group of the server's user, so that the database
    can be in it wherever the folders above allow that.
    """
    if home.is_dir():
        return
    home.mkdir(parents=True, mode=0o700)
    if os.geteuid() == 0:
        os.chown(home, 0, _ordinary_user().gid)
        home.chmod(0o710)


@contextmanager
def hold_home(home: Path) -> Iterator[None]:
    """Hold a data folder for one service; the system lets go of it when the process ends.

    Raises
    ------
    HomeInUseError
        If another process holds it.
    """
    make_home(home)
    with _opened(home / "serve.lock") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            pid = os.pread(lock, 20, 0).decode() or "?"
            raise HomeInUseError(home=home, pid=pid) from error
        os.ftruncate(lock, 0)
        os.pwrite(lock, str(os.getpid()).encode(), 0)
        yield


@contextmanager
def one_at_a_time(home: Path) -> Iterator[None]:
    """Wait until no other process starts or stops the cluster of this data folder."""
    with _opened(home / "cluster.lock") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        yield file
    finally:
        os.close(file)


def find_place(home: Path) -> Place:
    """Find where the cluster is, or where it will be made.

    PostgreSQL refuses to run as root. Root's server runs as ``postgres`` (or ``yutu``); where that
    user cannot reach the data folder, the cluster is in ``/var/lib/yutu`` and the data folder's
    ``cluster.json`` says so. An existing cluster is run by the user who owns it.

    Raises
    ------
    ClusterOwnerError
        If the cluster belongs to another user and we are not root.
    """
    folder = _recorded_folder(home) or home / "pg"
    if folder.exists():
        user = _owner(folder)
    else:
        user = _ordinary_user()
        if os.geteuid() == 0 and not _reaches(user, home):
            folder = ASIDE / _aside_name(home)
    sockets = SOCKETS / f"yutu-{_digest(folder)}"
    return Place(home, folder, sockets, user)


def read_record(home: Path) -> dict[str, Any]:
    """Read what is known of the cluster of a data folder; empty if nothing is."""
    try:
        record: dict[str, Any] = json.loads((home / RECORD).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return record


def write_record(place: Place, **facts: object) -> None:
    """Record where the cluster is, for the next start and for people who look for it."""
    record = {"home": str(place.home), "folder": str(place.folder), **facts}
    # In the data folder by a relative path: that folder may be moved.
    if not place.aside:
        record["folder"] = str(place.folder.relative_to(place.home))
    if record == read_record(place.home):
        return
    new = place.home / f"{RECORD}.new"
    with _opened(new) as file:
        os.ftruncate(file, 0)
        os.write(file, (json.dumps(record, ensure_ascii=False, indent=2) + "\n").encode())
    new.replace(place.home / RECORD)


def make_sockets(place: Place) -> None:
    """Make the folder of the socket; only the server's user and root can enter it.

    Raises
    ------
    ClusterOwnerError
        If somebody else has made a folder of this name.
    """
    if not place.sockets.exists():
        place.sockets.mkdir(mode=0o700)
        os.chown(place.sockets, place.user.uid, place.user.gid)
    found = place.sockets.lstat()
    if place.sockets.is_symlink() or found.st_uid != place.user.uid or found.st_mode & 0o077:
        raise ClusterOwnerError(
            folder=place.sockets, owner=_name(found.st_uid), user=place.user.name
        )


def check_space(folder: Path, needed_mb: int) -> None:
    """Refuse to go on when the disk of a folder is nearly full.

    Raises
    ------
    DiskFullError
    """
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    free_mb = shutil.disk_usage(existing).free // MIB
    if free_mb < needed_mb:
        raise DiskFullError(folder=existing, free_mb=free_mb, needed_mb=needed_mb)


def _recorded_folder(home: Path) -> Path | None:
    record = read_record(home)
    if "folder" not in record:
        return None
    folder = home / record["folder"]
    # A copy of a data folder must not run on the original's database.
    original = Path(record["home"])
    copied = original != home and (original / RECORD).exists()
    return None if copied and not folder.is_relative_to(home) else folder


def _owner(folder: Path) -> ServerUser:
    uid, gid = folder.stat().st_uid, folder.stat().st_gid
    if os.geteuid() not in (0, uid):
        raise ClusterOwnerError(folder=folder, owner=_name(uid), user=_name(os.geteuid()))
    return ServerUser(_name(uid), uid, gid)


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _ordinary_user() -> ServerUser:
    if os.geteuid() != 0:
        return ServerUser(_name(os.geteuid()), os.geteuid(), os.getegid())
    for name in SERVER_USERS:
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return ServerUser(name, found.pw_uid, found.pw_gid)
    subprocess.run(  # noqa: S603 - a fixed call
        ["useradd", "--system", "--user-group", "--no-create-home", SERVER_USERS[-1]],  # noqa: S607 - where the system keeps it differs
        check=True,
    )
    return _ordinary_user()


def _reaches(user: ServerUser, home: Path) -> bool:
    return user.run(["test", "-x", str(home)]).returncode == 0


def _aside_name(home: Path) -> str:
    name = home.parent.name if home.name.startswith(".") else home.name
    return f"{name or 'yutu'}-{_digest(home)}"


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:10]
