"""How the loops of this room are compiled by numba, and where the result is kept.

The loops stand in ``walk_loops``, ``join_loops`` and ``snap_loops``. numba's cache sees a change
only in the file of the function itself, not in those it calls, so its folder is named by the
SHA-256 of all files of this room. Every loop gives the lock of the interpreter back, and none runs
parallel by itself: threads take whole chunks of the work, and no result depends on how many there
are.

Importing this module imports numba, which takes longer than most commands: the modules that use
loops import them where work begins, not at their top.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
import numpy as np

from geo.settings import settings

Function = TypeVar("Function", bound=Callable[..., Any])

NOTHING = cast("int", np.int64(0))
"""Where a count begins. A plain 0 is a type of its own, and all would be compiled for it too."""


def _find_cache() -> Path | None:
    """Return the folder of compiled loops (``NUMBA_CACHE_DIR``, else the data folder's), if any."""
    given = os.environ.get("NUMBA_CACHE_DIR")
    base = Path(given) if given else settings().home / "cache" / "numba"
    release = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        release.update(path.read_bytes())
    folder = base / release.hexdigest()[:16]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK) else None


_cache = _find_cache()
if _cache is not None:
    numba.config.CACHE_DIR = str(_cache)  # type: ignore[attr-defined]  # made at run time
OPTIONS: dict[str, Any] = {
    "nogil": True, "_nrt": False, "error_model": "numpy", "cache": _cache is not None,
}  # fmt: skip


def compiled(function: Function) -> Function:
    """Compile at the first call, and keep the result where there is a folder for it.

    A compiled loop may not make arrays, because numba then need not count who holds them: counting
    took longer than the walking. It works in what its caller gives.
    """
    return cast("Function", numba.njit(**OPTIONS)(function))
