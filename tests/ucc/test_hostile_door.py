"""Ten thousand bad lines, and bad files of every kind, through the whole path: no crash, each with its reason, memory flat."""

from __future__ import annotations

import json
from pathlib import Path

from schemas.errors import Refused, UccError
from schemas.vocabulary import Source
from tests.connectors.hostile import HEADER, good_lines, hostile_files, hostile_lines
from tests.ucc.conftest import Desk
from ucc.acceptance import EmbeddedAcceptance
from ucc.home import Home
from ucc.importing import FileImport, Wanted
from ucc.owner import Owner, owner_of
from ucc.reconciling import reconciled

_MIB = 1 << 20
SEED = 20180105


def resident(owner: Owner) -> float:
    """MiB of memory of this process and the parts that it started."""
    mine = Path("/proc/self/stat").read_text().split()[0]
    parents = {int(f.parent.name): int(f.read_text().rpartition(")")[2].split()[1]) for f in Path("/proc").glob("[0-9]*/stat") if _is_there(f)}
    family = {int(mine)} | {pid for pid, parent in parents.items() if parent == int(mine)}
    assert len(family) > 2, f"the parts of {owner.home.path} do not run"
    return sum(int((Path("/proc") / str(pid) / "statm").read_text().split()[1]) * 4096 for pid in family) / _MIB


def _is_there(path: Path) -> bool:
    try:
        path.read_text()
    except OSError:
        return False
    return True


def taken(owner: Owner, file: Path) -> tuple[FileImport | None, UccError | None]:
    """One file through the door into the centre."""
    try:
        wanted = Wanted(file, Source.HOTLINE12345, "tainan-1999", "tainan")
        importing = FileImport(wanted, "tainan", lambda door: EmbeddedAcceptance(owner.log("tainan"), owner.intake("tainan"), door))
        importing.run(lambda _share, _done: None)
    except Refused as error:
        return None, error
    return importing, None


def test_ten_thousand_bad_lines_and_files_cost_only_themselves(desk: Desk, tmp_path: Path) -> None:
    bad, good = hostile_lines(SEED, 10_000), good_lines(2_000)
    lines = [HEADER]
    for n, hostile in enumerate(bad):
        lines.append(hostile.data)
        if n % 5 == 0:
            lines.append(good[n // 5])
    mixed = tmp_path / "mixed.csv"
    mixed.write_bytes(b"\n".join(lines))
    folder = tmp_path / "files"
    folder.mkdir()
    files = hostile_files(folder, SEED, rounds=3)
    home = Home(desk.home)
    with owner_of(home, "test") as owner:
        owner.centre(home.centre("tainan"))
        importing, error = taken(owner, mixed)
        assert error is None
        assert importing is not None
        strange = sum(h.code is None for h in bad)
        assert (importing.progress.read, importing.progress.refused) == (12_000, 10_000 - strange)
        refused = [json.loads(line) for line in Path(f"{mixed}.refused.jsonl").read_bytes().splitlines()]
        assert len(refused) == 10_000 - strange
        assert all(entry["code"] and entry["detail"] for entry in refused)
        owner.drain("tainan")
        before = resident(owner)
        for bent in files:
            importing, error = taken(owner, bent.path)
            if bent.broken:
                said = str(error) if error is not None else importing.progress.broke_off if importing is not None else ""
                assert said, bent.kind
            elif importing is not None and bent.refused is not None:
                assert importing.progress.refused == bent.refused, bent.kind
        owner.drain("tainan")
        assert resident(owner) - before < 200, "memory is not flat"
    answer = reconciled(home, "tainan")
    assert answer[0]["differences"] == []
    assert answer[0]["figures"].get("dead letters") == 0
    assert answer[0]["accepted"] >= 2_000 + strange
