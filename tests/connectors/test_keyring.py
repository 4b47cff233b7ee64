from __future__ import annotations

import json
import stat
import subprocess
import sys
from base64 import urlsafe_b64decode
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.keyring import KeyRing
from schemas.errors import Broken, NotFound
from schemas.personal import Personal, Reporter
from schemas.report import Report
from schemas.vocabulary import Source

WHO = Personal(name="欧阳某某", phone="１９９９ 000 1234", id_number="00000019900307123X", home="文德路12号3栋502室")
HOW = ("pukou", Source.HOTLINE12345, "A-1")
FIELD = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=40)


@pytest.fixture
def ring(tmp_path: Path) -> KeyRing:
    return KeyRing(tmp_path / "keys")


def test_what_is_closed_is_masked_for_people_and_opens_whole(ring: KeyRing) -> None:
    closed = ring.seal(WHO, *HOW)
    assert (closed.name, closed.phone, closed.id_number, closed.home) == ("欧阳**", "199****1234", "000***********123X", "文德路**")
    assert ring.open(closed, *HOW) == WHO
    told = closed.model_dump_json()
    assert not any(part in told for part in ("某某", "1999000", "0307", "502", "１９"))


@given(st.builds(Personal, name=FIELD, phone=FIELD, id_number=FIELD, home=FIELD))
def test_whatever_a_person_is_called_comes_out_as_it_went_in(tmp_path_factory: pytest.TempPathFactory, personal: Personal) -> None:
    ring = KeyRing(tmp_path_factory.getbasetemp() / "keys")
    assert ring.open(ring.seal(personal, *HOW), *HOW) == personal


def test_a_box_is_as_large_as_what_it_holds_and_28_bytes(ring: KeyRing) -> None:
    box = ring.seal(Personal(phone="19990001234"), *HOW).box
    assert len(urlsafe_b64decode(box + "=" * (-len(box) % 4))) == len("\x0019990001234") + 28
    most = Personal(name="\U00020000" * 100, phone="\U00020000" * 40, id_number="\U00020000" * 40, home="\U00020000" * 300)
    assert ring.open(ring.seal(most, *HOW), *HOW) == most


def test_the_same_person_has_another_box_each_time_and_the_same_token(ring: KeyRing) -> None:
    one, other = ring.seal(WHO, *HOW), ring.seal(WHO, *HOW)
    assert one.box != other.box
    assert one.token == other.token
    assert len(one.token) == 32


def test_a_token_is_of_the_telephone_however_it_is_written_and_of_one_centre_alone(ring: KeyRing) -> None:
    def token(centre: str = "pukou", **fields: str) -> str:
        return ring.seal(Personal(**fields), centre, Source.POLICE110, "x").token

    said = {token(phone=phone) for phone in ("19990001234", "+86 199-9000-1234", "一九九九〇〇〇一二三四", "0086 19990001234")}
    assert len(said) == 1
    assert token(phone="19990001234", name="某") in said
    assert token("gulou", phone="19990001234") not in said
    assert token(phone="19990001235") not in said
    assert token(id_number="00000019900307123x") == token(id_number="00000019900307123X", phone="无") != ""
    assert (token(name="某"), token(phone="110")) == ("", "")


@pytest.mark.parametrize("how", [("gulou", HOW[1], HOW[2]), (HOW[0], Source.PETITION, HOW[2]), (HOW[0], HOW[1], "A-2")])
def test_a_box_opens_for_its_own_report_alone(ring: KeyRing, how: tuple[str, Source, str]) -> None:
    closed = ring.seal(WHO, *HOW)
    with pytest.raises(Broken, match="belongs to another report"):
        ring.open(closed, *how)


def test_a_box_that_was_changed_does_not_open(ring: KeyRing) -> None:
    closed = ring.seal(WHO, *HOW)
    for box in ("A" + closed.box[1:], closed.box[:-2], closed.box[:10], "", "é", closed.box + "AAAA"):
        with pytest.raises(Broken, match="it was changed"):
            ring.open(closed.model_copy(update={"box": box}), *HOW)


def test_boxes_from_before_a_rotation_still_open_and_new_ones_are_closed_with_the_new_key(ring: KeyRing) -> None:
    before = ring.seal(WHO, *HOW)
    running = KeyRing(ring.path.parent)
    assert running.open(before, *HOW) == WHO
    version = ring.rotate()
    after = running.seal(WHO, *HOW)
    assert after.key == version != before.key
    assert (running.open(before, *HOW), running.open(after, *HOW)) == (WHO, WHO)
    assert after.token == before.token
    assert [name for name, _ in ring.versions()] == [before.key, version]


def test_a_key_that_is_not_in_the_ring_is_named(ring: KeyRing, tmp_path: Path) -> None:
    closed = ring.seal(WHO, *HOW)
    other = KeyRing(tmp_path / "made after a loss")
    with pytest.raises(NotFound, match="there is no key ring; put it back from the backup"):
        other.open(closed, *HOW)
    other.rotate()
    with pytest.raises(NotFound, match=f"the key {closed.key} that closed this box is not in the key ring"):
        other.open(closed, *HOW)


def test_a_ring_is_for_its_owner_alone(ring: KeyRing) -> None:
    assert ring.versions() == []
    ring.seal(WHO, *HOW)
    assert stat.S_IMODE(ring.path.stat().st_mode) == 0o600
    assert sorted(path.name for path in ring.path.parent.iterdir()) == ["ring.json", "ring.lock"]
    ring.path.chmod(0o644)
    with pytest.raises(Broken, match="others may read the key ring"):
        KeyRing(ring.path.parent).seal(WHO, *HOW)


@pytest.mark.parametrize(
    "said", [b"", b"{}", b'{"salt": "AA==", "keys": []}', b'{"salt": "AA==", "keys": [{"version": "1", "made_at": "2024-01-01T00:00:00Z", "key": "AAAA"}]}']
)
def test_a_ring_that_is_not_readable_is_never_made_anew(ring: KeyRing, said: bytes) -> None:
    ring.path.parent.mkdir()
    ring.path.write_bytes(said)
    ring.path.chmod(0o600)
    for use in (lambda: ring.seal(WHO, *HOW), ring.rotate):
        with pytest.raises(Broken, match="put it back from the backup"):
            use()
    assert ring.path.read_bytes() == said


def test_processes_that_need_a_ring_at_once_make_one(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from connectors.keyring import KeyRing; from schemas.personal import Personal; from schemas.vocabulary import Source;"
        "print(KeyRing(Path(sys.argv[1])).seal(Personal(phone='19990001234'), 'c', Source.PETITION, 'x').model_dump_json())"
    )
    running = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "keys")], stdout=subprocess.PIPE, text=True) for _ in range(4)]
    closed = [Reporter.model_validate_json(process.communicate()[0]) for process in running]
    assert len({one.key for one in closed}) == len({one.token for one in closed}) == 1
    ring = KeyRing(tmp_path / "keys")
    assert {ring.open(one, "c", Source.PETITION, "x").phone for one in closed} == {"19990001234"}


def test_rotations_at_once_are_all_kept(ring: KeyRing) -> None:
    code = "import sys; from pathlib import Path; from connectors.keyring import KeyRing; print(KeyRing(Path(sys.argv[1])).rotate())"
    running = [subprocess.Popen([sys.executable, "-c", code, str(ring.path.parent)], stdout=subprocess.PIPE, text=True) for _ in range(3)]
    made = {process.communicate()[0].strip() for process in running}
    assert {name for name, _ in ring.versions()} >= made
    assert len(made) == 3


def test_the_seal_of_a_centre_binds_a_box_to_its_report(ring: KeyRing) -> None:
    report = Report(source=Source.PETITION, source_id="P-1", reported_at=datetime(2024, 1, 1, tzinfo=UTC))
    closed = ring.sealing("pukou")(report, WHO)
    assert ring.open(closed, "pukou", Source.PETITION, "P-1") == WHO


def test_neither_a_ring_nor_a_person_shows_in_what_is_printed(ring: KeyRing) -> None:
    ring.seal(WHO, *HOW)
    keys = [key["key"] for key in json.loads(ring.path.read_bytes())["keys"]]
    said = repr(ring) + repr(WHO) + str(ring.seal(WHO, *HOW))
    assert not any(secret.rstrip("=") in said for secret in [*keys, "某某", "1999000"])
