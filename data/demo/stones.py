"""Synthetic boundary markers on the real lines of the demo, from one fixed seed.

Density is that of the field, low and uneven: 0.02 to 0.13 markers for a kilometre of line. Numbers
have the forms of real ones and begin with 9, which no line code does; names of objects and villages
say 示例. A marker stands off its line as far as its survey is inaccurate, at most 20 m.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import Geod

from data.demo.country import ENDINGS, SURNAMES
from geo.crs.magnetic import declination_deg
from geo.crs.zones import convergences_deg, zones_of

Floats = npt.NDArray[np.float64]

SEED = 353
"""The number of the order that boundary lines are kept by."""
ELLIPSOID = Geod(ellps="GRS80")
PER_KM = (0.02, 0.13)
SHORT_KM = 4.0
"""A line shorter than this has no marker but those at its ends."""
DOUBLE, AT_TRIPOINT, TRIPLE = 0.07, 0.7, 0.03
"""Shares: of the markers that stand on both banks, of the tripoints with one, of these in three."""
BANK_M = (18.0, 42.0)
MOST_OFF_M = 20.0
SURVEYS = (
    ("gnss_static", 1.0, 0.55), ("gnss_rtk", 0.05, 0.18), ("traverse", 2.0, 0.10),
    ("intersection", 3.0, 0.05), ("map", 5.0, 0.09), ("map", 25.0, 0.03),
)  # fmt: skip
"""Method, accuracy in metres, share."""
OBJECTS = (
    ("示例老槐树", "树干中心"), ("示例水塔", "塔尖"), ("示例石桥", "北端栏杆"),
    ("示例机井", "井房西南角"), ("示例电线杆", "杆身中心"), ("示例民房", "东南墙角"),
    ("示例独立石", "石顶"), ("示例涵洞", "洞口中点"), ("示例里程碑", ""), ("示例古庙", "大殿脊尖"),
)  # fmt: skip
SETTLED = date(1996, 4, 1)
SETTLING_DAYS = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line to set markers on; ``shape`` in EPSG:4490, ``key`` is what a table calls it."""

    key: str
    codes: tuple[str, str]
    names: tuple[str, str]
    shape: shapely.Geometry


@dataclass(slots=True, kw_only=True)
class Seen:
    """A reference object: bearings from grid and magnetic north in degrees, distance in metres."""

    name: str
    part: str
    grid_deg: float
    magnetic_deg: float | None
    distance_m: float
    lonlat: tuple[float, float] | None


@dataclass(slots=True, kw_only=True)
class Stone:
    """A marker as the demo's table has it; ``lonlat`` in EPSG:4490."""

    number: str
    member: str
    set_up: str
    lines: tuple[str, ...]
    sides: tuple[str, ...]
    lonlat: tuple[float, float]
    keeper: str
    method: str
    accuracy_m: float
    height_m: float
    material: str
    set_on: date
    surveyed_on: date
    sites: tuple[str, ...]
    objects: list[Seen] = field(default_factory=list)

    @property
    def faces(self) -> int:
        """Return two, or three where three sides meet."""
        return len(self.sides)


def set_stones(lines: Sequence[Line], seed: int = SEED) -> list[Stone]:
    """Set markers on lines; the same seed and lines give the same markers."""
    rng = np.random.default_rng(seed)
    ordered, codes = _ordered(lines), line_codes(lines)
    stones: list[Stone] = []
    for line in ordered:
        stones.extend(_on_line(rng, line, codes[line.key]))
    stones.extend(_at_tripoints(rng, ordered))
    _see_objects(rng, stones)
    return stones


def line_codes(lines: Sequence[Line]) -> dict[str, str]:
    """Return the made-up code of each line by its key; the numbers of its markers begin with it."""
    return {line.key: f"9{place:03d}" for place, line in enumerate(_ordered(lines), 1)}


def _ordered(lines: Sequence[Line]) -> list[Line]:
    """Return lines in an order that is the same in every database."""
    return sorted(lines, key=lambda line: (sorted(line.codes), shapely.bounds(line.shape).tolist()))


def _on_line(rng: np.random.Generator, line: Line, code: str) -> Iterator[Stone]:
    """Set markers along a line, numbered from west to east, or from north to south."""
    xy = _course(line.shape)
    legs = np.abs(ELLIPSOID.inv(*xy[:-1].T, *xy[1:].T)[2])
    at_m = np.concatenate([[0.0], np.cumsum(legs)])
    length_km = at_m[-1] / 1000
    per_km = float(np.exp(rng.uniform(*np.log(PER_KM))))
    if length_km < SHORT_KM:
        return
    wanted = max(1, round(length_km * per_km))
    steps = (np.arange(wanted) + rng.uniform(0.25, 0.75, wanted)) / wanted * at_m[-1]
    for serial, along in enumerate(steps, 1):
        leg = int(np.searchsorted(at_m, along, side="right")) - 1
        leg = min(leg, len(xy) - 2)
        share = (along - at_m[leg]) / legs[leg]
        spot = xy[leg] + share * (xy[leg + 1] - xy[leg])
        across = float(ELLIPSOID.inv(*xy[leg], *xy[leg + 1])[0]) + 90.0
        if rng.random() < DOUBLE:
            bank = rng.uniform(*BANK_M)
            first = None
            for letter, side in (("A", -1), ("B", 1)):
                place = _step(spot, across, side * bank)
                stone = _stone(rng, line, f"{code}{serial:03d}", place, serial)
                first = first or stone
                stone.member, stone.set_up = letter, "同号双立"
                stone.keeper = line.names[0 if side < 0 else 1]
                stone.set_on, stone.surveyed_on = first.set_on, first.surveyed_on
                stone.method, stone.accuracy_m = first.method, first.accuracy_m
                yield stone
        else:
            stone = _stone(rng, line, f"{code}{serial:03d}Q", spot, serial)
            off = float(np.clip(rng.normal(0, stone.accuracy_m), -MOST_OFF_M, MOST_OFF_M))
            stone.lonlat = _step(spot, across, off)
            yield stone


def _course(shape: shapely.Geometry) -> Floats:
    """Return the vertices of the longest part of a line, from west to east or north to south."""
    longest = max(shapely.get_parts(shape), key=shapely.length)
    xy = shapely.get_coordinates(longest)
    east, north = xy[-1] - xy[0]
    forward = east >= 0 if abs(east) >= abs(north) else north <= 0
    return xy if forward else xy[::-1]


def _step(spot: Iterable[float], bearing_deg: float, metres: float) -> tuple[float, float]:
    from_lon, from_lat = spot
    lon, lat, _ = ELLIPSOID.fwd(from_lon, from_lat, bearing_deg, metres)
    return float(lon), float(lat)


def _stone(
    rng: np.random.Generator, line: Line, number: str, spot: Iterable[float], serial: int
) -> Stone:
    lon, lat = spot
    return _made(
        rng, number, (float(lon), float(lat)), (line.key,), line.names, line.names[serial % 2]
    )


def _made(
    rng: np.random.Generator,
    number: str,
    lonlat: tuple[float, float],
    lines: tuple[str, ...],
    sides: tuple[str, ...],
    keeper: str,
) -> Stone:
    shares = np.array([share for *_, share in SURVEYS])
    method, accuracy_m, _ = SURVEYS[int(rng.choice(len(SURVEYS), p=shares / shares.sum()))]
    set_on = SETTLED + timedelta(days=int(rng.integers(SETTLING_DAYS)))
    later = timedelta(days=int(rng.integers(20, 90)))
    if method == "gnss_rtk":
        later = date(2018, 3, 1) + timedelta(days=int(rng.integers(1500))) - set_on
    return Stone(
        number=number,
        member="",
        set_up="单立",
        lines=lines,
        sides=sides,
        lonlat=lonlat,
        keeper=keeper,
        method=method,
        accuracy_m=accuracy_m,
        height_m=round(float(rng.gamma(2.0, 90.0)) + 8.0, 1),
        material="花岗岩" if rng.random() < 0.8 else "混凝土",  # noqa: PLR2004 - a share
        set_on=set_on,
        surveyed_on=set_on + later,
        sites=tuple(f"{side}示例镇示例{_village(rng)}村" for side in sides),
    )


def _village(rng: np.random.Generator) -> str:
    return SURNAMES[int(rng.integers(len(SURNAMES)))] + ENDINGS[int(rng.integers(len(ENDINGS)))]


def _at_tripoints(rng: np.random.Generator, lines: Sequence[Line]) -> Iterator[Stone]:
    """Set markers of three faces where the lines of three neighbours end in one point."""
    ends: defaultdict[tuple[float, float], list[Line]] = defaultdict(list)
    for line in lines:
        for part in shapely.get_parts(line.shape):
            xy = shapely.get_coordinates(part)
            for end in {tuple(xy[0].round(9).tolist()), tuple(xy[-1].round(9).tolist())}:
                ends[end[0], end[1]].append(line)
    serial = 0
    for spot, met in sorted(ends.items()):
        names = {
            code: name for line in met for code, name in zip(line.codes, line.names, strict=True)
        }
        pairs = {frozenset(line.codes) for line in met}
        if len(names) != 3 or len(pairs) != 3 or len(met) != 3:  # noqa: PLR2004 - a tripoint
            continue
        if rng.random() >= AT_TRIPOINT:
            continue
        serial += 1
        sides = tuple(names[code] for code in sorted(names))
        keys = tuple(line.key for line in met)
        number = f"9{serial:05d}I"
        stones = 3 if rng.random() < TRIPLE else 1
        for place in range(stones):
            away = rng.uniform(*BANK_M) if stones > 1 else 0.0
            at = _step(spot, 120.0 * place, away)
            stone = _made(rng, number, at, keys, sides, sides[(serial + place) % 3])
            stone.member = "ABC"[place] if stones > 1 else ""
            stone.set_up = "同号三立" if stones > 1 else "单立"
            yield stone


def _see_objects(rng: np.random.Generator, stones: Sequence[Stone]) -> None:
    """Give each marker its reference objects: three or four, now and then two only."""
    lonlat = np.array([stone.lonlat for stone in stones]).reshape(-1, 2)
    convergence = convergences_deg(lonlat[:, 0], lonlat[:, 1], zones_of(lonlat[:, 0]))
    for stone, grid_to_true in zip(stones, convergence.tolist(), strict=True):
        number = int(rng.choice([2, 3, 3, 3, 3, 3, 4, 4]) if rng.random() < 0.2 else 3)  # noqa: PLR2004
        chosen = rng.choice(len(OBJECTS), number, replace=False).tolist()
        turn = rng.uniform(0, 360)
        declination = None
        if stone.method == "gnss_rtk":
            declination = declination_deg(*stone.lonlat, stone.height_m, stone.surveyed_on)
        for place, one in enumerate(chosen):
            grid = round((turn + place * 360 / number + rng.uniform(-30, 30)) % 360, 2) % 360
            distance = round(float(rng.uniform(8, 140)), 1)
            true = grid + grid_to_true
            known = stone.accuracy_m <= 1.0 and rng.random() < 0.4  # noqa: PLR2004 - a share
            stone.objects.append(
                Seen(
                    name=OBJECTS[one][0],
                    part=OBJECTS[one][1],
                    grid_deg=grid,
                    magnetic_deg=None
                    if declination is None
                    else round((true - declination) % 360, 1) % 360,
                    distance_m=distance,
                    lonlat=_step(stone.lonlat, true, distance) if known else None,
                )
            )
