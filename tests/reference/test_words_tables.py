from __future__ import annotations

import csv
import gzip
import re
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import TypeAdapter

from pipeline.intake.plain import plain
from reference.tables import BASE, GATES, LEXICON, MATTERS, MERGE_RULES, SEPARATOR, SOURCE_CODES, Table
from schemas.vocabulary import Urgency

if TYPE_CHECKING:
    from pathlib import Path

    from schemas.centre import Gate, LexiconWord, Matter, MergeRule, SourceCode

JUNK = re.compile(r"^$|A-TB|通報110|^佔$")
"""What operators typed by mistake where a subcategory belongs."""


def rows(table: Table[Any]) -> list[Any]:
    """Rows read with the csv module and validated by the model, independently of the loader."""
    with (BASE / table.file).open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    cells = [{name: cell.split(SEPARATOR) if name in table.lists else cell for name, cell in line.items() if cell} for line in lines]
    return TypeAdapter(list[table.model]).validate_python(cells)  # type: ignore[name-defined]  # the model is the table's


def matters() -> dict[str, Matter]:
    return {matter.code: matter for matter in rows(MATTERS)}


def test_lexicon_covers_every_matter_but_the_one_for_the_rest() -> None:
    words: list[LexiconWord] = rows(LEXICON)
    assert {word.matter for word in words if word.matter} == matters().keys() - {"1999"}
    assert all(word.matter or word.intent for word in words)


def test_words_are_plain_and_stand_once() -> None:
    words: list[LexiconWord] = rows(LEXICON)
    assert [word.word for word in words if plain(word.word) != word.word] == []
    for_matters = [word.word for word in words if word.matter]
    assert len(for_matters) == len(set(for_matters))


def test_gates_are_of_known_matters_and_seal_or_raise() -> None:
    gates: list[Gate] = rows(GATES)
    known = matters()
    assert len({gate.gate for gate in gates}) == len(gates)
    for gate in gates:
        assert not gate.matter or gate.matter in known, gate.gate
        assert all(pattern == "*" or any(code.startswith(pattern.rstrip("*")) for code in known) for pattern in gate.matters), gate.gate
        assert gate.basis, gate.gate
        if gate.effect == "seal":
            assert gate.matter == "1901", gate.gate
        else:
            assert gate.urgency in (Urgency.U1, Urgency.U2), gate.gate
        assert (gate.effect == "emergency") >= bool(gate.matter and gate.effect != "seal"), gate.gate


def test_every_word_of_a_gate_can_open_it() -> None:
    gates: list[Gate] = rows(GATES)
    assert [(g.gate, a, u) for g in gates for a in g.any_of for u in g.unless if u in a] == []


def test_source_codes_lead_to_known_matters_and_stand_once() -> None:
    codes: list[SourceCode] = rows(SOURCE_CODES)
    assert {code.matter for code in codes} <= matters().keys()
    keys = [(code.standard, plain(code.code)) for code in codes]
    doubled = {key: {c.matter for c in codes if (c.standard, plain(c.code)) == key} for key in keys if keys.count(key) > 1}
    assert {key: matter for key, matter in doubled.items() if len(matter) > 1} == {}


def test_the_hotlines_own_catalogue_names_every_matter_once() -> None:
    named = [code.matter for code in rows(SOURCE_CODES) if code.standard == "hotline12345"]
    assert sorted(named) == sorted(matters())


def test_every_category_of_110_has_a_matter_and_says_what_the_caller_wants() -> None:
    codes: list[SourceCode] = [code for code in rows(SOURCE_CODES) if code.standard == "police110"]
    assert len(codes) > 100
    assert [code.code for code in codes if code.intent is None or code.code.count("/") != 1] == []
    recurrent = ("挪车", "噪声", "邻里", "物业", "消费", "劳资", "开锁", "走失宠物", "停水", "停电", "咨询")  # domain §1.2
    assert [word for word in recurrent if not any(word in code.code for code in codes)] == []


def test_every_part_and_event_type_of_city_management_has_a_matter(shared: Path) -> None:
    mapped = {code.code for code in rows(SOURCE_CODES) if code.standard == "gb30428"}
    with (shared / "domain" / "cityops_codes.csv").open(encoding="utf-8-sig", newline="") as file:
        types = list(csv.DictReader(file))
    assert len(types) == 158
    assert {line["proposed_code"] for line in types} <= mapped


def test_every_subcategory_of_the_real_stream_has_a_matter(shared: Path) -> None:
    mapped = {code.code for code in rows(SOURCE_CODES) if code.standard == "tainan-1999"}
    with gzip.open(shared / "data" / "tainan_hotline" / "changelog_2016_2018.csv.gz", "rt", encoding="utf-8-sig") as file:
        met = {line["subcategory"] for line in csv.DictReader(file)}
    assert sorted(name for name in met - mapped if not JUNK.search(name)) == []


def _rule(code: str) -> MergeRule:
    rules: dict[str, MergeRule] = {rule.matter: rule for rule in rows(MERGE_RULES)}
    return rules.get(code) or rules.get(f"{code[:2]}*") or rules["*"]


def test_every_matter_has_a_merge_rule_whose_span_holds_its_window() -> None:
    for code in matters():
        rule = _rule(code)
        assert rule.span_hours >= rule.window_hours, code
        assert rule.basis.startswith("[proposal]"), code
        assert rule.merges == (rule.radius_m > 0) == (rule.window_hours > 0), code


@pytest.mark.parametrize(
    "code", ["1901", "1904", "1906", "1999", "1305", "1611", "1108", "1608", "1609", "0705", "0706", "0709", "1201", "1401", "1701", "0507", "0306"]
)
def test_person_bound_sealed_and_rescue_matters_never_merge(code: str) -> None:
    assert not _rule(code).merges


@pytest.mark.parametrize("code", ["0101", "0203", "0204", "0701", "0802", "0805", "0303", "1105"])
def test_matters_of_a_place_merge(code: str) -> None:
    assert _rule(code).merges
