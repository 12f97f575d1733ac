"""An office with a running service, its command line as processes, and what both answer."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2 as httpx

from tests.stories.served import Served, wait_for

MIB = 2**20
LIMIT_MB = 16
DAY = "2026-01-01"
SEEN = "/api/v1/divisions?limit=1000", "/api/v1/boundary-lines", "/api/v1/divisions/370921/versions"
"""What the register shows of itself."""
IMPORT = "import", "divisions", "--valid-from", DAY


@dataclass
class Office:
    """A running service with the small country in it, and somebody logged in."""

    home: Path
    served: Served
    header: dict[str, str]

    def ask(self, path: str, lang: str = "zh") -> Any:
        return self.served.get(path, headers={**self.header, "Accept-Language": lang}).json()

    def register(self) -> list[Any]:
        return [self.ask(path) for path in SEEN]

    def send(self, name: str, content: bytes, **fields: str) -> httpx.Response:
        return httpx.post(
            f"{self.served.url}/api/v1/imports/divisions",
            files={"file": (name, content)},
            data={"valid_from": DAY, **fields},
            headers=self.header,
            timeout=60,
        )

    def take(self, name: str, content: bytes, **fields: str) -> Any:
        """Send a file, wait for its job, return the import, or the job where it failed."""
        answer = self.send(name, content, **fields)
        assert answer.status_code == 202, answer.text
        url = answer.json()["url"]
        wait_for(lambda: self.ask(url)["state"] not in {"waiting", "running"})
        job = self.ask(url)
        if job["state"] == "failed":
            english = self.ask(url, "en")
            return {
                **job,
                "detail_en": english["error"]["detail"],
                "detail": job["error"]["detail"],
            }
        return self.ask(job["result"]["url"])


def yutu(home: Path, *argv: str, **env: str) -> tuple[int, Any, str, int]:
    """Run the command line; return exit code, its JSON, its words and the most memory in MiB."""
    process = subprocess.Popen(
        [sys.executable, "-m", "scripts.cli", *argv, "--json"],
        env={**os.environ, "YUTU_HOME": str(home), **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    with process.stdout as stdout, process.stderr as stderr:
        out, words = stdout.read(), stderr.read().decode()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, json.loads(out) if out else None, words, used.ru_maxrss // 1024


def import_file(home: Path, path: Path, *options: str) -> tuple[int, Any, str]:
    code, told, words, _ = yutu(
        home, "import", "divisions", str(path), "--valid-from", DAY, *options
    )
    return code, told, words


def is_bilingual(chinese: str, english: str) -> bool:
    return bool(re.search(r"[\u4e00-\u9fff]{3}", chinese)) and bool(re.search(r"[a-z]{3}", english))


def zipped(members: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()
