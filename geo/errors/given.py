"""What was given is unusable."""

from __future__ import annotations

from geo.errors.base import InputError


class FileUnreadableError(InputError):
    """Facts: file, format, reason."""

    code = "file_unreadable"


class FileRefusedError(InputError):
    """Facts: file, reason."""

    code = "file_refused"


class ColumnMissingError(InputError):
    """Facts: column, columns (those there are)."""

    code = "column_missing"


class OptionInvalidError(InputError):
    """Facts: option, value, allowed."""

    code = "option_invalid"


class PasswordWeakError(InputError):
    """Facts: least (characters)."""

    code = "password_weak"


class PrivateHomeError(InputError):
    """Facts: kind, why."""

    code = "private_home"


class CrsRefusedError(InputError):
    """Facts: crs, reason."""

    code = "crs_refused"


class ImportHasErrorsError(InputError):
    """Facts: errors (how many)."""

    code = "import_has_errors"


class AgeUnknownError(InputError):
    """Facts: age, ages (those there are)."""

    code = "age_unknown"


class NetworkEmptyError(InputError):
    """Facts: name, edges (how many pieces there are), rule (what is closed)."""

    code = "network_empty"
