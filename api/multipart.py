"""Take a multipart form apart while it comes, its file straight to the disk."""

from __future__ import annotations

import hashlib
from typing import BinaryIO

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from geo.errors import FileUnreadableError, OptionInvalidError, TooLargeError
from geo.settings import MIB
from geo.texts import Text

FILE_FIELD = "file"
FIELD_MOST = 64 * 1024
"""Longest value of a field that is no file, bytes."""
FIELDS_MOST = 100


class FileSink:
    """Writes what it is given to a file and knows its size and SHA-256."""

    def __init__(self, target: BinaryIO) -> None:
        self.target = target
        self.size = 0
        self._hash = hashlib.sha256()

    def write(self, part: bytes) -> None:
        """Write a part."""
        self.target.write(part)
        self._hash.update(part)
        self.size += len(part)

    def close(self) -> None:
        """Say that all has come; nothing is left to do."""

    @property
    def sha256(self) -> str:
        """Return the digest of what was written so far, in hex."""
        return self._hash.hexdigest()


class FormSink:
    """Takes a form apart: the part ``file`` to a `FileSink`, the others to `fields`.

    Parameters
    ----------
    content_type
        The request's header, with the boundary.
    """

    def __init__(self, content_type: str, file: FileSink) -> None:
        self.file = file
        self.fields: dict[str, str] = {}
        self.file_name: str | None = None
        self._ended = False
        self._header = bytearray()
        self._value = bytearray()
        self._headers: dict[str, bytes] = {}
        self._part = ""
        self._field = bytearray()
        boundary = parse_options_header(content_type)[1].get(b"boundary")
        if not boundary:
            raise _unreadable("boundary")
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._begin_part,
                    "on_header_field": self._on_header,
                    "on_header_value": self._on_value,
                    "on_header_end": self._end_header,
                    "on_headers_finished": self._end_headers,
                    "on_part_data": self._on_data,
                    "on_part_end": self._end_part,
                    "on_end": self._end,
                },
            )
        except FormParserError as error:
            raise _unreadable(str(error)) from error

    def write(self, part: bytes) -> None:
        """Take the next part of the body.

        Raises
        ------
        FileUnreadableError
            If it is not a form.
        TooLargeError
            If a field that is no file is too long.
        """
        try:
            self._parser.write(part)
        except FormParserError as error:
            raise _unreadable(str(error)) from error

    def close(self) -> None:
        """Check that the form came whole and with its file."""
        if not self._ended:
            raise _unreadable(Text("upload.cut"))
        if self.file_name is None:
            raise OptionInvalidError(option=FILE_FIELD, value="", allowed=Text("upload.allowed"))

    def _begin_part(self) -> None:
        self._headers = {}
        self._part = ""
        self._field = bytearray()

    def _on_header(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _on_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _end_header(self) -> None:
        self._headers[self._header.decode("latin-1").lower()] = bytes(self._value)
        self._header.clear()
        self._value.clear()

    def _end_headers(self) -> None:
        disposition = self._headers.get("content-disposition", b"").decode("latin-1")
        options = parse_options_header(disposition)[1]
        self._part = decode_name(options.get(b"name", b""))
        if self._part == FILE_FIELD:
            if self.file_name is not None:
                raise OptionInvalidError(
                    option=FILE_FIELD, value="2", allowed=Text("upload.allowed")
                )
            self.file_name = plain_name(decode_name(options.get(b"filename", b"")))

    def _on_data(self, data: bytes, start: int, end: int) -> None:
        if self._part == FILE_FIELD:
            self.file.write(data[start:end])
            return
        self._field += data[start:end]
        if len(self._field) > FIELD_MOST or len(self.fields) >= FIELDS_MOST:
            raise TooLargeError(limit_mb=FIELD_MOST / MIB)

    def _end_part(self) -> None:
        if self._part != FILE_FIELD:
            self.fields[self._part] = self._field.decode("utf-8", "replace")

    def _end(self) -> None:
        self._ended = True


def decode_name(raw: bytes) -> str:
    """Return a name as its sender wrote it: UTF-8, or GB18030 from old Chinese programs."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("gb18030", "replace")


def plain_name(name: str) -> str:
    """Return a file's name without folders and control characters, at most 200 characters."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(sign for sign in last if sign.isprintable()).strip(" .")[-200:] or FILE_FIELD


def _unreadable(reason: object) -> FileUnreadableError:
    return FileUnreadableError(file=FILE_FIELD, format="multipart/form-data", reason=reason)
