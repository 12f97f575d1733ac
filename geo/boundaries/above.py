"""The few columns of markers that lines count; their table is defined in a room above.

Importing it would turn the house upside down, so it is named here lightly; a test compares the
columns with the real ones.
"""

from __future__ import annotations

from sqlalchemy import Uuid, column, table
from sqlalchemy.dialects.postgresql import DATERANGE

marker_on_line = table(
    "marker_on_line",
    column("marker_id", Uuid),
    column("line_id", Uuid),
    column("valid", DATERANGE),
)
