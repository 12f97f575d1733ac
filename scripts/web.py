"""The web process of ``serve``: it loads the app at once, and opens when it is told how.

Loading takes seconds, in which the database can start.
"""

from __future__ import annotations

import gc
import json
import os
import socket
import sys
from typing import Any

import uvicorn

from api.main import create_app
from scripts.children import die_with

KEEP_ALIVE_S = 15
GRACE_S = 3


def make_app() -> Any:
    """Make the app; what is loaded by then stays, and is not looked through for garbage again.

    A full look through its 260,000 objects takes some 0.2 s of one request in twenty.
    """
    app = create_app()
    gc.freeze()
    return app


def main() -> None:
    """Serve on the socket handed over, with what standard input tells."""
    parent, listening = (int(arg) for arg in sys.argv[1:3])
    die_with(parent)
    line = sys.stdin.readline()
    if not line:
        return
    told = json.loads(line)
    os.environ.update(told["env"])
    config = uvicorn.Config(
        make_app,
        factory=True,
        proxy_headers=bool(told["proxies"]),
        forwarded_allow_ips=told["proxies"],
        ssl_certfile=told["certificate"],
        ssl_keyfile=told["key"],
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=GRACE_S,
        log_config=None,
        access_log=False,
        server_header=False,
    )
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=listening)])


if __name__ == "__main__":
    main()
