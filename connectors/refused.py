"""Refused lines, written beside their file: what was wrong with each, and the line as it was, so that it can be mended and sent again.

The file belongs to the department and lies beside its own data, so nothing in it is masked.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Iterable
from pathlib import Path
from typing import IO

import orjson

from connectors.file import Line, Position
from schemas.errors import BrokenSetting, Refused

SUFFIX = ".refused.jsonl"


class RefusedWriter:
    """Writes `<file>.refused.jsonl`: one object a line with line, code, detail, where, original, encoding.

    Written before the position of its batch is kept, it may hold lines that the resumed import reads again: these are cut off
    when it opens, so none is there twice. Without refusals there is no file.
    """

    def __init__(self, path: Path | str, *, start: Position | None = None, folder: Path | None = None) -> None:
        """`path`: the file that is imported; `folder`: where to write instead of beside it. Raises BrokenSetting when it may not be written there."""
        file = Path(path)
        self.path = (folder or file.parent) / f"{file.name}{SUFFIX}"
        self._file: IO[bytes] | None = None
        self.written = 0
        """Refusals in the file."""
        try:
            if self.path.exists():
                self._cut(start.number if start else 0)
        except OSError as error:
            raise self._not_writable(error) from error

    def write(self, lines: Iterable[Line]) -> int:
        """Writes those of `lines` that were refused; returns how many. Durable on return."""
        refused = [_entry(line.number, line.refusal, line.original) for line in lines if line.refusal is not None]
        self._append(refused)
        return len(refused)

    def write_file(self, refusal: Refused, number: int = 0) -> None:
        """Writes why the file cannot be read (on); `number`: the line that would have come next."""
        self._append([_entry(number, refusal, b"")])

    def close(self) -> None:
        """Lets the file go."""
        if self._file is not None:
            self._file.close()

    def _append(self, entries: list[bytes]) -> None:
        if not entries:
            return
        try:
            if self._file is None:
                self._file = self.path.open("ab")
                self.path.chmod(0o600)
            self._file.write(b"".join(entries))
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise self._not_writable(error) from error
        self.written += len(entries)

    def _cut(self, number: int) -> None:
        """Keeps what was refused before line `number`; the file goes when that is nothing."""
        keep = 0
        with self.path.open("r+b") as file:
            for entry in file:
                if not entry.endswith(b"\n") or not _is_before(entry, number):
                    break
                keep += len(entry)
                self.written += 1
            file.truncate(keep)
        if not keep:
            self.path.unlink()

    def _not_writable(self, error: OSError) -> BrokenSetting:
        return BrokenSetting(f"refused lines cannot be written there ({error.strerror}): name a folder for them", where=str(self.path))


def _entry(number: int, refusal: Refused, original: bytes) -> bytes:
    try:
        text, encoding = original.decode(), "utf-8"
    except UnicodeDecodeError:
        text, encoding = base64.b64encode(original).decode(), "base64"
    said = {"line": number, "code": refusal.code, "detail": refusal.detail, "where": refusal.where, "original": text, "encoding": encoding}
    return orjson.dumps(
        {key: value.encode("utf-8", "replace").decode() if isinstance(value, str) else value for key, value in said.items()}, option=orjson.OPT_APPEND_NEWLINE
    )


def _is_before(entry: bytes, number: int) -> bool:
    try:
        return 0 < int(orjson.loads(entry)["line"]) < number
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        return False
