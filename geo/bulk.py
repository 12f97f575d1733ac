"""Build many objects at once without Python looking through all of them again and again."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Hold the cyclic garbage collector back while a block or a function builds thousands of rows.

    Each some hundred new objects start it, and what it walks through is all kept: a third of the
    time of reading a province's markers. Nothing leaks, for reference counts go on. Two threads may
    overlap: whoever found it running turns it on again.
    """
    was_running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_running:
            gc.enable()
