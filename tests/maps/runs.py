"""A small run for tests of what is drawn of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import numpy as np

from geo.coverage.runs import Run, RunCells, RunStreets

ATTACK = "<script>alert(1)</script>"


def make_cells(**changed: Any) -> RunCells:
    """Make cells; by default everybody stands at the door."""
    count = len(changed.get("lon", (114.0,)))
    facts = {
        "lon": np.array([114.0]),
        "lat": np.array([30.0]),
        "distance_m": np.zeros(count),
        "people": np.ones(count),
        "cell_size_m": 92.0,
    }
    return RunCells(**(facts | changed))


def make_streets() -> RunStreets:
    lonlat = np.array(
        [[114.0, 30.0], [114.02, 30.01], [114.0, 30.02], [114.01, 30.0], [114.03, 30]]
    )
    return RunStreets(starts=np.array([0, 3, 5]), lonlat=lonlat)


def tally(people: float, covered: float, **changed: Any) -> dict[str, Any]:
    facts = {
        "people": people,
        "covered": covered,
        "share": covered / people if people else None,
        "reason": None if people else "no_people",
        "people_unsnapped": 0.0,
        "people_unreachable": 0.0,
        "minutes": {"p25": 4.2, "p50": 9.0, "p75": 14.5, "p90": None},
        "raw": people,
        "factor": 1.0,
    }
    return facts | changed


def make_run(*, publication: str = "unpublished", result: Any = (), parameters: Any = ()) -> Run:
    whole = tally(2000.0, 1500.0)
    told = {
        **{key: whole[key] for key in ("people", "covered", "share", "people_unsnapped")},
        "assessable": True,
        "reason": None,
        "minutes": whole["minutes"],
        "cells": 1200,
        "cells_unsnapped": 3,
        "facilities": 3,
        "facilities_served": 1,
        "facilities_unsnapped": [f"{ATTACK}敬老院"],
        "facilities_unplaced": ["没有坐标的敬老院"],
        "facilities_too_rough": [],
        "ages": {"60+": whole},
        "divisions": [
            {"code": "370902", "name": "泰山区", "level": "county", "cells": 1000,
             "ages": {"60+": tally(1500.0, 1300.0)}},
            {"code": "370911", "name": f"{ATTACK}区", "level": "county", "cells": 150,
             "ages": {"60+": tally(400.0, 180.0, share=None, reason="unsnapped")}},
            {"code": "", "name": "", "level": "", "cells": 50, "ages": {"60+": tally(100.0, 20.0)}},
        ],
        "totals": [],
        "reach": [
            {"facility": "中心敬老院", "kind": "rural_care_home", "lon": 114.01, "lat": 30.01,
             "snapped": True, "people": 1500.0},
            {"facility": f"{ATTACK}敬老院", "kind": "rural_care_home", "lon": 114.02, "lat": 30.005,
             "snapped": False, "people": None},
        ],
    }  # fmt: skip
    asked = {
        "kinds": ["rural_care_home"],
        "limit_m": 900.0,
        "minutes": 15.0,
        "profile": "standard",
        "speed_m_per_min": 60.0,
        "ages": ["60+"],
        "within": None,
        "within_name": None,
        "at": "2026-11-22",
        "inside_only": False,
        "snap_limit_m": 500.0,
        "most_unsnapped_percent": 10.0,
        "roughest_position": "village",
        "network": {"name": "streets", "source": "town.osm.pbf (OpenStreetMap)",
                    "imported_at": "2026-11-21T08:00:00+00:00", "edges": 2},
        "population": {"name": "people", "source": "WorldPop 2020", "as_of": "2020-11-01",
                       "cells": 1200, "people": {"60+": 2000.0}},
        "totals": None,
    }  # fmt: skip
    return Run(
        id=UUID(int=7),
        created_at=datetime(2026, 11, 22, 1, 2, tzinfo=UTC),
        parameters=asked | dict(parameters),
        inputs={"graph": "ab" * 32, "cells": "cd" * 32, "asked": "ef" * 32},
        result=told | dict(result),
        walk_sha256="01" * 32,
        within_id=None,
        publication=publication,
        actor="user:7",
    )
