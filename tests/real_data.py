"""Real data that no package ships; it lies beside the checkout, and CI has it."""

from __future__ import annotations

import pytest

from geo.settings import ROOT

REAL = ROOT.parent / "shared" / "data"

needs_real_data = [
    pytest.mark.real_data,
    pytest.mark.skipif(not REAL.is_dir(), reason=f"the real data are not at {REAL.name}/"),
]
"""``pytestmark = needs_real_data``, or ``@pytest.mark.real_data`` with the same skip."""
