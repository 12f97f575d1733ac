"""Load the demo into an empty database, in a process of its own."""

from __future__ import annotations

import sys

from data.demo.load import load_demo
from geo.db.engine import make_engine
from geo.errors import YutuError
from scripts.children import die_with
from scripts.cli.database import use_database
from scripts.cli.errors import exit_code
from scripts.cli.show import show_error, show_steps, step


def main() -> int:
    """Load the demo; return the exit code."""
    die_with(int(sys.argv[1]))
    try:
        with use_database() as found, step("cli.step.demo"):
            engine = make_engine(found.app_url, name="yutu demo")
            load_demo(engine, show_steps())
            engine.dispose()
    except YutuError as error:
        show_error(error)
        return exit_code(error)
    return 0


if __name__ == "__main__":
    sys.exit(main())
