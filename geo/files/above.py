"""The few columns of accounts that files read; their table is defined in a room above.

Importing it would turn the house upside down, so it is named here lightly; a test compares the
columns with the real ones.
"""

from __future__ import annotations

from sqlalchemy import Text, Uuid, column, table

app_user = table("app_user", column("id", Uuid), column("name", Text))
