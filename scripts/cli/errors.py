"""Which exit code an error is."""

from __future__ import annotations

from geo.errors import OptionInvalidError, SetupError, UnavailableError, YutuError

WRONG_CALL = 2
SYSTEM_FAILED = 3
EXIT_CODES: tuple[tuple[type[YutuError], int], ...] = (
    (OptionInvalidError, WRONG_CALL),
    (SetupError, SYSTEM_FAILED),
    (UnavailableError, SYSTEM_FAILED),
    (YutuError, 1),
)
"""Error → exit code; the first that fits counts."""


def exit_code(error: YutuError) -> int:
    """Return the exit code of an error."""
    return next(code for kind, code in EXIT_CODES if isinstance(error, kind))
