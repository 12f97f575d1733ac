"""Where the course of a line comes from."""

from __future__ import annotations

from pathlib import Path

from alembic import op

from geo.db.sql import run_script

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    script = Path(__file__).with_suffix(".sql")
    run_script(op.get_bind(), script.read_text(encoding="utf-8"))
