"""Bring a database up to date: schema, and with ``--admin`` the first administrator.

A process of its own, because the libraries for it take longer to load than a service that has
nothing to do should take to start.
"""

from __future__ import annotations

import sys

from sqlalchemy import make_url

from geo.access.users import make_first_admin
from geo.db.engine import make_engine, transaction
from geo.db.migrate import migrate
from geo.errors import YutuError
from geo.settings import settings
from scripts.children import die_with
from scripts.cli.database import Database, owner_url, use_database
from scripts.cli.errors import exit_code
from scripts.cli.show import say, show_error, step


def main() -> int:
    """Prepare the database of the settings; return the exit code."""
    die_with(int(sys.argv[1]))
    try:
        with use_database() as found:
            with step("cli.step.migrate"):
                migrate_database(found)
            if "--admin" in sys.argv:
                make_admin(found)
    except YutuError as error:
        show_error(error)
        return exit_code(error)
    return 0


def migrate_database(found: Database) -> None:
    """Migrate a database for the role that will serve it."""
    role = make_url(found.app_url).username or "yutu_app"
    migrate(owner_url(found), role)


def make_admin(found: Database) -> None:
    """Make the first administrator if there is no account; show a password that was made."""
    given = settings().admin_password or None
    engine = make_engine(found.app_url, pool_size=0, name="yutu prepare")
    with step("cli.step.admin"), transaction(engine, "system:prepare") as conn:
        password = make_first_admin(conn, given)
    engine.dispose()
    if password is not None and given is None:
        say("cli.serve.password", style="bold", password=password)


if __name__ == "__main__":
    sys.exit(main())
