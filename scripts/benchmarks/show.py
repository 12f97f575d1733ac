"""How a benchmark prints what it measured."""

from __future__ import annotations

import statistics


def show(name: str, seconds: list[float], *, limit_s: float | None = None) -> None:
    """Print the median, the 95th percentile and the limit that was set."""
    ranked = sorted(seconds)
    high = ranked[min(len(ranked) - 1, int(len(ranked) * 0.95))]
    unit, scale = ("ms", 1000.0) if high < 1 else ("s", 1.0)
    limit = "" if limit_s is None else f"  (limit {limit_s * scale:g} {unit})"
    print(
        f"{name}: median {statistics.median(ranked) * scale:.1f} {unit},"
        f" p95 {high * scale:.1f} {unit}, n={len(ranked)}{limit}",
        flush=True,
    )
