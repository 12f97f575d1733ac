"""The day in China, read here and nowhere below: ``geo`` is told which day it is."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

CHINA = ZoneInfo("Asia/Shanghai")


def china_day(now: datetime | None = None) -> date:
    """Return the legal day in China of an instant, by default of now."""
    return (now or datetime.now(UTC)).astimezone(CHINA).date()
