"""Keep arrays of numbers as files: the same arrays give the same bytes, so the same SHA-256."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection

from geo.files.store import KeptFile, keep_file
from geo.settings import settings

Array = npt.NDArray[Any]
DAY_ZERO = (1980, 1, 1, 0, 0, 0)


def keep_arrays(conn: Connection, arrays: Mapping[str, Array], folder: Path) -> KeptFile:
    """Keep named arrays of numbers as one file (NumPy's .npz, not compressed).

    Names are sorted and no time of day is written, so the SHA-256 depends on the content alone.
    """
    scratch = settings().tmp if settings().tmp.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="yutu-", dir=scratch) as made:
        path = Path(made) / "arrays.npz"
        write_arrays(arrays, path)
        return keep_file(conn, path, folder)


def write_arrays(arrays: Mapping[str, Array], path: Path) -> None:
    """Write named arrays to a file."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(arrays):
            member = zipfile.ZipInfo(f"{name}.npy", DAY_ZERO)
            with archive.open(member, "w", force_zip64=True) as file:
                np.lib.format.write_array(
                    file, np.ascontiguousarray(arrays[name]), allow_pickle=False
                )


def read_arrays(path: Path) -> dict[str, Array]:
    """Read the arrays of a file by name."""
    with np.load(path, allow_pickle=False) as content:
        return {name: content[name] for name in content.files}
