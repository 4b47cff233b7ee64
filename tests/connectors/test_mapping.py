from __future__ import annotations

from pathlib import Path

import pytest

from connectors.mapping import Mapping, load_mapping, mapping_from, shipped
from schemas.errors import BrokenMapping
from schemas.report import Report

MINIMAL = "name: mine\nfields:\n  source_id: {column: id}\n  reported_at: {column: at}\n"


def loaded(tmp_path: Path, text: str) -> Mapping:
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    return load_mapping(str(path))


def test_every_shipped_mapping_loads_under_its_own_name() -> None:
    assert {"tainan-1999", "example-csv"} <= set(shipped())
    for name in shipped():
        assert load_mapping(name).name == name


def test_a_mapping_knows_every_field_of_a_report_but_those_that_no_column_can_give() -> None:
    assert set(type(load_mapping("tainan-1999").fields).model_fields) == set(Report.model_fields) - {"source", "extra", "call", "reporter"}


def test_what_must_be_in_the_file_is_known() -> None:
    columns = load_mapping("tainan-1999").columns()
    assert columns["id"]
    assert not columns["lat"]


def test_a_minimal_mapping_is_enough(tmp_path: Path) -> None:
    assert set(loaded(tmp_path, MINIMAL).columns()) == {"id", "at"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "a list of keys"),
        ("- 1", "a list of keys"),
        ("name: [", "no YAML"),
        ("\x07", "no YAML"),
        ("a: " + "[" * 5_000, "no YAML"),
        (MINIMAL + "colour: red\n", "colour is no key that we know; allowed: name, description"),
        (MINIMAL + "  colour: {column: c}\n", "fields.colour is no key that we know; allowed: source_id"),
        (MINIMAL.replace("{column: at}", "{column: at, zon: UTC}"), "fields.reported_at.zon is no key"),
        ("name: mine\nfields: {source_id: {column: id}}\n", "fields.reported_at is missing"),
        (MINIMAL.replace("mine", "My Mapping"), "name: "),
        (MINIMAL.replace("{column: id}", "{column: id, constant: x}"), "exactly one of column, columns, constant"),
        (MINIMAL.replace("{column: at}", "{column: at, format: seconds}"), "none of iso, unix, unix-ms"),
        (MINIMAL + "time: {zone: Asia/Atlantis}\n", "time.zone: is no time zone"),
        (MINIMAL + "time: {zone: ../../etc/passwd}\n", "time.zone: is no time zone"),
        (MINIMAL + "  operation: {column: op, values: {x: remove}}\n", "operation: 'remove' is not allowed; allowed: set, withdraw"),
        (MINIMAL + "  intent: {column: i, default: asking}\n", "intent: 'asking' is not allowed; allowed: INQ"),
        (MINIMAL + "  lng: {column: x}\n  lat: {column: y}\n", "crs must be declared"),
        (MINIMAL + "  lng: {column: x}\n  crs: {constant: wgs84}\n", "lng and lat come together"),
        (MINIMAL + "  code: {column: x}\n", "code wants code_standard"),
        (MINIMAL + "  text: {column: a}\n  text: {column: b}\n", "'text' is there twice"),
        (MINIMAL + "extra: [来电人姓名]\n", "looks like a person's name"),
        (MINIMAL + "  order_key: {column: v}\n", "fields.order_key.kind is missing"),
    ],
)
def test_a_broken_mapping_says_where_and_what_is_allowed(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(BrokenMapping) as error:
        loaded(tmp_path, text)
    assert said in error.value.detail
    assert error.value.where.endswith("mine.yaml")


def test_words_that_yaml_reads_otherwise_stay_what_they_look_like(tmp_path: Path) -> None:
    path = tmp_path / "m.yaml"
    path.write_text(MINIMAL + "  operation: {column: op, values: {yes: set, 0: withdraw, 1.0: set, null: withdraw, +: set}}\n")
    operation = load_mapping(str(path)).fields.operation
    assert operation is not None
    assert list(operation.values) == ["yes", "0", "1.0", "null", "+"]


@pytest.mark.parametrize("name", ["unknown", "../mapping", "", "a/b", "missing.yaml"])
def test_a_mapping_that_is_not_there_is_refused(name: str) -> None:
    with pytest.raises(BrokenMapping):
        load_mapping(name)
    with pytest.raises(BrokenMapping):
        mapping_from(None, "here")
