"""One running office for all stories that leave it as it was."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from geo.db import cluster
from geo.db.engine import make_engine
from tests.api.country import load_country
from tests.stories.office import LIMIT_MB, MIB, Office
from tests.stories.served import folder, serve


@pytest.fixture(scope="session")
def office() -> Iterator[Office]:
    limit = str(LIMIT_MB * MIB)
    with folder() as home, serve(home, "--no-demo", YUTU_MAX_UPLOAD_BYTES=limit) as served:
        found = cluster.status(home)
        assert found is not None
        engine = make_engine(found.app_url, pool_size=1)
        with tempfile.TemporaryDirectory() as files:
            load_country(engine, Path(files))
        engine.dispose()
        yield Office(home, served, {"Authorization": f"Bearer {served.log_in()}"})


@pytest.fixture
def unchanged(office: Office) -> Iterator[Office]:
    """Give the office, and hold that what it knows is the same afterwards."""
    before = office.register()
    yield office
    assert office.register() == before
    assert list((office.home / "tmp").iterdir()) == []
