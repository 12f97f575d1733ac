"""How a long function says where it is, and hears that it should stop."""

from __future__ import annotations

from collections.abc import Callable

from geo.errors import StoppedError

Progress = Callable[[float, str], bool]
"""Takes the share done (0 to 1) and a catalogue key of what is going on; False means stop."""


def never_stop(share: float, doing: str) -> bool:  # noqa: ARG001  (the shape of Progress)
    """Say nothing and never stop."""
    return True


def report(progress: Progress, share: float, doing: str) -> None:
    """Report progress; raise where the caller wants to stop.

    Raises
    ------
    StoppedError
        If the caller answered False.
    """
    if not progress(share, doing):
        raise StoppedError


def part_of(progress: Progress, begin: float, end: float) -> Progress:
    """Return the progress of a part of the work as that of the whole."""
    return lambda share, doing: progress(begin + (end - begin) * share, doing)
