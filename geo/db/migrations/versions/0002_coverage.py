"""The tables of facilities, walking networks, population and coverage."""

from __future__ import annotations

from pathlib import Path

from alembic import op

from geo.db.sql import run_script

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    script = Path(__file__).with_suffix(".sql")
    run_script(op.get_bind(), script.read_text(encoding="utf-8"))
