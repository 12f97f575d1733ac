from __future__ import annotations

from typing import Any
from uuid import uuid4

from sqlalchemy import select

from geo.access.jurisdiction import load_viewer, system_viewer
from geo.access.tables import app_user
from geo.db.engine import transaction
from geo.jobs.jobs import open_job
from geo.jobs.running import begin_job, end_job


def own_job(database: Any) -> Any:
    with transaction(database.engine, "system:test") as conn:
        user_id = conn.execute(select(app_user.c.id)).scalar_one()
        viewer = load_viewer(conn, user_id, demo_open=False)
        return open_job(conn, "import", {"secret": "path"}, viewer)


def test_a_job_says_how_far_it_is_and_where_to_cancel_it(admin: Any, database: Any) -> None:
    job_id = own_job(database)
    answer = admin.get(f"/api/v1/jobs/{job_id}").json()
    assert (answer["state"], answer["progress"], answer["note"]) == ("waiting", 0, "")
    assert answer["cancel_url"] == f"/api/v1/jobs/{job_id}/cancel"
    assert "args" not in answer
    cancelled = admin.post(answer["cancel_url"])
    assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")
    assert cancelled.json()["cancel_url"] is None
    again = admin.post(answer["cancel_url"])
    assert (again.status_code, again.json()["code"]) == (409, "job_ended")


def test_the_error_of_a_job_is_told_in_the_askers_language(admin: Any, database: Any) -> None:
    job_id = own_job(database)
    with transaction(database.engine, "system:test") as conn:
        begun = begin_job(conn, job_id)
        assert begun is not None
        end_job(conn, begun, "failed", error={"zh": {"detail": "错"}, "en": {"detail": "wrong"}})
    url = f"/api/v1/jobs/{job_id}"
    assert admin.get(url).json()["error"]["detail"] == "错"
    english = admin.get(url, headers={"Accept-Language": "en"}).json()
    assert english["error"]["detail"] == "wrong"


def test_jobs_are_listed_in_pages_with_the_url_of_their_result(admin: Any, database: Any) -> None:
    opened = [str(own_job(database)) for _ in range(3)]
    with transaction(database.engine, "system:test") as conn:
        open_job(conn, "import", {}, system_viewer("test"))
        begun = begin_job(conn, own_job(database))
    assert begun is None or begun.state == "running"
    first = admin.get("/api/v1/jobs", params={"limit": 2}).json()
    rest = admin.get("/api/v1/jobs", params={"limit": 2, "cursor": first["next"]}).json()
    ids = [one["id"] for one in (*first["items"], *rest["items"])]
    assert (first["total"], rest["next"]) == (4, None)
    assert ids[1:] == opened[::-1]
    wrong = admin.get("/api/v1/jobs", params={"cursor": "WyJ4Il0"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "option_invalid")


def test_a_job_that_is_not_there_and_one_without_a_login_are_refused(
    admin: Any, client: Any
) -> None:
    missing = admin.get(f"/api/v1/jobs/{uuid4()}")
    assert (missing.status_code, missing.json()["code"]) == (404, "job_unknown")
    del client.headers["Authorization"]
    nobody = client.get(f"/api/v1/jobs/{uuid4()}")
    assert (nobody.status_code, nobody.json()["code"]) == (401, "login_needed")
