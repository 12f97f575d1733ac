from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from cryptography.exceptions import InvalidTag
from sqlalchemy import Connection, text

from geo.access.jurisdiction import system_viewer
from geo.access.keys import OpenKey, find_key, hand_key, open_key, retire_keys, take_key, verifies
from geo.access.tokens import NewToken, make_token
from geo.access.users import add_user, set_password

NOW = datetime(2026, 5, 1, tzinfo=UTC)
SYSTEM = system_viewer("test")
PASSWORD = "long-enough-1 钥匙"


@pytest.fixture
def user(conn: Connection) -> UUID:
    return add_user(conn, SYSTEM, "li", PASSWORD).id


def log_in(conn: Connection, user: UUID, password: str = PASSWORD) -> tuple[OpenKey, NewToken]:
    key = open_key(find_key(conn, user), password)
    token = make_token(conn, user, "bearer", now=NOW, life=timedelta(days=1))
    assert hand_key(conn, user, key, token, now=NOW)
    return key, token


def test_the_key_made_at_the_first_login_is_that_of_the_next(conn: Connection, user: UUID) -> None:
    assert find_key(conn, user) is None
    first, _ = log_in(conn, user)
    second, _ = log_in(conn, user)
    assert (second.id, second.public) == (first.id, first.public)
    assert verifies(first.public, b"what was signed", second.sign(b"what was signed"))


def test_a_token_opens_the_key_with_its_own_secret_only(conn: Connection, user: UUID) -> None:
    key, token = log_in(conn, user)
    _, other = log_in(conn, user)
    taken = take_key(conn, token.id, token.secret)
    assert taken is not None
    assert verifies(key.public, b"x", taken.sign(b"x"))
    with pytest.raises(InvalidTag):
        take_key(conn, token.id, other.secret)


def test_a_token_made_without_the_password_opens_no_key(conn: Connection, user: UUID) -> None:
    log_in(conn, user)
    token = make_token(conn, user, "bearer", now=NOW, life=timedelta(days=1))
    assert take_key(conn, token.id, token.secret) is None


def test_a_new_password_retires_the_key_and_what_it_signed_stays_good(
    conn: Connection, user: UUID
) -> None:
    key, token = log_in(conn, user)
    signature = key.sign(b"x")
    set_password(conn, SYSTEM, "li", "another-one-2", now=NOW)
    assert find_key(conn, user) is None
    assert take_key(conn, token.id, token.secret) is None
    new, _ = log_in(conn, user, "another-one-2")
    assert new.public != key.public
    assert verifies(key.public, b"x", signature)
    assert not verifies(new.public, b"x", signature)


def test_a_key_that_the_password_does_not_open_is_replaced(conn: Connection, user: UUID) -> None:
    key, _ = log_in(conn, user)
    new, _ = log_in(conn, user, "reset by hand in the database")
    assert new.id != key.id
    retired = text("SELECT retired_at IS NOT NULL FROM signing_key WHERE id = :id")
    assert conn.execute(retired, {"id": key.id}).scalar()


def test_of_two_first_logins_at_once_one_makes_the_key(conn: Connection, user: UUID) -> None:
    late = open_key(find_key(conn, user), PASSWORD)
    key, _ = log_in(conn, user)
    token = make_token(conn, user, "bearer", now=NOW, life=timedelta(days=1))
    assert not hand_key(conn, user, late, token, now=NOW)
    assert take_key(conn, token.id, token.secret) is None
    standing = find_key(conn, user)
    assert standing is not None
    assert standing.id == key.id


def test_a_key_retired_while_its_owner_logs_in_is_not_handed_out(
    conn: Connection, user: UUID
) -> None:
    log_in(conn, user)
    key = open_key(find_key(conn, user), PASSWORD)
    retire_keys(conn, user, now=NOW)
    token = make_token(conn, user, "bearer", now=NOW, life=timedelta(days=1))
    assert not hand_key(conn, user, key, token, now=NOW)


def test_the_private_key_is_kept_nowhere_unwrapped_nor_shown(conn: Connection, user: UUID) -> None:
    key, token = log_in(conn, user)
    raw = key.private.private_bytes_raw()
    kept = conn.execute(
        text(
            "SELECT wrapped || salt || public_key FROM signing_key UNION ALL "
            "SELECT key_wrapped FROM access_token WHERE id = :id"
        ),
        {"id": token.id},
    ).scalars()
    assert all(raw not in one for one in kept)
    logged = conn.execute(
        text("SELECT new::text FROM audit_log WHERE table_name IN ('signing_key', 'access_token')")
    ).scalars()
    for row in logged:
        assert "wrapped" not in row
        assert "salt" not in row
    assert "private" not in repr(key)
    assert "made" not in repr(key)


def test_a_changed_message_or_a_broken_key_does_not_verify(conn: Connection, user: UUID) -> None:
    key, _ = log_in(conn, user)
    signature = key.sign(b"37092301 in place")
    assert not verifies(key.public, b"37092301 moved", signature)
    assert not verifies(key.public[:31], b"37092301 in place", signature)
    assert not verifies(key.public, b"37092301 in place", signature[:63])
