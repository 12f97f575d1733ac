"""``yutu serve``: the database, the web service and one worker, with one command."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from geo.errors import OptionInvalidError
from scripts.children import end_now
from scripts.cli.show import help_text
from scripts.plan import Plan, check_host, listen, spawn_web

app = typer.Typer()

Host = Annotated[str, typer.Option(help=help_text("serve.host"))]
Port = Annotated[int, typer.Option(min=1, max=65535, help=help_text("serve.port"))]
Demo = Annotated[bool, typer.Option("--demo/--no-demo", help=help_text("serve.demo"))]
Tls = Annotated[bool, typer.Option("--tls", help=help_text("serve.tls"))]
TlsCert = Annotated[Path | None, typer.Option(help=help_text("serve.tls_cert"))]
TlsKey = Annotated[Path | None, typer.Option(help=help_text("serve.tls_key"))]
Proxy = Annotated[bool, typer.Option("--proxy", help=help_text("serve.proxy"))]
ProxyAddress = Annotated[list[str] | None, typer.Option(help=help_text("serve.proxy_address"))]
Insecure = Annotated[bool, typer.Option("--insecure", help=help_text("serve.insecure"))]


@app.command(help=help_text("serve"))
def serve(  # noqa: PLR0913 - the options of a command
    host: Host = "127.0.0.1",
    port: Port = 8000,
    *,
    demo: Demo = True,
    tls: Tls = False,
    tls_cert: TlsCert = None,
    tls_key: TlsKey = None,
    proxy: Proxy = False,
    proxy_address: ProxyAddress = None,
    insecure: Insecure = False,
) -> None:
    """Serve until Ctrl-C."""
    if (tls_cert is None) != (tls_key is None):
        missing = "--tls-key" if tls_key is None else "--tls-cert"
        raise OptionInvalidError(option=missing, value="", allowed="FILE")
    proxies = tuple(proxy_address or ("127.0.0.1", "::1")) if proxy or proxy_address else ()
    check_host(host, encrypted=tls or tls_cert is not None or bool(proxies), insecure=insecure)
    with listen(host, port) as listening:
        plan = Plan(host, port, demo, tls, tls_cert, tls_key, proxies, listening)
        web = spawn_web(plan)
        try:
            # Only now, while the web process loads on the other core: this takes seconds too.
            import_module("scripts.supervise").supervise(plan, web)
        finally:
            end_now(web)
