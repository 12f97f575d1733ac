from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from scripts import children
from scripts.children import end, is_serious, keep_log, spawn
from tests.stories.served import is_alive, wait_for


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a module that a child can be made of."""
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{os.environ.get('PYTHONPATH', '')}")
    return tmp_path / "child_of_test.py"


def test_the_log_of_a_child_is_bounded_and_errors_reach_the_terminal(
    module: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(children, "LOG_BYTES", 2000)
    module.write_text(
        'for n in range(500): print(\'{"level": "info", "n": %d}\' % n)\n'
        'print(\'{"level": "error", "event": "broke"}\')\n'
    )
    child = spawn("web", ("child_of_test",))
    keep_log(child, tmp_path / "logs")
    child.process.wait()
    assert child.pump is not None
    child.pump.join()
    parts = list((tmp_path / "logs").iterdir())
    assert len(parts) == children.LOG_PARTS + 1
    assert sum(part.stat().st_size for part in parts) < 3 * 2100
    assert capsys.readouterr().err == '[web] {"level": "error", "event": "broke"}\n'
    assert "broke" in child.tail[-1]


def test_only_errors_and_what_is_no_log_line_are_serious() -> None:
    assert not is_serious('{"level": "warning"}')
    assert is_serious('{"level": "error"}')
    assert is_serious("Traceback (most recent call last):")
    assert is_serious("[1, 2]")


def test_a_child_that_does_not_listen_is_killed_when_patience_is_over(module: Path) -> None:
    module.write_text(
        "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "print('deaf', flush=True)\ntime.sleep(600)\n"
    )
    child = spawn("web", ("child_of_test",))
    assert child.process.stdout is not None
    assert child.process.stdout.readline() == "deaf\n"
    begun = time.monotonic()
    end([child], patience_s=0.3, hurry=threading.Event())
    assert child.process.returncode == -9
    assert 0.3 <= time.monotonic() - begun < 5
    child.process.communicate()


def test_a_child_never_sees_the_secrets_of_migrations_and_of_the_first_start(
    module: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in children.SECRETS:
        monkeypatch.setenv(name, "secret")
    module.write_text("import os\nprint('secret' in os.environ.values())\n")
    child = spawn("web", ("child_of_test",))
    assert child.process.communicate(timeout=30)[0] == "False\n"


def test_a_process_dies_with_its_parent() -> None:
    dying = (
        "import os,sys,time; from scripts.children import die_with; die_with({}); time.sleep(600)"
    )
    parent = (
        "import os, subprocess, sys, time\n"
        f"code = {dying!r}.format(os.getpid())\n"
        "print(subprocess.Popen([sys.executable, '-c', code]).pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    child = int(process.stdout.readline())
    time.sleep(1)
    assert is_alive(child)
    process.kill()
    process.wait()
    process.stdout.close()
    wait_for(lambda: not is_alive(child))
