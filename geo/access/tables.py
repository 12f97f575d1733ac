"""Tables of access; ``division_closure`` is filled by ``geo.divisions.lineage``."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
)

from geo.db.metadata import metadata

app_user = Table(
    "app_user",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("display_name", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("disabled_at", DateTime(timezone=True)),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
"""An account; ``name`` is lower case, ``password_hash`` is Argon2id in PHC form."""

role_grant = Table(
    "role_grant",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("user_id", Uuid, ForeignKey("app_user.id"), nullable=False),
    Column("role", Text, nullable=False),
    Column("division_id", Uuid, ForeignKey("division.id")),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint("role IN ('viewer', 'editor', 'approver', 'administrator')", name="role"),
    UniqueConstraint(
        "user_id", "role", "division_id", name="role_grant_once", postgresql_nulls_not_distinct=True
    ),
)
"""A role at a division and all below it; without a division, everywhere."""

access_token = Table(
    "access_token",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("user_id", Uuid, ForeignKey("app_user.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("note", Text, nullable=False, server_default=""),
    Column("token_sha256", LargeBinary, nullable=False, unique=True),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("revoked_at", DateTime(timezone=True)),
    Column("key_wrapped", LargeBinary),
    CheckConstraint("kind IN ('bearer', 'session')", name="kind"),
    Index("access_token_user_id_idx", "user_id"),
)
"""A bearer token or a page session; the secret itself is never stored.

``key_wrapped`` is the user's signing key, which only that secret opens.
"""

signing_key = Table(
    "signing_key",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("user_id", Uuid, ForeignKey("app_user.id"), nullable=False),
    Column("algorithm", Text, nullable=False),
    Column("public_key", LargeBinary, nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
    Column("salt", LargeBinary, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("retired_at", DateTime(timezone=True)),
    CheckConstraint("algorithm IN ('Ed25519')", name="algorithm"),
    Index("signing_key_user_id_idx", "user_id"),
)
"""A user's own key; ``wrapped`` is its private half, which only the user's password opens."""

login_try = Table(
    "login_try",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("name", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("succeeded", Boolean, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    Index("login_try_name_at_idx", "name", "at"),
    Index("login_try_address_at_idx", "address", "at"),
)
"""Login tries of the last days, for throttling."""

division_closure = Table(
    "division_closure",
    metadata,
    Column("ancestor_id", Uuid, ForeignKey("division.id"), primary_key=True),
    Column("descendant_id", Uuid, ForeignKey("division.id"), primary_key=True),
    Column("depth", Integer, nullable=False),
    Index("division_closure_descendant_id_idx", "descendant_id"),
)
"""Who lies under whom today; every division is under itself with depth 0."""
