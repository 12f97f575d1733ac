from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import Connection, select

from geo.access import users
from geo.access.jurisdiction import Viewer, public_viewer, system_viewer
from geo.access.tables import access_token, app_user
from geo.access.tokens import csrf_token, find_token, make_token, revoke_token
from geo.access.users import (
    add_user,
    check_password,
    disable_user,
    enable_user,
    find_user,
    list_users,
    make_first_admin,
    read_credentials,
    set_password,
)
from geo.errors import (
    OptionInvalidError,
    OutsideJurisdictionError,
    PasswordWeakError,
    RoleMissingError,
    TokenInvalidError,
    UnauthenticatedError,
    UserExistsError,
    UserUnknownError,
)
from tests.geo.access.places import NOW, add_country, add_viewer

SYSTEM = system_viewer("test")
MAKE_HASHER = vars(users)["_hasher"]
"""The hasher of the service, before the tests put a cheap one in its place."""
PASSWORD = "泰山石敢当-2026"
LIFE = timedelta(hours=1)


def make_session(conn: Connection, name: str) -> str:
    return make_token(conn, find_user(conn, name).id, "session", now=NOW, life=LIFE).secret


@pytest.fixture
def clerk(conn: Connection) -> str:
    return add_user(conn, SYSTEM, "Clerk", PASSWORD).name


def test_a_name_is_kept_in_lower_case_and_found_however_it_is_typed(
    conn: Connection, clerk: str
) -> None:
    assert clerk == "clerk"
    assert find_user(conn, " CLERK ").id == find_user(conn, "ｃｌｅｒｋ").id


def test_a_name_may_be_chinese(conn: Connection) -> None:
    assert add_user(conn, SYSTEM, "张三", PASSWORD).name == "张三"


@pytest.mark.parametrize("name", ["", "a b", "<script>", "system:cli", "x" * 65, "a\nb"])
def test_a_name_with_other_signs_is_refused(conn: Connection, name: str) -> None:
    with pytest.raises(OptionInvalidError):
        add_user(conn, SYSTEM, name, PASSWORD)


def test_a_name_is_taken_once(conn: Connection, clerk: str) -> None:
    with pytest.raises(UserExistsError):
        add_user(conn, SYSTEM, clerk.upper(), PASSWORD)


@pytest.mark.parametrize("password", ["", "123456789", "long-enough", "LONG-enough", "x" * 1001])
def test_a_short_password_or_the_name_itself_is_refused(conn: Connection, password: str) -> None:
    with pytest.raises(PasswordWeakError):
        add_user(conn, SYSTEM, "long-enough", password)


def test_a_password_costs_who_guesses_it_tens_of_megabytes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(users, "_hasher", MAKE_HASHER)
    kind, settings = users.hash_password("li", PASSWORD).split("$")[1:4:2]
    assert kind == "argon2id"
    memory_kib = int(settings.split(",")[0].removeprefix("m="))
    assert memory_kib >= 19 * 1024


def test_a_password_is_kept_as_argon2id_and_nowhere_else(conn: Connection, clerk: str) -> None:
    row = conn.execute(select(app_user).where(app_user.c.name == clerk)).one()
    assert row.password_hash.startswith("$argon2id$")
    assert PASSWORD not in str(row)


def test_the_right_password_tells_whose_it_is_and_a_wrong_one_nothing(
    conn: Connection, clerk: str
) -> None:
    known = read_credentials(conn, clerk)
    assert check_password(known, PASSWORD) == find_user(conn, clerk).id
    assert check_password(known, PASSWORD + " ") is None
    assert check_password(known, "x" * 100_000) is None


def test_an_unknown_name_is_checked_like_a_known_one(
    conn: Connection, clerk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed = []

    def count(*arguments: str) -> bool:
        hashed.append(arguments[-1].rsplit("$", 2)[0])
        return False

    monkeypatch.setattr("pwdlib.PasswordHash.verify", count)
    disable_user(conn, SYSTEM, add_user(conn, SYSTEM, "gone", PASSWORD).name, now=NOW)
    for name in (clerk, "nobody", "gone"):
        assert check_password(read_credentials(conn, name), PASSWORD) is None
    # The same parameters, so the same work.
    assert len(hashed) == 3
    assert len(set(hashed)) == 1


def test_disabling_an_account_ends_its_tokens_and_its_password(
    conn: Connection, clerk: str
) -> None:
    secret = make_session(conn, clerk)
    disabled = disable_user(conn, SYSTEM, clerk, now=NOW)
    assert disabled.disabled_at == NOW
    with pytest.raises(TokenInvalidError):
        find_token(conn, secret, "session", now=NOW)
    assert check_password(read_credentials(conn, clerk), PASSWORD) is None
    enable_user(conn, SYSTEM, clerk)
    assert check_password(read_credentials(conn, clerk), PASSWORD) is not None
    with pytest.raises(TokenInvalidError):
        find_token(conn, secret, "session", now=NOW)


def test_a_new_password_ends_all_tokens(conn: Connection, clerk: str) -> None:
    secret = make_session(conn, clerk)
    set_password(conn, SYSTEM, clerk, "another-password", now=NOW)
    with pytest.raises(TokenInvalidError):
        find_token(conn, secret, "session", now=NOW)
    assert check_password(read_credentials(conn, clerk), PASSWORD) is None
    assert check_password(read_credentials(conn, clerk), "another-password") is not None


def test_a_token_is_valid_for_its_kind_and_its_time(conn: Connection, clerk: str) -> None:
    secret = make_session(conn, clerk)
    assert find_token(conn, secret, "session", now=NOW + LIFE - timedelta(seconds=1))
    for when, kind in ((NOW + LIFE, "session"), (NOW, "bearer")):
        with pytest.raises(TokenInvalidError):
            find_token(conn, secret, kind, now=when)  # type: ignore[arg-type]


def test_a_revoked_token_is_revoked_once_and_for_ever(conn: Connection, clerk: str) -> None:
    secret = make_session(conn, clerk)
    use = find_token(conn, secret, "session", now=NOW)
    assert revoke_token(conn, use.id, now=NOW)
    assert not revoke_token(conn, use.id, now=NOW)
    with pytest.raises(TokenInvalidError):
        find_token(conn, secret, "session", now=NOW)


def test_the_secret_of_a_token_is_stored_nowhere(conn: Connection, clerk: str) -> None:
    secret = make_session(conn, clerk)
    assert len(secret) >= 43
    stored = conn.execute(select(access_token)).all()
    assert secret not in str(stored)
    assert csrf_token(secret) not in str(stored)
    assert csrf_token(secret) != csrf_token(secret + "x")


def test_the_first_administrator_is_made_once(conn: Connection) -> None:
    password = make_first_admin(conn)
    assert password is not None
    assert check_password(read_credentials(conn, "admin"), password) is not None
    grants = find_user(conn, "admin").grants
    assert [(grant.role, grant.division_id) for grant in grants] == [("administrator", None)]
    assert make_first_admin(conn) is None


def test_the_first_administrator_takes_the_password_of_the_settings(conn: Connection) -> None:
    assert make_first_admin(conn, "a-given-password") == "a-given-password"
    assert check_password(read_credentials(conn, "admin"), "a-given-password") is not None


def test_a_weak_first_password_makes_no_administrator(conn: Connection) -> None:
    with pytest.raises(PasswordWeakError):
        make_first_admin(conn, "admin")
    assert conn.execute(select(app_user.c.id)).all() == []


@pytest.fixture
def ids(conn: Connection) -> dict[str, UUID]:
    return add_country(conn)


def test_only_an_administrator_adds_and_lists_accounts(
    conn: Connection, ids: dict[str, UUID]
) -> None:
    approver = add_viewer(conn, "approver", ("approver", ids["3709"]))
    with pytest.raises(RoleMissingError):
        add_user(conn, approver, "new", PASSWORD)
    with pytest.raises(RoleMissingError):
        list_users(conn, approver)
    with pytest.raises(UnauthenticatedError):
        list_users(conn, public_viewer(demo_open=True))


def test_an_administrator_looks_after_the_accounts_of_the_own_places(
    conn: Connection, ids: dict[str, UUID]
) -> None:
    taian = add_viewer(conn, "taian", ("administrator", ids["3709"]))
    add_viewer(conn, "inside", ("editor", ids["370902"]))
    add_viewer(conn, "outside", ("editor", ids["42"]))
    add_viewer(conn, "both", ("editor", ids["370902"]), ("viewer", ids["42"]))
    add_viewer(conn, "new")
    assert names(conn, taian) == ["both", "inside", "new", "taian"]
    assert names(conn, SYSTEM) == ["both", "inside", "new", "outside", "taian"]
    disable_user(conn, taian, "inside", now=NOW)
    set_password(conn, taian, "new", PASSWORD, now=NOW)
    for name in ("outside", "both"):
        with pytest.raises(OutsideJurisdictionError):
            disable_user(conn, taian, name, now=NOW)
        with pytest.raises(OutsideJurisdictionError):
            set_password(conn, taian, name, PASSWORD, now=NOW)


def names(conn: Connection, viewer: Viewer) -> list[str]:
    return [user.name for user in list_users(conn, viewer)]


def test_everybody_sets_the_own_password_but_nobody_elses(
    conn: Connection, ids: dict[str, UUID]
) -> None:
    one = add_viewer(conn, "one", ("viewer", ids["3709"]))
    add_viewer(conn, "other")
    set_password(conn, one, "one", PASSWORD, now=NOW)
    with pytest.raises(RoleMissingError):
        set_password(conn, one, "other", PASSWORD, now=NOW)


def test_an_unknown_account_is_said_to_be_unknown(conn: Connection) -> None:
    for act in (disable_user, set_password):
        arguments = (PASSWORD,) if act is set_password else ()
        with pytest.raises(UserUnknownError):
            act(conn, SYSTEM, "nobody", *arguments, now=NOW)  # type: ignore[operator]
