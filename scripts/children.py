"""The processes that ``serve`` starts: they die with it, and what they say is kept and bounded.

Nothing heavy is imported here: the first child is to be on its way before anything else.
"""

from __future__ import annotations

import ctypes
import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from logging.handlers import RotatingFileHandler
from pathlib import Path

LOG_BYTES = 5 * 1024 * 1024
LOG_PARTS = 2
TAIL_LINES = 12
PR_SET_PDEATHSIG = 1
SECRETS = ("YUTU_DATABASE_OWNER_URL", "YUTU_ADMIN_PASSWORD")
"""Variables that a process which answers requests has no need to know."""


@dataclass
class Child:
    """A process of ours, and its last words."""

    name: str
    process: subprocess.Popen[str]
    started: float = field(default_factory=time.monotonic)
    tail: deque[str] = field(default_factory=lambda: deque(maxlen=TAIL_LINES))
    pump: threading.Thread | None = None


def spawn(
    name: str,
    argv: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    pass_fds: Sequence[int] = (),
) -> Child:
    """Start a Python module of ours as a process that is told its settings on standard input.

    It is in a session of its own: Ctrl-C reaches ``serve`` alone, which then ends its children in
    order.
    """
    known = {key: value for key, value in os.environ.items() if key not in SECRETS}
    process = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", *argv],
        env=known | dict(env or {}),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        pass_fds=pass_fds,
        start_new_session=True,
    )
    return Child(name, process)


def tell(child: Child, told: object) -> None:
    """Send a child its settings, as one line of JSON."""
    stdin = child.process.stdin
    if stdin is None:  # pragma: no cover - spawn always opens it
        return
    try:
        stdin.write(json.dumps(told) + "\n")
        stdin.flush()
    except BrokenPipeError:
        # It died; whoever waits for it will see that and has its last words.
        return


def keep_log(child: Child, folder: Path) -> None:
    """Write what a child says to ``<name>.log``; errors are shown on the terminal too."""
    folder.mkdir(parents=True, exist_ok=True)
    path = log_path(child, folder)
    handler = RotatingFileHandler(path, maxBytes=LOG_BYTES, backupCount=LOG_PARTS, encoding="utf-8")
    child.pump = threading.Thread(target=_pump, args=(child, handler), name=f"{child.name} log")
    child.pump.daemon = True
    child.pump.start()


def log_path(child: Child, folder: Path) -> Path:
    """Return where the log of a child is."""
    return folder / f"{child.name}.log"


def _pump(child: Child, handler: RotatingFileHandler) -> None:
    stdout = child.process.stdout
    if stdout is None:  # pragma: no cover - spawn always opens it
        return
    for line in stdout:
        said = line.rstrip("\n")
        child.tail.append(said)
        record = logging.LogRecord(child.name, logging.INFO, "", 0, "%s", (said,), None)
        try:
            handler.emit(record)
        except OSError:
            # A full disk must not stop the service from being heard.
            sys.stderr.write(line)
            continue
        if is_serious(said):
            sys.stderr.write(f"[{child.name}] {line}")
    handler.close()
    stdout.close()
    if child.process.stdin is not None:
        child.process.stdin.close()


def is_serious(said: str) -> bool:
    """Tell whether a line of a log is an error, or no line of ours at all (a traceback)."""
    try:
        level = json.loads(said).get("level", "error")
    except (ValueError, AttributeError):
        return True
    return level in ("error", "critical")


def end(children: Sequence[Child], *, patience_s: float, hurry: threading.Event) -> None:
    """End children: asked at once, killed when patience or the user's is over."""
    for child in children:
        child.process.terminate()
    give_up = time.monotonic() + patience_s
    for child in children:
        while child.process.poll() is None:
            if hurry.is_set() or time.monotonic() > give_up:
                child.process.kill()
                child.process.wait()
            else:
                hurry.wait(0.02)
        if child.pump is not None:
            child.pump.join(1)


def end_now(child: Child) -> None:
    """Kill a child if it still runs."""
    if child.process.poll() is None:
        child.process.kill()
        child.process.wait()


def die_with(parent: int) -> None:
    """Have the system kill this process when its parent dies, be it by SIGKILL."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    # It may have died before we asked.
    if os.getppid() != parent:
        sys.exit(1)
