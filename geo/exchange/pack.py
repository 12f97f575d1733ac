"""Put the files of a loose Shapefile together, so that one file is kept and read."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from geo.exchange.shapefile import siblings
from geo.settings import settings

EPOCH = (1980, 1, 1, 0, 0, 0)


@contextmanager
def one_file(path: Path) -> Iterator[Path]:
    """Give a file as it is; a ``.shp`` beside its siblings as a zip of them all.

    The same parts make the same zip, so it is kept once.
    """
    if path.suffix.casefold() != ".shp":
        yield path
        return
    scratch = settings().tmp if settings().tmp.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="yutu-", dir=scratch) as folder:
        packed = Path(folder) / f"{path.stem}.zip"
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for _, part in sorted(siblings(path).items()):
                archive.writestr(zipfile.ZipInfo(part.name, EPOCH), part.read_bytes())
        yield packed
