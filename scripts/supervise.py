"""What ``serve`` does while its web process loads and afterwards: it keeps everything alive."""

from __future__ import annotations

import os
import signal
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from types import FrameType

from geo.db import cluster
from geo.db.state import read_state
from geo.errors import ChildFailedError, YutuError
from geo.settings import settings
from scripts.children import Child, end, end_now, keep_log, log_path, spawn, tell
from scripts.cli.database import Database, run_child, use_database
from scripts.cli.show import say, show_error, step
from scripts.plan import Plan, spawn_web
from scripts.tls import Certificate, find_certificate

READY_S = 60
STOP_S = 8
LOOK_S = 0.2
DATABASE_LOOK_S = 5.0
TRIM_S = 3600.0
LONGEST_WAIT_S = 30.0
SETTLED_S = 60.0
"""A process that lived this long was well; its next death is not counted with earlier ones."""


@dataclass
class Running:
    """What runs, and what is known about its deaths."""

    plan: Plan
    database: Database
    certificate: Certificate | None
    logs: Path
    children: dict[str, Child] = field(default_factory=dict)
    deaths: dict[str, int] = field(default_factory=dict)
    again: dict[str, float] = field(default_factory=dict)
    """When a dead process is to be started anew, by name."""


def supervise(plan: Plan, web: Child) -> None:
    """Serve until Ctrl-C or SIGTERM, then end everything in order.

    Parameters
    ----------
    web
        The web process, which already loads.
    """
    hurry = threading.Event()
    given = settings()
    children = {"web": web}
    with _ending(hurry), cluster.hold_home(given.home):
        try:
            certificate = find_certificate(plan, given.home)
            with _database() as database:
                running = Running(plan, database, certificate, given.home / "logs", children)
                try:
                    _open(running)
                    _keep_alive(running)
                finally:
                    say("cli.serve.stopping")
                    end(list(children.values()), patience_s=STOP_S, hurry=hurry)
        except KeyboardInterrupt:
            pass
        finally:
            for child in children.values():
                end_now(child)
    say("cli.serve.stopped")


@contextmanager
def _ending(hurry: threading.Event) -> Iterator[None]:
    # The first signal unwinds what is going on, whatever it is; a second one only makes haste.
    told = False

    def handle(_number: int, _frame: FrameType | None) -> None:
        nonlocal told
        if told:
            hurry.set()
        else:
            told = True
            raise KeyboardInterrupt

    ending = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        ending.append(signal.SIGHUP)  # the terminal was closed, and nohup did not ask to stay
    before = {number: signal.signal(number, handle) for number in ending}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _database() -> Iterator[Database]:
    with ExitStack() as stack:
        with step("cli.step.database"):
            found = stack.enter_context(use_database())
        _tell_place(found)
        yield found


def _tell_place(database: Database) -> None:
    # Root's database may be far from the data folder; who backs that up must know.
    place = cluster.status(settings().home) if database.embedded else None
    if place is not None and place.aside:
        say("cli.cluster_aside", folder=place.folder, user=place.user, home=place.home)


def _open(running: Running) -> None:
    _prepare(running)
    _tell_web(running)
    with step("cli.step.web"):
        _wait_ready(running)
    _start_worker(running)
    say("cli.serve.ready", style="bold", url=running.plan.url(tls=running.certificate is not None))


def _prepare(running: Running) -> None:
    state = read_state(running.database.app_url)
    if not state.current or not state.has_users:
        run_child("scripts.prepare", "--admin")
    if running.plan.demo and not state.has_divisions:
        run_child("scripts.demo")


def _tell_web(running: Running) -> None:
    web, plan, certificate = running.children["web"], running.plan, running.certificate
    keep_log(web, running.logs)
    encrypted = certificate is not None or bool(plan.proxies)
    tell(
        web,
        {
            "env": {
                "YUTU_HOME": str(settings().home),
                "YUTU_DATABASE_URL": running.database.app_url,
                # Without approval the demo may be shown on this very machine and nowhere else.
                "YUTU_PUBLIC_DEMO": str(plan.is_loopback and not plan.proxies).lower(),
                "YUTU_SECURE_COOKIES": str(encrypted).lower(),
            },
            "proxies": list(plan.proxies),
            "certificate": str(certificate.certificate) if certificate else None,
            "key": str(certificate.key) if certificate else None,
        },
    )


def _start_worker(running: Running) -> None:
    argv = ("scripts.cli", "worker", "--parent", str(os.getpid()))
    env = {"YUTU_HOME": str(settings().home), "YUTU_DATABASE_URL": running.database.app_url}
    child = spawn("worker", argv, env=env)
    keep_log(child, running.logs)
    running.children["worker"] = child


def _wait_ready(running: Running) -> None:
    web = running.children["web"]
    give_up = time.monotonic() + READY_S
    while not _answers(running):
        if web.process.poll() is not None or time.monotonic() > give_up:
            raise ChildFailedError(
                name=web.name, log=log_path(web, running.logs), tail="\n".join(web.tail)
            )
        time.sleep(0.03)


def _answers(running: Running) -> bool:
    host, port = running.plan.own_address()
    if running.certificate is None:
        connection = HTTPConnection(host, port, timeout=2)
    else:
        # Our own process on our own socket: what is asked is whether it answers, not who it is.
        context = ssl._create_unverified_context()  # noqa: S323, SLF001
        connection = HTTPSConnection(host, port, timeout=2, context=context)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200  # noqa: PLR2004
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _keep_alive(running: Running) -> None:
    """Start anew what dies, until a signal ends it."""
    next_look, next_trim = time.monotonic(), time.monotonic()
    while True:
        time.sleep(LOOK_S)
        now = time.monotonic()
        for name, child in list(running.children.items()):
            if child.process.poll() is not None:
                _restart(running, name, child, now)
        if running.database.embedded and now >= next_look:
            next_look = now + DATABASE_LOOK_S
            _keep_database(now >= next_trim)
            if now >= next_trim:
                next_trim = now + TRIM_S


def _restart(running: Running, name: str, child: Child, now: float) -> None:
    if name not in running.again:
        well = now - child.started > SETTLED_S
        running.deaths[name] = 1 if well else running.deaths.get(name, 0) + 1
        wait_s = min(0.5 * 2 ** (running.deaths[name] - 1), LONGEST_WAIT_S)
        running.again[name] = now + wait_s
        say(
            "cli.serve.died",
            style="yellow",
            name=name,
            code=child.process.returncode,
            wait_s=wait_s,
            log=log_path(child, running.logs),
        )
    if now < running.again[name]:
        return
    del running.again[name]
    if name == "web":
        running.children["web"] = spawn_web(running.plan)
        _tell_web(running)
    else:
        _start_worker(running)


def _keep_database(trim: bool) -> None:  # noqa: FBT001
    home = settings().home
    try:
        if cluster.status(home) is None:
            say("cli.serve.database_died", style="yellow")
            cluster.start(home)
        if trim:
            cluster.trim_log(home)
    except YutuError as error:
        # It is tried again; meanwhile requests are answered with "unavailable".
        show_error(error)
