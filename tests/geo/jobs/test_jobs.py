from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert, text, update

from geo.access.jurisdiction import Grant, Viewer, public_viewer, system_viewer
from geo.access.tables import app_user
from geo.db.engine import act_as, transaction
from geo.errors import JobEndedError, JobUnknownError, UnauthenticatedError, YutuError
from geo.jobs.jobs import ask_cancel, count_jobs, list_jobs, open_job, read_job
from geo.jobs.running import (
    MOST_ATTEMPTS,
    beat,
    begin_job,
    end_job,
    holding,
    note_progress,
    put_back,
    sweep_jobs,
)
from geo.jobs.tables import job as jobs

if TYPE_CHECKING:
    from sqlalchemy import Connection

SYSTEM = system_viewer("test")


def explain(error: YutuError) -> dict[str, Any]:
    return {"code": error.code, **error.facts}


def make_user(conn: Connection, name: str, *grants: Grant) -> Viewer:
    user_id = uuid4()
    row = {"id": user_id, "name": name, "display_name": name, "password_hash": "-"}
    conn.execute(insert(app_user), row)
    return Viewer(user_id, name, grants, demo_open=False, actor=str(user_id))


def queued(conn: Connection, status: str = "todo") -> list[str]:
    found = text("SELECT args ->> 'job' FROM jobs.procrastinate_jobs WHERE status = :status")
    return list(conn.execute(found, {"status": status}).scalars())


def test_a_job_and_its_entry_in_the_queue_exist_together(database: Any) -> None:
    with transaction(database.engine, "system:test") as conn:
        job_id = open_job(conn, "count", {"to": 3}, SYSTEM)
    with transaction(database.engine, "system:test") as conn:
        assert read_job(conn, job_id, SYSTEM).state == "waiting"
        assert queued(conn) == [str(job_id)]


def test_a_rollback_leaves_neither_a_job_nor_an_entry(database: Any) -> None:
    with database.engine.connect() as conn, conn.begin() as change:
        act_as(conn, "system:test")
        open_job(conn, "count", {}, SYSTEM)
        change.rollback()
    with transaction(database.engine, "system:test") as conn:
        assert count_jobs(conn, SYSTEM) == 0
        assert queued(conn) == []


def test_the_public_opens_no_jobs(conn: Connection) -> None:
    with pytest.raises(UnauthenticatedError):
        open_job(conn, "count", {}, public_viewer(demo_open=True))


def test_a_job_is_seen_by_its_owner_and_administrators_alone(conn: Connection) -> None:
    own = make_user(conn, "own")
    other = make_user(conn, "other", Grant("administrator", uuid4(), "泰安市 370900"))
    boss = make_user(conn, "boss", Grant("administrator", None, "全国"))
    job_id = open_job(conn, "count", {}, own)
    assert read_job(conn, job_id, own).id == read_job(conn, job_id, boss).id == job_id
    with pytest.raises(JobUnknownError):
        read_job(conn, job_id, other)
    with pytest.raises(JobUnknownError):
        ask_cancel(conn, job_id, other)
    with pytest.raises(UnauthenticatedError):
        read_job(conn, job_id, public_viewer(demo_open=True))


def test_jobs_are_listed_newest_first_and_in_pages(conn: Connection) -> None:
    own, other = make_user(conn, "own"), make_user(conn, "other")
    opened = [open_job(conn, "count", {"n": n}, own) for n in range(3)]
    open_job(conn, "count", {}, other)
    first = list_jobs(conn, own, limit=2)
    assert [one.id for one in first] == [opened[2], opened[1]]
    assert [one.id for one in list_jobs(conn, own, before=first[-1].id)] == [opened[0]]
    assert count_jobs(conn, own) == 3
    assert count_jobs(conn, SYSTEM) == 4


def test_a_waiting_job_is_cancelled_at_once_and_never_begins(conn: Connection) -> None:
    job_id = open_job(conn, "count", {}, SYSTEM)
    assert ask_cancel(conn, job_id, SYSTEM).state == "cancelled"
    assert begin_job(conn, job_id) is None
    with pytest.raises(JobEndedError):
        ask_cancel(conn, job_id, SYSTEM)


def test_a_running_job_hears_at_its_next_step_that_it_was_cancelled(conn: Connection) -> None:
    begun = begin_job(conn, open_job(conn, "count", {}, SYSTEM))
    assert begun is not None
    assert note_progress(conn, begun, 0.5, "job.test")
    assert ask_cancel(conn, begun.id, SYSTEM).state == "running"
    assert not note_progress(conn, begun, 0.6, "job.test")
    assert end_job(conn, begun, "cancelled")
    assert read_job(conn, begun.id, SYSTEM).state == "cancelled"


def test_progress_outside_its_range_is_cut(conn: Connection) -> None:
    begun = begin_job(conn, open_job(conn, "count", {}, SYSTEM))
    assert begun is not None
    note_progress(conn, begun, 1.0000001, "job.test")
    assert read_job(conn, begun.id, SYSTEM).progress == 1
    note_progress(conn, begun, -3, "job.test")
    assert read_job(conn, begun.id, SYSTEM).progress == 0


def test_a_job_done_keeps_its_result_and_one_that_failed_its_error(conn: Connection) -> None:
    done = begin_job(conn, open_job(conn, "count", {}, SYSTEM))
    failed = begin_job(conn, open_job(conn, "count", {}, SYSTEM))
    assert done is not None
    assert failed is not None
    end_job(conn, done, "done", result={"n": 3})
    end_job(conn, failed, "failed", error={"zh": "错"})
    first, second = read_job(conn, done.id, SYSTEM), read_job(conn, failed.id, SYSTEM)
    assert (first.progress, first.result, first.error) == (1, {"n": 3}, None)
    assert (second.state, second.result, second.error) == ("failed", None, {"zh": "错"})
    assert second.ended_at is not None
    nulls = text("SELECT count(*) FROM job WHERE result IS NULL OR error IS NULL")
    assert conn.execute(nulls).scalar() == 2


def test_a_job_put_back_waits_again_and_the_attempt_does_not_count(conn: Connection) -> None:
    begun = begin_job(conn, open_job(conn, "count", {}, SYSTEM))
    assert begun is not None
    put_back(conn, begun)
    found = read_job(conn, begun.id, SYSTEM)
    assert (found.state, found.attempts) == ("waiting", 0)
    assert len(queued(conn)) == 2


def lose_worker(conn: Connection, job_id: UUID) -> None:
    conn.execute(text("UPDATE jobs.procrastinate_jobs SET status = 'doing' WHERE status = 'todo'"))
    assert begin_job(conn, job_id) is not None
    long_ago = text("now() - interval '1 hour'")
    conn.execute(update(jobs).where(jobs.c.id == job_id).values(beat_at=long_ago))


def test_a_job_whose_worker_died_waits_again_and_is_given_up_in_the_end(conn: Connection) -> None:
    job_id = open_job(conn, "count", {}, SYSTEM)
    for _ in range(MOST_ATTEMPTS - 1):
        lose_worker(conn, job_id)
        assert sweep_jobs(conn, explain) == [job_id]
        assert read_job(conn, job_id, SYSTEM).state == "waiting"
        assert (queued(conn), queued(conn, "doing")) == ([str(job_id)], [])
    lose_worker(conn, job_id)
    assert sweep_jobs(conn, explain) == []
    found = read_job(conn, job_id, SYSTEM)
    assert found.state == "failed"
    assert found.error == {"code": "job_lost", "attempts": MOST_ATTEMPTS}
    assert (queued(conn), queued(conn, "doing")) == ([], [])


def test_a_cancelled_job_whose_worker_died_is_not_begun_again(conn: Connection) -> None:
    job_id = open_job(conn, "count", {}, SYSTEM)
    lose_worker(conn, job_id)
    ask_cancel(conn, job_id, SYSTEM)
    assert sweep_jobs(conn, explain) == []
    assert read_job(conn, job_id, SYSTEM).state == "cancelled"


def test_a_job_taken_from_the_queue_but_never_begun_waits_again(conn: Connection) -> None:
    job_id = open_job(conn, "count", {}, SYSTEM)
    conn.execute(text("UPDATE jobs.procrastinate_jobs SET status = 'doing'"))
    conn.execute(update(jobs).values(created_at=text("now() - interval '1 hour'")))
    assert sweep_jobs(conn, explain) == [job_id]
    assert queued(conn) == [str(job_id)]
    assert sweep_jobs(conn, explain) == []


def test_a_job_with_a_fresh_beat_is_left_alone(conn: Connection) -> None:
    job_id = open_job(conn, "count", {}, SYSTEM)
    lose_worker(conn, job_id)
    beats = update(jobs).values(beat_at=text("clock_timestamp()"))
    conn.execute(beats)
    assert sweep_jobs(conn, explain) == []


def test_a_silent_job_is_left_alone_while_its_worker_lives(database: Any) -> None:
    engine = database.engine
    with transaction(engine, "system:test") as conn:
        job_id = open_job(conn, "count", {}, SYSTEM)
    with holding(engine, job_id) as held:
        assert held
        with transaction(engine, "system:test") as conn:
            lose_worker(conn, job_id)
            assert sweep_jobs(conn, explain) == []
        with holding(engine, job_id) as second:
            assert not second


def test_an_attempt_that_is_over_writes_nothing_more(conn: Connection) -> None:
    job_id = open_job(conn, "count", {}, SYSTEM)
    first = begin_job(conn, job_id)
    assert first is not None
    conn.execute(update(jobs).values(beat_at=text("now() - interval '1 hour'")))
    sweep_jobs(conn, explain)
    second = begin_job(conn, job_id)
    assert second is not None
    assert not note_progress(conn, first, 0.9, "job.test")
    assert not beat(conn, first)
    assert not end_job(conn, first, "done", result={})
    put_back(conn, first)
    assert beat(conn, second)
    assert read_job(conn, job_id, SYSTEM).state == "running"
