"""Receive a file: streamed to the data folder's disk, never through memory or ``/tmp``."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import time
from typing import Annotated, Any, TypeVar

from anyio import to_thread
from fastapi import Depends, Query, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError

from api.deps import Asker
from api.form_head import stream_form
from api.limits import SCOPE_KEY, Body
from api.multipart import FileSink, FormSink, plain_name
from geo.errors import DiskFullError, OptionInvalidError, UnauthenticatedError
from geo.files.partial import sweep_partials
from geo.settings import MIB, settings
from geo.texts import Text

PREFIX = "upload-"
Form = TypeVar("Form", bound=BaseModel)

BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {"file": {"type": "string", "format": "binary"}},
                    "required": ["file"],
                }
            },
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
        },
    }
}
"""``openapi_extra`` of an address that takes an `Upload`."""


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """A file as it came. It is deleted after the request: keep it by moving or copying it.

    ``name`` is the sender's, without folders; ``fields`` are the other fields of the form.
    """

    path: Path
    name: str
    size: int
    sha256: str
    fields: dict[str, str]


async def receive_file(
    request: Request,
    asker: Asker,
    name: Annotated[
        str | None,
        Query(max_length=200, description="Name of the file, when the body is the file."),
    ] = None,
) -> AsyncIterator[ReceivedFile]:
    """Stream the part ``file`` of a form, or the whole body with ``?name=``, to a file.

    Nothing is read of who is not logged in.

    Raises
    ------
    UnauthenticatedError, TooLargeError, DiskFullError, FileUnreadableError
    OptionInvalidError
        If there is no file, or no name for it.
    """
    if asker.is_public:
        raise UnauthenticatedError
    body: Body = request.scope[SCOPE_KEY]
    body.allow(settings().max_upload_bytes)
    folder = settings().tmp
    handle, path = await to_thread.run_sync(_open, folder)
    try:
        with told_when_full(folder, needed=body.declared or 0), os.fdopen(handle, "wb") as target:
            file = FileSink(target)
            sink = _choose_sink(request, file, name)
            async for part in stream_form(request):
                # In a thread, so that a slow disk does not stop all other requests.
                await to_thread.run_sync(sink.write, part)
            sink.close()
        kept, fields = (sink.file_name, sink.fields) if isinstance(sink, FormSink) else (name, {})
        yield ReceivedFile(path, plain_name(kept or ""), file.size, file.sha256, fields)
    finally:
        path.unlink(missing_ok=True)


Upload = Annotated[ReceivedFile, Depends(receive_file, scope="function")]


@contextmanager
def told_when_full(folder: Path, *, needed: int) -> Iterator[None]:
    """Turn "no space left" into our own error.

    Parameters
    ----------
    needed
        Bytes that were to be written, as far as known.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise DiskFullError(
            folder=str(folder),
            free_mb=shutil.disk_usage(folder).free // MIB,
            needed_mb=needed // MIB + 1,
        ) from error


def read_form(model: type[Form], said: Mapping[str, str]) -> Form:
    """Return the fields of a form as its model; what is wrong is told as for any other body.

    Raises
    ------
    RequestValidationError
    """
    try:
        return model.model_validate(said)
    except ValidationError as error:
        found = [{**one, "loc": ("body", *one["loc"])} for one in error.errors()]
        raise RequestValidationError(found) from error


def sweep_uploads() -> None:
    """Delete what a killed process left half received; what may be resumed only after two weeks."""
    for path in settings().tmp.glob(f"{PREFIX}*"):
        path.unlink(missing_ok=True)
    sweep_partials(settings().uploads, now_s=time())


def _open(folder: Path) -> tuple[int, Path]:
    handle, path = tempfile.mkstemp(prefix=PREFIX, dir=folder)
    return handle, Path(path)


def _choose_sink(request: Request, file: FileSink, name: str | None) -> FileSink | FormSink:
    kind = request.headers.get("content-type", "")
    if kind.lower().startswith("multipart/form-data"):
        return FormSink(kind, file)
    if not name:
        raise OptionInvalidError(option="file", value="", allowed=Text("upload.allowed"))
    return file
