"""Files that come in pieces: what has come is kept until the rest follows, or for two weeks."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

SUFFIX = ".part"
KEPT_S = 14 * 24 * 3600.0
"""How long a file that never became whole is kept, seconds: a team in the hills comes back."""


@dataclass(frozen=True, slots=True)
class Partial:
    """The beginning of a file that is still coming; what is there has no gaps.

    Two who send the same file at once write the same bytes to the same places, so nobody waits for
    a connection that is long dead.
    """

    path: Path

    @property
    def size(self) -> int:
        """Return how many bytes of it are there, from its first on."""
        return self.path.stat().st_size if self.path.exists() else 0

    def open(self) -> int:
        """Open it for :func:`write_at`; return the handle, which the caller closes."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)

    def cut(self, size: int) -> None:
        """Leave only its first bytes."""
        if self.size > size:
            os.truncate(self.path, size)

    def drop(self) -> None:
        """Throw it away."""
        self.path.unlink(missing_ok=True)


def find_partial(folder: Path, key: str) -> Partial:
    """Return the partial file of a key (letters, digits and hyphens), there or not."""
    return Partial(folder / f"{key}{SUFFIX}")


def write_at(handle: int, start: int, content: bytes) -> None:
    """Write a piece at its place in a file, all of it."""
    done = 0
    while done < len(content):
        done += os.pwrite(handle, content[done:], start + done)


def sweep_partials(folder: Path, *, now_s: float, kept_s: float = KEPT_S) -> int:
    """Throw away what nobody has added to for too long; return how many files that were.

    Parameters
    ----------
    now_s
        Seconds since 1970, as the disk counts them.
    """
    gone = 0
    for path in folder.glob(f"*{SUFFIX}"):
        try:
            if now_s - path.stat().st_mtime > kept_s:
                path.unlink()
                gone += 1
        except FileNotFoundError:
            # Just become whole.
            continue
    return gone
