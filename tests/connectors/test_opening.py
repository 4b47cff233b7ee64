from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from connectors.opening import Opened, file_identity
from schemas.errors import UnreadableFile

DATA = b"".join(b"%d,some text that is worth packing %d\n" % (n, n * n) for n in range(50_000))


def all_of(opened: Opened) -> tuple[bytes, UnreadableFile | None]:
    found = b""
    try:
        for chunk in opened:
            found += chunk
    except UnreadableFile as error:
        return found, error
    finally:
        opened.close()
    return found, None


def test_gzip_in_many_members_is_one_stream(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"".join(gzip.compress(DATA[i : i + 99_999]) for i in range(0, len(DATA), 99_999)) + bytes(700))
    assert all_of(Opened(path)) == (DATA, None)


@pytest.mark.parametrize("cut", [0.1, 0.5, 0.9, 0.999])
def test_all_that_lies_before_the_cut_of_a_gzip_file_is_given(tmp_path: Path, cut: float) -> None:
    packed = gzip.compress(DATA)
    path = tmp_path / "f"
    path.write_bytes(packed[: int(len(packed) * cut)])
    found, error = all_of(Opened(path))
    assert DATA.startswith(found)
    assert len(found) > len(DATA) * (cut - 0.1)
    assert error is not None
    assert f"ends at byte {int(len(packed) * cut)}" in error.detail


def test_all_that_lies_before_a_broken_byte_is_given_and_the_byte_named(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(DATA))
    packed[-6] ^= 1  # of the checksum
    path = tmp_path / "f"
    path.write_bytes(bytes(packed))
    found, error = all_of(Opened(path))
    assert found == DATA
    assert error is not None
    assert "incorrect data check" in error.detail
    position = int(error.detail.split("byte ")[1].split()[0])
    assert len(packed) - 8 <= position <= len(packed)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("offset", [0, 1, 262_143, 262_144, 700_001, len(DATA), len(DATA) + 5])
def test_reading_may_begin_anywhere(tmp_path: Path, packed: bool, offset: int) -> None:
    path = tmp_path / "f"
    path.write_bytes(gzip.compress(DATA) if packed else DATA)
    assert all_of(Opened(path, offset=offset)) == (DATA[offset:], None)


def test_the_share_that_was_read_grows_from_nothing_to_all(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(gzip.compress(DATA))
    opened = Opened(path)
    shares = [opened.done, *(opened.done for _ in opened)]
    assert shares[0] == 0
    assert shares == sorted(shares)
    assert opened.done == 1
    opened.close()


def test_utf16_becomes_utf8_and_what_is_none_becomes_no_utf8(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes("一\n".encode("utf-16-le") + b"\x00\xd8\n\x00" + b"x")
    found, error = all_of(Opened(path, transcode="utf-16-le"))
    assert error is None
    first, second, third = found.split(b"\n")
    assert first.decode() == "一"
    for broken in (second, third):
        with pytest.raises(UnicodeDecodeError):
            broken.decode()


@pytest.mark.parametrize(("content", "said"), [(b"", "empty"), (b"BZh9", "bzip2"), (b"\xd0\xcf\x11\xe0", ".xlsx"), (b"\xff\xfe\x00\x00", "UTF-32")])
def test_what_is_no_file_of_ours_is_refused_with_what_to_do(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "f"
    path.write_bytes(content)
    with pytest.raises(UnreadableFile, match=said):
        Opened(path)


def test_folders_and_missing_files_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing", tmp_path / ("x" * 300)):
        with pytest.raises(UnreadableFile):
            Opened(path)
        with pytest.raises(UnreadableFile):
            file_identity(path)


def test_the_identity_is_of_the_content_not_of_the_name(tmp_path: Path) -> None:
    for name, content in (("a", b"x"), ("b", b"x"), ("c", b"y")):
        (tmp_path / name).write_bytes(content)
    assert file_identity(tmp_path / "a") == file_identity(tmp_path / "b") != file_identity(tmp_path / "c")
