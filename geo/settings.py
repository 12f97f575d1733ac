"""Every setting of an instance, in one object, read from the environment (prefix ``YUTU_``).

What an office may change while the service runs (tolerances, which pairs count as a line) is not
here but in ``geo.office``.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "data" / "reference"

MIB = 1024 * 1024


class Settings(BaseSettings):
    """The settings of one instance; each field says its unit and its effect."""

    model_config = SettingsConfigDict(env_prefix="YUTU_", frozen=True)

    home: Path = Field(
        default=Path(".yutu"),
        description="Data folder: database, files, keys, logs, temporary files.",
    )
    database_url: str | None = Field(
        None,
        description="An existing PostGIS for the serving role; the embedded one is then not used.",
    )
    database_owner_url: str | None = Field(
        default=None, description="The same database for the owner role; used by migrations only."
    )
    admin_password: str | None = Field(
        default=None,
        description="Password of the first administrator; made and shown once when not set.",
    )
    lang: str = Field(default="zh", description="Language of the command line: zh or en.")
    public_demo: bool = Field(
        default=False,
        description="Whether the demo may be read without an account; serve sets it on loopback.",
    )
    secure_cookies: bool = Field(
        default=False,
        description="Whether cookies are sent over HTTPS only; serve sets it with TLS or a proxy.",
    )
    max_upload_bytes: int = Field(
        default=256 * MIB,
        gt=0,
        description="Largest request body, bytes; larger ones are refused (413).",
    )
    max_unpacked_bytes: int = Field(
        default=1024 * MIB, gt=0, description="Most bytes an uploaded archive may unpack to."
    )
    max_rows: int = Field(
        default=1_000_000, gt=0, description="Most rows one import file may hold."
    )
    pool_size: int = Field(
        default=10,
        gt=0,
        description="Database connections the web process keeps; a third more may overflow.",
    )
    statement_timeout_s: int = Field(
        default=30, gt=0, description="Longest one statement of a web request may run, seconds."
    )
    session_hours: int = Field(default=12, gt=0, description="Life of a page session, hours.")
    token_days: int = Field(default=30, gt=0, description="Life of a bearer token, days.")
    login_tries: int = Field(
        5,
        gt=0,
        description="Failed logins of one account before the wait; of one address four times that.",
    )
    login_wait_s: int = Field(
        default=300, gt=0, description="Window in which failed logins count, and the wait, seconds."
    )

    @property
    def files(self) -> Path:
        """Return the folder of kept files, by SHA-256."""
        return self.home / "files"

    @property
    def uploads(self) -> Path:
        """Return the folder of files that have come in part, to be resumed."""
        return self.home / "uploads"

    @property
    def instance_key(self) -> Path:
        """Return the file of the key that signs archives of inspections; it is backed up."""
        return self.home / "keys" / "instance.key"

    @property
    def small(self) -> Path:
        """Return the folder of small forms of photos; whoever empties it loses time only."""
        return self.home / "small"

    @property
    def tmp(self) -> Path:
        """Return the folder for temporary files, on the same disk as the data."""
        return self.home / "tmp"


@cache
def settings() -> Settings:
    """Read the settings once a process; the data folder is made absolute."""
    found = Settings()
    return found.model_copy(update={"home": found.home.absolute()})
