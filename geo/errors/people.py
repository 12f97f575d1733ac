"""Who asks is not known, or may not."""

from __future__ import annotations

from geo.errors.base import RefusedError, UnauthenticatedError


class LoginFailedError(UnauthenticatedError):
    """Wrong name or password, or the account is disabled; never says which."""

    code = "login_failed"


class TokenInvalidError(UnauthenticatedError):
    """The token is unknown, expired or revoked."""

    code = "token_invalid"


class NotPublishedError(UnauthenticatedError):
    """Facts: what."""

    code = "not_published"


class OutsideJurisdictionError(RefusedError):
    """Facts: what, division, grants (where the account has a role)."""

    code = "outside_jurisdiction"


class RoleMissingError(RefusedError):
    """Facts: needed, has."""

    code = "role_missing"


class RequestForgedError(RefusedError):
    """A page form came without the token of its session."""

    code = "request_forged"
