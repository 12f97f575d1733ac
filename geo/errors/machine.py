"""The machine, its database or its settings are not as they must be."""

from __future__ import annotations

from geo.errors.base import SetupError, UnavailableError


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


class OfficeMissingError(SetupError):
    """Facts: command. LibreOffice makes PDFs of papers; without it there are .docx only."""

    code = "office_missing"


class FontMissingError(SetupError):
    """Facts: signs (characters no font here has), command."""

    code = "font_missing"


class PaperTemplateError(SetupError):
    """Facts: file, tag (what in it is wrong), reason."""

    code = "paper_template"


class PlatformInvalidError(SetupError):
    """Facts: platform, table, columns. Its file names values that there are not."""

    code = "platform_invalid"
