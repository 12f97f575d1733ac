"""The few columns of rooms above that access reads or marks; their tables are defined there.

A grant names a division by id, and a person must be told its name; publication is set on versions
of divisions and lines; an invitation says whose guest an account is. Importing those rooms would
turn the house upside down, so their tables are named here lightly; a test compares the columns with
the real ones.
"""

from __future__ import annotations

from sqlalchemy import Date, Text, Uuid, column, table
from sqlalchemy.dialects.postgresql import DATERANGE

division_version = table(
    "division_version",
    column("id", Uuid),
    column("division_id", Uuid),
    column("code", Text),
    column("name", Text),
    column("valid", DATERANGE),
    column("publication", Text),
    column("approval_number", Text),
)

division_code = table(
    "division_code", column("scheme", Text), column("code", Text), column("division_id", Uuid)
)

division_succession = table(
    "division_succession",
    column("predecessor_id", Uuid),
    column("successor_id", Uuid),
    column("since", Date),
)

boundary_line_version = table(
    "boundary_line_version",
    column("id", Uuid),
    column("left_id", Uuid),
    column("right_id", Uuid),
    column("valid", DATERANGE),
    column("publication", Text),
    column("approval_number", Text),
)

inspection_guest = table("inspection_guest", column("user_id", Uuid), column("division_id", Uuid))
