"""Look at the beginning of a multipart form, before who streams it: the page token stands there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from io import BytesIO

from fastapi import Request

from api.limits import SCOPE_KEY, Body
from api.multipart import FIELD_MOST, FileSink, FormSink
from geo.errors import YutuError
from geo.settings import settings

MOST = 2 * FIELD_MOST
"""Most bytes that are read in search of a field; a browser sends the fields in their order."""


async def read_head(request: Request, field: str) -> str | None:
    """Return a field that stands before the file of a multipart form; None where none does.

    What was read for it stays in memory, and :func:`stream_form` gives it again.
    """
    begun = bytearray()
    request.state.begun = begun
    body: Body = request.scope[SCOPE_KEY]
    most = body.most
    # An upload is larger than what else may come; who streams it to a file asks for that again.
    body.allow(settings().max_upload_bytes)
    try:
        sink = FormSink(request.headers.get("content-type", ""), FileSink(BytesIO()))
        async with aclosing(request.stream()) as stream:
            async for part in stream:
                begun += part
                sink.write(part)
                if field in sink.fields or sink.file_name is not None or len(begun) > MOST:
                    break
    except YutuError:
        # Who reads the form says what is wrong with it.
        return None
    finally:
        body.allow(most)
    return sink.fields.get(field)


async def stream_form(request: Request) -> AsyncIterator[bytes]:
    """Stream the body of a request, from its beginning even where that was looked at before."""
    begun: bytearray | None = getattr(request.state, "begun", None)
    body: Body = request.scope[SCOPE_KEY]
    if begun is not None:
        yield bytes(begun)
        if body.ended:
            return
    async for part in request.stream():
        yield part
