"""The root and its branches; an edge maps a branch to a status or an exit code."""

from __future__ import annotations

from typing import ClassVar


class YutuError(Exception):
    """The root of all errors of Yutu.

    Parameters are facts (id, value, limit) by name; the text of ``error.<code>`` in the catalogue
    names the facts it needs.
    """

    code: ClassVar[str] = "failed"

    def __init__(self, **facts: object) -> None:
        super().__init__(self.code, facts)
        self.facts = facts

    def __str__(self) -> str:
        facts = ", ".join(f"{name}={value!r}" for name, value in self.facts.items())
        return f"{self.code}({facts})"


class InputError(YutuError):
    """The caller gave something unusable."""

    code = "input_invalid"


class UnauthenticatedError(YutuError):
    """Nobody is logged in, and this needs somebody."""

    code = "login_needed"


class RefusedError(YutuError):
    """The account may not do this."""

    code = "refused"


class NotFoundError(YutuError):
    """Facts: what."""

    code = "not_found"


class ConflictError(YutuError):
    """The state of things forbids it."""

    code = "conflict"


class TooLargeError(YutuError):
    """Facts: limit_mb."""

    code = "too_large"


class ThrottledError(YutuError):
    """Facts: wait_s."""

    code = "throttled"


class UnavailableError(YutuError):
    """The service cannot answer just now."""

    code = "unavailable"


class SetupError(YutuError):
    """The machine or its settings are not right."""

    code = "setup"
