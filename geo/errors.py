"""What can go wrong, as a tree; the code and the facts are here, the texts in the catalogue.

::

    YutuError
    ├── InputError              the caller gave something unusable            (HTTP 422, exit 1)
    │   ├── FileUnreadableError     not the format it claims, cut, encrypted
    │   ├── FileRefusedError        archive too large, too deep, a driver we do not open
    │   ├── ColumnMissingError      a column that was named or is needed is not there
    │   ├── OptionInvalidError      an option with a value that is not allowed
    │   ├── PasswordWeakError       too short, or the user's name
    │   ├── CrsRefusedError         a coordinate system nobody can transform honestly
    │   └── ImportHasErrorsError    findings of severity error, nothing applied
    ├── UnauthenticatedError    who are you?                                  (401)
    │   ├── LoginFailedError
    │   ├── TokenInvalidError
    │   └── NotPublishedError       exists, but is not public
    ├── RefusedError            you may not, and why                          (403)
    │   ├── OutsideJurisdictionError
    │   ├── RoleMissingError
    │   └── RequestForgedError      a page form without its token
    ├── NotFoundError           no such thing                                 (404)
    │   ├── DivisionUnknownError
    │   ├── DivisionNotThenError    known, but not valid at that date
    │   ├── LineUnknownError
    │   ├── JobUnknownError
    │   ├── ImportUnknownError
    │   ├── UserUnknownError
    │   └── LayerUnknownError
    ├── ConflictError           the state of things forbids it                (409)
    │   ├── UserExistsError
    │   ├── JobEndedError
    │   ├── ImportEndedError
    │   ├── StoppedError            somebody cancelled what was running
    │   ├── DatabaseOutsideError    not ours to start and stop
    │   ├── DatabaseNotEmptyError   a backup is restored into an empty database only
    │   └── ApprovalMissingError    publishing without an approved depiction
    ├── TooLargeError           the body is over the limit                    (413)
    ├── ThrottledError          too many tries, wait                          (429)
    ├── UnavailableError        the database does not answer, the disk is full (503)
    │   ├── DatabaseGoneError
    │   ├── JobLostError            its worker died under it, time and again
    │   ├── BusyError               more requests at once than there are connections
    │   ├── TooSlowError            a statement over its time limit
    │   ├── SchemaBehindError       the database is of another release
    │   └── DiskFullError
    └── SetupError              the machine or its settings are not right     (500, exit 3)
        ├── PostgresMissingError
        ├── PostgisMissingError
        ├── LocaleError             locale C gives no trigrams for Chinese
        ├── ClusterVersionError     the data folder is of another major version
        ├── ClusterOwnerError       the cluster belongs to another user of the system
        ├── ClusterStartError
        ├── HomeInUseError          another instance runs on the same data folder
        ├── MigrationError
        ├── OwnerUnknownError       an existing database, and nobody named its owner
        ├── ProgramFailedError      a program of PostgreSQL's did not do its work
        ├── PortInUseError          another program listens there
        ├── ChildFailedError        the web process or the worker does not start
        ├── CertificateError        no certificate to serve HTTPS with, or not a usable one
        └── InsecureHostError       beyond loopback without TLS
"""

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


class CrsRefusedError(InputError):
    """Facts: crs, reason."""

    code = "crs_refused"


class ImportHasErrorsError(InputError):
    """Facts: errors (how many)."""

    code = "import_has_errors"


class UnauthenticatedError(YutuError):
    """Nobody is logged in, and this needs somebody."""

    code = "login_needed"


class LoginFailedError(UnauthenticatedError):
    """Wrong name or password, or the account is disabled; never says which."""

    code = "login_failed"


class TokenInvalidError(UnauthenticatedError):
    """The token is unknown, expired or revoked."""

    code = "token_invalid"


class NotPublishedError(UnauthenticatedError):
    """Facts: what."""

    code = "not_published"


class RefusedError(YutuError):
    """The account may not do this."""

    code = "refused"


class OutsideJurisdictionError(RefusedError):
    """Facts: what, division, grants (where the account has a role)."""

    code = "outside_jurisdiction"


class RoleMissingError(RefusedError):
    """Facts: needed, has."""

    code = "role_missing"


class RequestForgedError(RefusedError):
    """A page form came without the token of its session."""

    code = "request_forged"


class NotFoundError(YutuError):
    """Facts: what."""

    code = "not_found"


class DivisionUnknownError(NotFoundError):
    """Facts: division (the code asked for)."""

    code = "division_unknown"


class DivisionNotThenError(NotFoundError):
    """Facts: division, at, known_from, valid_to (None while it lasts), successors."""

    code = "division_not_then"


class LineUnknownError(NotFoundError):
    """Facts: line."""

    code = "line_unknown"


class JobUnknownError(NotFoundError):
    """Facts: job."""

    code = "job_unknown"


class ImportUnknownError(NotFoundError):
    """Facts: what (the import id or the kind)."""

    code = "import_unknown"


class UserUnknownError(NotFoundError):
    """Facts: user."""

    code = "user_unknown"


class LayerUnknownError(NotFoundError):
    """Facts: layer, allowed."""

    code = "layer_unknown"


class ConflictError(YutuError):
    """The state of things forbids it."""

    code = "conflict"


class UserExistsError(ConflictError):
    """Facts: user."""

    code = "user_exists"


class JobEndedError(ConflictError):
    """Facts: job, state."""

    code = "job_ended"


class ImportEndedError(ConflictError):
    """Facts: state."""

    code = "import_ended"


class StoppedError(ConflictError):
    """Somebody cancelled what was running; nothing of it was kept."""

    code = "stopped"


class DatabaseOutsideError(ConflictError):
    """The database is an existing one; its administrators start and stop it."""

    code = "database_outside"


class DatabaseNotEmptyError(ConflictError):
    """Facts: what (what is in it)."""

    code = "database_not_empty"


class ApprovalMissingError(ConflictError):
    """Divisions and lines go public only by an approved depiction (审图号)."""

    code = "approval_missing"


class TooLargeError(YutuError):
    """Facts: limit_mb."""

    code = "too_large"


class ThrottledError(YutuError):
    """Facts: wait_s."""

    code = "throttled"


class UnavailableError(YutuError):
    """The service cannot answer just now."""

    code = "unavailable"


class DatabaseGoneError(UnavailableError):
    """The database does not answer."""

    code = "database_gone"


class BusyError(UnavailableError):
    """More requests at once than there are connections."""

    code = "busy"


class TooSlowError(UnavailableError):
    """Facts: limit_s."""

    code = "too_slow"


class JobLostError(UnavailableError):
    """Facts: attempts. Why a job failed whose worker died each time."""

    code = "job_lost"


class SchemaBehindError(UnavailableError):
    """The database does not have the schema of this release."""

    code = "schema_behind"


class DiskFullError(UnavailableError):
    """Facts: folder, free_mb, needed_mb."""

    code = "disk_full"


class SetupError(YutuError):
    """The machine or its settings are not right."""

    code = "setup"


class PostgresMissingError(SetupError):
    """Facts: needed, command."""

    code = "postgres_missing"


class PostgisMissingError(SetupError):
    """Facts: needed, found, command."""

    code = "postgis_missing"


class LocaleError(SetupError):
    """Facts: locale, encoding."""

    code = "locale_c"


class ClusterVersionError(SetupError):
    """Facts: folder, found, wanted."""

    code = "cluster_version"


class ClusterOwnerError(SetupError):
    """Facts: folder, owner, user."""

    code = "cluster_owner"


class ClusterStartError(SetupError):
    """Facts: log (path), tail."""

    code = "cluster_start"


class HomeInUseError(SetupError):
    """Facts: home, pid."""

    code = "home_in_use"


class MigrationError(SetupError):
    """Facts: reason."""

    code = "migration"


class OwnerUnknownError(SetupError):
    """Migrations and backups of an existing database need the URL of its owner."""

    code = "owner_unknown"


class ProgramFailedError(SetupError):
    """Facts: program, tail (what it said last)."""

    code = "program_failed"


class PortInUseError(SetupError):
    """Facts: host, port, next (a free port)."""

    code = "port_in_use"


class ChildFailedError(SetupError):
    """Facts: name (web or worker), log (path), tail."""

    code = "child_failed"


class CertificateError(SetupError):
    """Facts: file, reason."""

    code = "certificate"


class InsecureHostError(SetupError):
    """Facts: host."""

    code = "insecure_host"
