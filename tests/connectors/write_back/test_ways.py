"""`write_back.yaml` is checked as a whole; an error names the file, the source and the key, and never a secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.write_back.ways import FILE, Way, secret_of, ways
from schemas.errors import BrokenSetting
from schemas.vocabulary import Source

SECRET = "0123456789abcdef0123456789abcdef"


def written(home: Path, text: str) -> Path:
    (home / FILE).write_text(text, encoding="utf-8")
    for name, mode in (("secret", 0o600), ("open", 0o644)):
        (home / name).write_text(SECRET + "\n", encoding="utf-8")
        (home / name).chmod(mode)
    (home / "short").write_text("x", encoding="utf-8")
    (home / "short").chmod(0o600)
    return home


def test_without_the_file_nobody_is_told(tmp_path: Path) -> None:
    assert ways(tmp_path) == {}


def test_each_source_has_its_way_and_files_are_the_homes(tmp_path: Path) -> None:
    found = ways(written(tmp_path, "hotline12345: {file: true}\npolice110:\n  url: https://110.example:8443/back\n  secret_file: secret\n  timeout_s: 3\n"))
    assert found == {
        Source.HOTLINE12345: Way(file=True),
        Source.POLICE110: Way(url="https://110.example:8443/back", secret_file=tmp_path / "secret", timeout_s=3),
    }
    assert secret_of(found[Source.POLICE110]) == SECRET.encode()


@pytest.mark.parametrize(
    ("text", "where", "sentence"),
    [
        ("hotline: {file: true}", "hotline", "sources are hotline12345, police110"),
        ("police110: {}", "police110", "wants either `file: true` or a `url`"),
        ("police110: {file: true, url: 'https://x.example/'}", "police110", "wants either"),
        ("police110: {file: true, timeout_s: 3}", "police110", "there is no timeout_s"),
        ("police110: {url: 'https://x.example/'}", "police110", "wants a `secret_file`"),
        ("police110: {url: 'http://x.example/', secret_file: secret}", "police110", "words about people would go unencrypted"),
        ("police110: {url: 'ftp://x.example/', secret_file: secret}", "police110", "the url is none"),
        ("police110: {url: 'https://u:p@x.example/', secret_file: secret}", "police110", "without a user"),
        ("police110: {url: 'https://x.example:port/', secret_file: secret}", "police110", "the url is none"),
        ("police110: {url: 'https://x.example/办', secret_file: secret}", "police110", "percent-encoded"),
        ("police110: {url: 'https://x.example/', secret_file: nothing}", "police110.secret_file", "nothing cannot be read: No such file"),
        ("police110: {url: 'https://x.example/', secret_file: short}", "police110.secret_file", "holds 1 bytes; a secret has 16 at least"),
        ("police110: {url: 'https://x.example/', secret_file: open}", "police110.secret_file", "can be read by others"),
        ("police110: {url: 'https://x.example/', secret_file: secret, ca_file: nothing}", "police110.ca_file", "there is no file nothing"),
        ("police110: {url: 'https://x.example/', secret_file: secret, timeout_s: 0}", "police110.timeout_s", "greater than 0"),
        ("police110: {url: 'https://x.example/', secret_file: secret, retries: 3}", "police110.retries", "Extra inputs"),
        ("- police110", "", "is no list of sources"),
        ("police110: [", "", "is no YAML"),
    ],
)
def test_a_way_that_is_none_stops_the_start(tmp_path: Path, text: str, where: str, sentence: str) -> None:
    with pytest.raises(BrokenSetting) as raised:
        ways(written(tmp_path, text))
    assert sentence in raised.value.detail
    assert raised.value.where == f"{tmp_path / FILE} {where}".strip()
    assert SECRET not in str(raised.value)


def test_unencrypted_words_go_to_this_machine_or_where_it_is_said(tmp_path: Path) -> None:
    text = "police110: {url: 'http://127.0.0.1:9/', secret_file: secret}\npetition: {url: 'http://10.1.2.3/', secret_file: secret, plain: true}\n"
    assert set(ways(written(tmp_path, text))) == {Source.POLICE110, Source.PETITION}
