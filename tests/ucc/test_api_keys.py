from __future__ import annotations

import json
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.http.ports import Holder
from schemas.errors import Broken, NotFound
from schemas.vocabulary import Source
from ucc.api_keys import FILE, ApiKeys


def test_a_key_opens_what_it_was_made_for_and_only_its_hash_is_kept(tmp_path: Path) -> None:
    keys = ApiKeys(tmp_path)
    made, key = keys.create("pukou", Source.PETITION, name="信访窗口")
    assert keys.holder(key) == Holder(made.id, "pukou", Source.PETITION)
    kept = (tmp_path / FILE).read_text()
    assert key not in kept
    assert key.split("_", 2)[2] not in kept
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600
    assert (tmp_path / FILE).parent.stat().st_mode & 0o777 == 0o700


def test_what_another_process_changes_is_seen_at_the_next_question(tmp_path: Path) -> None:
    door, command = ApiKeys(tmp_path), ApiKeys(tmp_path)
    assert door.holder("ucc_00000000_x") is None
    made, key = command.create("pukou", Source.PETITION)
    assert door.holder(key) is not None
    command.revoke(made.id)
    command.revoke(made.id)
    assert door.holder(key) is None
    (tmp_path / FILE).unlink()
    assert door.all() == []


def test_a_key_lets_nobody_in_once_its_time_is_over(tmp_path: Path) -> None:
    keys = ApiKeys(tmp_path)
    _, over = keys.create("pukou", Source.PETITION, lasts=timedelta(0))
    _, holds = keys.create("pukou", Source.PETITION, lasts=timedelta(hours=1))
    assert keys.holder(over) is None
    assert keys.holder(holds) is not None


def test_a_file_that_is_not_readable_lets_nobody_in_and_whoever_would_change_it_is_told(tmp_path: Path) -> None:
    keys = ApiKeys(tmp_path)
    _, key = keys.create("pukou", Source.PETITION)
    (tmp_path / FILE).write_text("[{]")
    assert keys.holder(key) is None
    with pytest.raises(Broken):
        keys.create("pukou", Source.PETITION)
    assert (tmp_path / FILE).read_text() == "[{]"


def test_a_key_that_there_is_not_cannot_be_revoked(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        ApiKeys(tmp_path).revoke("00000000")


def test_keys_that_are_made_at_the_same_time_are_all_kept(tmp_path: Path) -> None:
    made: list[str] = []
    threads = [threading.Thread(target=lambda: made.append(ApiKeys(tmp_path).create("pukou", Source.PETITION)[1])) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    keys = ApiKeys(tmp_path)
    assert len(json.loads((tmp_path / FILE).read_text())) == 8
    assert all(keys.holder(key) for key in made)


@given(st.text(max_size=40) | st.text(alphabet="ucc_0123456789abcdef", max_size=60))
def test_whatever_is_shown_at_the_door_is_no_key_and_no_error(key: str) -> None:
    assert ApiKeys(Path("/nonexistent")).holder(key) is None
