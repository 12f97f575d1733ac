"""The server's process: what runs on a data folder, its settings, its start and its end."""

from __future__ import annotations

import os
import re
import shutil
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NoReturn

from geo.db.cluster.binaries import Binaries
from geo.db.cluster.place import MIB, Place, check_space
from geo.errors import ClusterStartError, DiskFullError

PORT = 5432
ADMIN = "postgres"
START_MB = 100
INIT_MB = 300
LOG_MB = 8
TEMP_MB = 8192
RECOVERY_S = 600
"""Longest wait for a server that replays its journal after a crash."""
STOP_S = 60
RETRY_S = 20
"""How long the rest of a killed server may stand in the way."""

# What a killed server leaves for a moment: children that still hold its shared memory.
PASSING = ("pre-existing shared memory block", "lock file", "could not bind")
# ``No space left`` is the system's text; the server speaks English (LC_ALL=C.UTF-8).
FULL = "No space left on device"

State = Literal["ours", "foreign", "zombie", "gone"]


@dataclass(frozen=True)
class Postmaster:
    """What a data folder's ``postmaster.pid`` says."""

    pid: int
    port: int
    sockets: Path
    listens: str
    """Address it listens on by TCP; empty for none."""
    status: str


def read_pid_file(folder: Path) -> Postmaster | None:
    """Read ``postmaster.pid``; None if there is none or it is not written to its end yet."""
    try:
        lines = (folder / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return None
    if len(lines) < 8 or not lines[0].isdigit():  # noqa: PLR2004 - the file's fixed lines
        return None
    return Postmaster(
        int(lines[0]), int(lines[3]), Path(lines[4]), lines[5].strip(), lines[7].strip()
    )


def first_pid(folder: Path) -> int | None:
    """Read the process id in ``postmaster.pid``, which stands there before the rest."""
    try:
        first = (folder / "postmaster.pid").read_text().split("\n", 1)[0].strip()
    except FileNotFoundError:
        return None
    return int(first) if first.isdigit() and int(first) > 0 else None


def process_state(pid: int, place: Place) -> State:
    """Tell whether a process is the server of this data folder.

    After SIGKILL the dead server may stay a zombie for a while, and after a restart of the machine
    its number may be another program's.
    """
    process = Path("/proc") / str(pid)
    try:
        # The name in parentheses may hold anything; the state follows the last parenthesis.
        state = (process / "stat").read_text().rpartition(")")[2].split()[0]
        name = (process / "comm").read_text().strip()
    except (FileNotFoundError, ProcessLookupError):
        return "gone"
    if state in "ZX":
        return "zombie"
    if not name.startswith("postgres"):
        return "foreign"
    # A server's working folder is its data folder. Root without the capability to look into
    # foreign processes (a container) is told by the server's own user.
    there = place.user.run(["readlink", str(process / "cwd")], capture_output=True).stdout.strip()
    return "ours" if there == str(place.folder.resolve()) else "foreign"


def running(place: Place) -> Postmaster | None:
    """Return the server that runs on this data folder; None if none does."""
    pid = first_pid(place.folder)
    if pid is None or process_state(pid, place) != "ours":
        return None
    return read_pid_file(place.folder)


def initialise(place: Place, binaries: Binaries, *, durable: bool) -> None:
    """Make the data folder: UTF-8, locale C.UTF-8, reached by its socket only.

    It is made beside its place and moved there when it is whole, so that a killed start leaves
    nothing to repair.

    Raises
    ------
    DiskFullError, ClusterStartError
    """
    check_space(place.folder, INIT_MB)
    new = place.folder.with_name(place.folder.name + ".new")
    if new.exists():
        shutil.rmtree(new)
    new.parent.mkdir(parents=True, exist_ok=True)
    new.mkdir(mode=0o700)
    os.chown(new, place.user.uid, place.user.gid)
    done = place.user.run(
        [
            *(str(binaries.folder / "initdb"), "--pgdata", str(new), "--username", ADMIN),
            *("--locale=C.UTF-8", "--encoding=UTF8", "--data-checksums"),
            # Whoever passes the folder of the socket is trusted; TCP, when it is asked for, is not.
            *("--auth-local=trust", "--auth-host=scram-sha-256"),
            *(() if durable else ("--no-sync",)),
        ],
        capture_output=True,
    )
    if done.returncode != 0:
        shutil.rmtree(new)
        _fail(place, done.stdout + done.stderr)
    conf = new / "postgresql.conf"
    place.user.write(conf, conf.read_text(encoding="utf-8") + "\ninclude 'yutu.conf'\n")
    new.rename(place.folder)


def launch(place: Place, binaries: Binaries, *, port: int | None, durable: bool) -> Postmaster:
    """Start the server and wait until it takes connections.

    Raises
    ------
    DiskFullError, ClusterStartError
    """
    check_space(place.folder, START_MB)
    trim_log(place)
    place.user.write(place.folder / "yutu.conf", _settings(place, port=port, durable=durable))
    give_up = time.monotonic() + RETRY_S
    while True:
        said = _try_start(place, binaries)
        if said is None:
            break
        if not any(passing in said for passing in PASSING) or time.monotonic() > give_up:
            _fail(place, said)
        time.sleep(0.5)
    found = read_pid_file(place.folder)
    if found is None:
        _fail(place, "postmaster.pid")
    return found


def end(place: Place, pid: int) -> None:
    """End the server, fast but in order; if it hangs, at once (it recovers at the next start)."""
    for how in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        try:
            os.kill(pid, how)
        except ProcessLookupError:
            return
        if _wait_gone(place, pid, STOP_S):
            return


def trim_log(place: Place) -> None:
    """Keep the log below some 8 MB, and one older part of at most that size.

    The server appends to the file, so it may be cut while the server runs.
    """
    if place.log.is_file() and place.log.stat().st_size > LOG_MB * MIB:
        script = 'tail -c "$1" "$0" >"$0.1" && : >"$0"'
        place.user.run(["sh", "-c", script, str(place.log), str(LOG_MB * MIB)])


def _try_start(place: Place, binaries: Binaries) -> str | None:
    # Returns what the server said when it ended instead of taking connections.
    blocker = first_pid(place.folder)
    env = {}
    if blocker is not None and process_state(blocker, place) in ("foreign", "zombie"):
        # PostgreSQL takes any living process with this number for a server. As its "grandparent"
        # it is known not to be one, without a lock file being deleted under somebody's hands.
        env["PG_GRANDPARENT_PID"] = str(blocker)
    before = place.log.stat().st_size if place.log.exists() else 0
    # In a session of its own: Ctrl-C in the terminal ends Yutu, which then ends the server.
    script = '"$@" </dev/null >>"$0" 2>&1 & echo $!'
    server = [str(binaries.folder / "postgres"), "-D", str(place.folder)]
    begun = place.user.run(
        ["setsid", "sh", "-c", script, str(place.log), *server], env=env, capture_output=True
    )
    if not begun.stdout.strip().isdigit():
        return begun.stderr
    if _wait_ready(place, int(begun.stdout)):
        return None
    with place.log.open("rb") as log:
        log.seek(before)
        return log.read().decode(errors="replace")


def _wait_ready(place: Place, pid: int) -> bool:
    give_up = time.monotonic() + RECOVERY_S
    while time.monotonic() < give_up:
        found = read_pid_file(place.folder)
        if found and found.pid == pid and found.status == "ready":
            return True
        if process_state(pid, place) in ("gone", "zombie"):
            return False
        time.sleep(0.02)
    return False


def _wait_gone(place: Place, pid: int, seconds: float) -> bool:
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up:
        if process_state(pid, place) in ("gone", "zombie"):
            return True
        time.sleep(0.02)
    return False


def wait_settled(place: Place) -> None:
    """Wait while a server that is being started or stopped by somebody else does so."""
    give_up = time.monotonic() + RECOVERY_S
    while time.monotonic() < give_up:
        pid = first_pid(place.folder)
        if pid is None or process_state(pid, place) != "ours":
            return
        found = read_pid_file(place.folder)
        if found and found.status == "ready":
            return
        time.sleep(0.1)


def _fail(place: Place, said: str) -> NoReturn:
    if FULL in said:
        free_mb = shutil.disk_usage(place.folder.parent).free // MIB
        raise DiskFullError(folder=place.folder, free_mb=free_mb, needed_mb=INIT_MB)
    raise ClusterStartError(log=place.log, tail="\n".join(said.strip().splitlines()[-12:]))


def _settings(place: Place, *, port: int | None, durable: bool) -> str:
    memory_mb = _memory_mb()
    free_mb = shutil.disk_usage(place.folder).free // MIB
    safe = "on" if durable else "off"
    settings = {
        "listen_addresses": "'127.0.0.1'" if port else "''",
        "port": port or PORT,
        "unix_socket_directories": f"'{place.sockets}'",
        "unix_socket_permissions": "0700",
        "max_connections": 100,
        "shared_buffers": f"{min(2048, max(128, memory_mb // 8))}MB",
        "effective_cache_size": f"{max(256, memory_mb // 2)}MB",
        "maintenance_work_mem": f"{min(512, max(64, memory_mb // 16))}MB",
        "work_mem": "16MB",
        "max_wal_size": "2GB",
        "random_page_cost": 1.1,
        "jit": "off",
        "timezone": "'UTC'",
        # One careless query must not fill the disk.
        "temp_file_limit": f"{min(TEMP_MB, max(1024, free_mb // 4))}MB",
        "fsync": safe,
        "synchronous_commit": safe,
        "full_page_writes": safe,
        "dynamic_shared_memory_type": _shared_memory(),
        "lc_messages": "'C'",
        "log_line_prefix": "'%m [%p] %q%u '",
        # Without the rows and statements that went wrong: a log is no place for people's data.
        "log_error_verbosity": "terse",
        "log_min_error_statement": "panic",
        "log_checkpoints": "off",
    }
    lines = [f"{name} = {value}" for name, value in settings.items()]
    head = "# Written at every start of Yutu; own settings go in by ALTER SYSTEM."
    return "\n".join([head, *lines]) + "\n"


def _memory_mb() -> int:
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    limits = [pages]
    for name in ("memory.max", "memory/memory.limit_in_bytes"):
        limit = Path("/sys/fs/cgroup") / name
        if limit.is_file() and re.fullmatch(r"\d+\s*", text := limit.read_text()):
            limits.append(int(text))
    return min(limits) // MIB


def _shared_memory() -> str:
    # Containers give 64 MB, a bare chroot none: too little for parallel queries.
    shm = Path("/dev/shm")  # noqa: S108 - the system's own folder, asked for its size only
    roomy = shm.is_dir() and shutil.disk_usage(shm).total >= 256 * MIB and os.path.ismount(shm)
    return "posix" if roomy else "mmap"
