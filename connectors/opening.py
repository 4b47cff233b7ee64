"""A file as a stream of bytes: plain or gzip, UTF-16 turned into UTF-8 on the way; broken files give what lies before the break.

Nothing here holds more than a few chunks, whatever the file unpacks to.
"""

from __future__ import annotations

import codecs
import hashlib
import zlib
from collections.abc import Generator, Iterator
from io import BufferedReader
from pathlib import Path

from schemas.errors import UnreadableFile

CHUNK = 1 << 18
"""256 KiB: some thousand lines, small beside everything else in memory."""
_READ = 1 << 16
_GZIP = b"\x1f\x8b"
_NOT_OURS = {
    b"BZh": "compressed by bzip2: unpack it first, or compress it with gzip",
    b"\xfd7zXZ": "compressed by xz: unpack it first, or compress it with gzip",
    b"(\xb5/\xfd": "compressed by zstd: unpack it first, or compress it with gzip",
    b"Rar!": "a RAR archive: unpack it first",
    b"7z\xbc\xaf": "a 7z archive: unpack it first",
    b"\xd0\xcf\x11\xe0": "an Excel file of the old kind (.xls): save it as .xlsx or as CSV UTF-8",
    b"%PDF": "a PDF: export the table as CSV or XLSX",
    b"\xff\xfe\x00\x00": "UTF-32: save it as UTF-8",
    b"\x00\x00\xfe\xff": "UTF-32: save it as UTF-8",
}


class Opened:
    """A file that is read once, from its beginning or from `offset` (in bytes as `read` gives them, after unpacking)."""

    def __init__(self, path: Path, *, transcode: str = "", carriage_returns: bool = False, offset: int = 0) -> None:
        """Opens `path`; `transcode` names a UTF-16 codec that becomes UTF-8, `carriage_returns` makes CR the end of a line.

        Raises UnreadableFile when it is not there, is no file, may not be read, or is of a kind that this door cannot unpack.
        """
        self.where = str(path)
        self._file, self.size, head = _open(path)
        self.gzip = head.startswith(_GZIP)
        chunks = _gunzip(self._file, self.where) if self.gzip else _plain(self._file, self.where)
        if transcode:
            chunks = _to_utf8(chunks, transcode)
        if carriage_returns:
            chunks = (chunk.replace(b"\r", b"\n") for chunk in chunks)
        if offset and not self.gzip and not transcode:
            self._file.seek(offset)
        elif offset:
            chunks = _after(chunks, offset)
        self._chunks = chunks

    @property
    def done(self) -> float:
        """Share of the file's own bytes that were read, 0 … 1."""
        return min(1.0, self._file.tell() / self.size) if self.size else 1.0

    def __iter__(self) -> Iterator[bytes]:
        return self._chunks

    def close(self) -> None:
        """Lets the file go."""
        self._file.close()


def file_identity(path: Path) -> str:
    """sha256 of the file's own bytes, 64 hex digits: an import is resumed on the same file only. Raises UnreadableFile."""
    file, _, _ = _open(path)
    with file:
        try:
            return hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise UnreadableFile(f"it cannot be read: {error.strerror}", where=str(path)) from error


def _open(path: Path) -> tuple[BufferedReader, int, bytes]:
    """The file, its size and its first bytes."""
    try:
        if not path.exists():
            raise UnreadableFile("there is no such file", where=str(path))
        if not path.is_file():
            raise UnreadableFile("this is a folder or a device, not a file", where=str(path))
        file = path.open("rb")
        head = file.read(8)
        file.seek(0)
    except (OSError, ValueError) as error:
        raise UnreadableFile(f"it cannot be opened: {error}", where=str(path)) from error
    size = path.stat().st_size
    for magic, what in _NOT_OURS.items():
        if head.startswith(magic):
            file.close()
            raise UnreadableFile(f"this is {what}", where=str(path))
    if not size:
        file.close()
        raise UnreadableFile("the file is empty", where=str(path))
    return file, size, head


def _plain(file: BufferedReader, where: str) -> Iterator[bytes]:
    try:
        while chunk := file.read(CHUNK):
            yield chunk
    except OSError as error:
        raise UnreadableFile(f"it cannot be read on after byte {file.tell()}: {error.strerror}", where=where) from error


def _gunzip(file: BufferedReader, where: str) -> Iterator[bytes]:
    """Unpacks member after member. A break is raised once every byte before it was given."""
    member, fresh, begun = zlib.decompressobj(wbits=31), True, 0
    for packed in _packed(file, where):
        begun += len(packed)
        data, more = packed.lstrip(b"\x00") if fresh else packed, True  # zeros pad members to the blocks of a tape
        while data or more:
            before = member.copy()
            try:
                out = member.decompress(data, CHUNK)
            except zlib.error as error:
                good = yield from _up_to_the_break(before, data)
                raise UnreadableFile(
                    f"the gzip file is broken at byte {begun - len(data) + good} ({error}); the lines before that were read. Get the file again", where=where
                ) from error
            fresh = fresh and not data
            if out:
                yield out
            if member.eof:
                data = member.unused_data.lstrip(b"\x00")
                member, fresh, more = zlib.decompressobj(wbits=31), True, False
            else:
                data, more = member.unconsumed_tail, len(out) == CHUNK
    if not fresh:
        raise UnreadableFile(
            f"the gzip file was cut off: it ends at byte {begun}, before its own end; the lines before that were read. Get the file again", where=where
        )


def _packed(file: BufferedReader, where: str) -> Iterator[bytes]:
    try:
        while chunk := file.read(_READ):
            yield chunk
    except OSError as error:
        raise UnreadableFile(f"it cannot be read on after byte {file.tell()}: {error.strerror}", where=where) from error


def _up_to_the_break(member: zlib._Decompress, data: bytes) -> Generator[bytes, None, int]:
    """Unpacks byte by byte until the error comes again, since the failed call kept what it had; returns how many bytes were good."""
    for at in range(len(data)):
        try:
            if out := member.decompress(data[at : at + 1]):
                yield out
        except zlib.error:
            return at
    return len(data)


def _to_utf8(chunks: Iterator[bytes], codec: str) -> Iterator[bytes]:
    """UTF-16 as UTF-8. What is no UTF-16 becomes bytes that are no UTF-8 either, so that it costs its own line only."""
    decoder = codecs.getincrementaldecoder(codec)("surrogatepass")
    for chunk in chunks:
        yield decoder.decode(chunk).encode("utf-8", "surrogatepass")
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        yield b"\xff"


def _after(chunks: Iterator[bytes], offset: int) -> Iterator[bytes]:
    """Leaves the first `offset` bytes out."""
    for chunk in chunks:
        if offset < len(chunk):
            yield chunk[offset:] if offset else chunk
        offset = max(0, offset - len(chunk))
