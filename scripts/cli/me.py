"""Who acts on the command line: the program, in the hands of a user of this machine."""

from __future__ import annotations

import os
import pwd

from geo.access.jurisdiction import Viewer, system_viewer


def _login() -> str:
    # Behind sudo it is the person who asked, not root.
    asked = os.environ.get("SUDO_USER")
    if asked:
        return asked
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


ME: Viewer = system_viewer(f"cli:{_login()}")
"""May do everything, as who reaches the data folder could anyway; the audit log names the login."""
