"""The tables of signing keys, work orders and joint inspections."""

from __future__ import annotations

from pathlib import Path

from alembic import op

from geo.db.sql import run_script

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    script = Path(__file__).with_suffix(".sql")
    run_script(op.get_bind(), script.read_text(encoding="utf-8"))
