from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reference.duties import Span, gaps
from reference.load import check, load
from reference.problem import Problem, broken
from schemas.errors import BrokenReference, NotFound
from schemas.vocabulary import Force, Urgency

if TYPE_CHECKING:
    from pathlib import Path

Small = Any  # SmallPack of conftest.py, which tests do not import
SquareAt = Callable[..., dict[str, Any]]


def problems(small: Small) -> list[str]:
    return [str(problem) for problem in check(small.folder, base=small.base)]


def only_problem(small: Small) -> str:
    found = problems(small)
    assert len(found) == 1, found
    return found[0]


def test_a_pack_loads_with_the_rows_of_the_base(small: Small) -> None:
    reference = load(small.folder, base=small.base)
    assert reference.title == "小区"
    assert set(reference.units) == {"desk", "chengguan", "jiwei", "ranqi", "east"}
    assert reference.matters["0101"].forces == (Force.ENFORCEMENT, Force.REPAIR)
    assert reference.matters["1901"].urgency is Urgency.SEALED
    assert [grid.code for grid in reference.grids] == ["9901001001001", "9901001002001"]
    assert reference.grids[0].neighbours == ("9901001002001",)
    assert shapely.contains_xy(reference.polygons[1], 118.615, 32.005)
    assert [day.day.day for day in reference.calendar] == [14, 16]


def test_the_most_specific_merge_rule_of_each_matter_wins(small: Small) -> None:
    rules = load(small.folder, base=small.base).merge_rules
    assert {code: rule.matter for code, rule in rules.items()} == {"0101": "*", "0203": "0203", "0809": "*", "1901": "1901", "1999": "*"}


def test_a_row_of_the_pack_replaces_the_base_row_with_its_key(small: Small) -> None:
    small.add("units.csv", "chengguan,东区城管局,department,*")
    units = load(small.folder, base=small.base).units
    assert units["chengguan"].name == "东区城管局"
    assert units["chengguan"].aliases == ()


def test_a_byte_order_mark_blank_lines_and_line_breaks_in_cells_are_fine(small: Small) -> None:
    path = small.folder / "units.csv"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes() + b'\r\n,,,\r\nx1, "X" ,nonsense,*\r\n')
    assert "small/units.csv:5 kind: value 'nonsense'" in only_problem(small)


def test_the_row_number_is_the_line_in_the_file_even_after_cells_with_line_breaks(small: Small) -> None:
    (small.folder / "duties.csv").write_text(
        'duty,matter,unit,valid_from,basis\na,0101,chengguan,2019-01-01,"two\nlines"\nb,0999,chengguan,2020-01-01,x\n', "utf-8"
    )
    assert any(line.startswith("small/duties.csv:4 matter: value '0999' fits no matter") for line in problems(small))


@pytest.mark.parametrize(
    ("file", "old", "new", "in_base", "expected"),
    [
        (
            "units.csv",
            "department,,,城管",
            "bureau,,,城管",
            True,
            "base/units.csv:3 kind: value 'bureau' is not one of the words known here; allowed: 'department', 'street'",
        ),
        (
            "matters.csv",
            "chengguan,@street,U3",
            "chengwan,@street,U3",
            True,
            "base/matters.csv:2 lead: value 'chengwan' is not a unit; allowed: @community, @owner, @street, chengguan",
        ),
        ("matters.csv", "2ewh", "2hours", True, "base/matters.csv:3 limit: value '2hours' is no limit"),
        ("matters.csv", "0809,露天焚烧,08", "0809,露天焚烧,07", True, "base/matters.csv:4 group: value '07' is not the group of 0809; allowed: 08"),
        ("matters.csv", "1999,其他未分类,19", "1998,其他未分类,19", True, "matters.csv code: value '1999' is missing"),
        (
            "areas.csv",
            "甲社区,community,9901001",
            "甲社区,community,9901",
            False,
            "small/areas.csv:4 parent: value '9901' is not the code of a street, in which a community lies; allowed: 9901001",
        ),
        ("areas.csv", "street,9901", "street,9902", False, "small/areas.csv:3 parent: value '9902' is not the code of a district"),
        ("areas.csv", "小区,district,", "小区,district,9901001", False, "small/areas.csv:2 parent: value '9901001' stands above a district"),
        ("responders.csv", "9901001001001,day", "9901001001001,noon", False, "small/responders.csv:2 shift: value 'noon' is not a shift; allowed: day"),
        ("responders.csv", "9901001001001", "42", False, "small/responders.csv:2 grid: value '42' is not the code of a grid"),
        ("responders.csv", "grid,east", "grid,west", False, "small/responders.csv:2 unit: value 'west' is not a unit"),
        ("units.csv", "street,9901001", "street,9901009", False, "small/units.csv:2 area: value '9901009' is not the code of an area, or *"),
        ("pack.yaml", "'9901'", "'9902'", False, "small/pack.yaml district: value '9902' is not the code of a district in areas.csv; allowed: 9901"),
        ("pack.yaml", "since", "time_zone: Asia/Shangri-La\nsince", False, "small/pack.yaml time_zone: value 'Asia/Shangri-La' is not valid: no time zone"),
        ("merge_rules.csv", "*,true,150", "01*,true,150", True, "merge_rules.csv matter: value '0809' has no rule; allowed: a rule for 0809, 08* or *"),
        ("merge_rules.csv", "0203,true", "0204,true", True, "base/merge_rules.csv:4 matter: value '0204' fits no matter"),
        ("deadlines.csv", "sign-any,sign,", "sign-any,close,", True, "urgency: value 'U2' has no rule for the milestone sign"),
        (
            "duties.csv",
            "D-0101,0101,*,*,chengguan",
            "D-0101,0101,*,*,@street",
            True,
            "base/duties.csv:2 unit: value '@street' is a unit of the street or community, but departments must handle 0101",
        ),
        ("duties.csv", "D-0101,0101,*,*,chengguan", "D-0101,0101,*,*,east", True, "base/duties.csv:2 unit: value 'east' is a unit of the street or community"),
        (
            "duties.csv",
            "2023-02-28",
            "2023-03-01",
            True,
            "base/duties.csv:6 duty: value 'D-0809-b' ties with duty D-0809-a: same matter 0809, area * and owner from 2023-03-01 to 2023-03-01",
        ),
        ("duties.csv", "2023-02-28", "2023-02-27", True, "duties.csv matter: value '0809' (露天焚烧) has no duty from 2023-02-28 to 2023-02-28"),
        ("duties.csv", "2023-02-28", "2019-02-28", True, "base/duties.csv:5 valid_to: value '2019-02-28' is before valid_from 2020-01-01"),
        ("duties.csv", "D-1999,1999,*,*,desk,,2020-01-01,,", "D-1999,1999,*,*,desk,,2020-01-01,2030-12-31,", True, "has no duty from 2031-01-01 on"),
        ("duties.csv", "D-0203,0203,*,*,chengguan", "D-0203,0203,*,ranqi,ranqi", True, "value '0203' (井盖缺失) has no duty from 2020-01-01 on"),
        ("duties.csv", "D-0203,0203,*", "D-0203,0203,77", True, "base/duties.csv:4 area: value '77' is not the code of an area, or *"),
        ("duties.csv", "D-1901,", "D-1999,", True, "base/duties.csv:8 duty: value 'D-1999' stands already in line 7"),
        ("calendar.csv", "2026-02-14,true", "14.2.2026,true", True, "base/calendar.csv:3 day: value '14.2.2026' is not valid"),
        ("shifts.csv", "1234567", "Mo-Fr", True, "base/shifts.csv:2 days: value 'Mo-Fr' does not have the form of this field; allowed: what matches"),
    ],
)
def test_a_broken_row_is_named_with_file_row_field_value_and_what_is_allowed(small: Small, file: str, old: str, new: str, in_base: bool, expected: str) -> None:
    small.change(file, old, new, in_base=in_base)
    found = problems(small)
    assert any(expected in line for line in found), found


def test_there_is_exactly_one_desk(small: Small) -> None:
    small.add("units.csv", "desk2,二台,desk,*")
    assert "units.csv kind: value 'desk' is the kind of 2 units (desk, desk2); allowed: exactly one" in only_problem(small)


def test_what_is_sealed_goes_to_one_unit_whatever_the_place(small: Small) -> None:
    small.change("matters.csv", "department,jiwei", "department,@street", in_base=True)
    assert "base/matters.csv:5 lead: value '@street' depends on the place" in only_problem(small)


def test_a_slip_in_one_row_is_not_reported_again_by_every_row_that_refers_to_it(small: Small) -> None:
    small.change("units.csv", "东街道办事处,street", "东街道办事处,steet")
    assert "small/units.csv:2 kind: value 'steet'" in only_problem(small)


def test_a_unit_above_itself_is_a_circle(small: Small) -> None:
    small.change("units.csv", "chengguan,城管局,department,,,", "chengguan,城管局,department,,ranqi,", in_base=True)
    small.change("units.csv", "ranqi,燃气企业,company,,,", "ranqi,燃气企业,company,,chengguan,", in_base=True)
    assert [line.split(": ")[1] for line in problems(small)] == [
        "value 'ranqi' leads in a circle back to chengguan; allowed",
        "value 'chengguan' leads in a circle back to ranqi; allowed",
    ]


def test_a_group_rule_that_leads_to_the_street_is_fine_where_codes_decide_before_it(small: Small) -> None:
    small.add("duties.csv", "D-08,08*,*,*,@street,,2020-01-01,,list", in_base=True)
    small.add("duties.csv", "D-01,01*,*,*,@street,,2020-01-01,,list", in_base=True)
    assert problems(small) == []
    small.change("duties.csv", "D-0101,0101,*,*,chengguan,@street,2020-01-01,,", "D-0101,0101,*,*,chengguan,@street,2020-01-01,2024-12-31,", in_base=True)
    assert "base/duties.csv:10 unit: value '@street' is a unit of the street or community, but departments must handle 0101" in only_problem(small)


def test_an_owner_rule_and_a_general_rule_do_not_tie_but_two_owner_rules_do(small: Small) -> None:
    small.add("duties.csv", "D-0203-gas,0203,*,ranqi,ranqi,,2020-01-01,,list", in_base=True)
    assert problems(small) == []
    small.add("duties.csv", "D-0203-gas2,0203,*,ranqi,@owner,,2021-01-01,,list", in_base=True)
    assert "value 'D-0203-gas2' ties with duty D-0203-gas: same matter 0203, area * and owner from 2021-01-01 on" in only_problem(small)


def test_duties_to_the_street_want_exactly_one_unit_a_street(small: Small) -> None:
    small.add("units.csv", "east2,东街道二处,street,9901001")
    assert "small/areas.csv:3 code: value '9901001' has 2 units of the kind street (east, east2)" in only_problem(small)


def test_one_code_may_mean_another_grid_later_but_not_on_the_same_day(small: Small, square_at: SquareAt) -> None:
    one, two = square_at("9901001001001", 118.60, valid_to="2022-12-31"), square_at("9901001001001", 118.62, valid_from="2023-01-01")
    small.grids(one, two)
    assert problems(small) == []
    one["properties"]["valid_to"] = "2023-01-01"
    small.grids(one, two)
    assert "small/grids.geojson:2 valid_from: value '2023-01-01' overlaps the validity of grid 9901001001001 in feature 1" in only_problem(small)


def test_grids_must_lie_in_known_communities_and_be_valid_polygons(small: Small, square_at: SquareAt) -> None:
    lost = square_at("9901001001001", 118.60)
    lost["properties"]["community"] = "9901001"
    crossed = square_at("9901001001002", 118.62)
    crossed["geometry"]["coordinates"] = [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]
    planar = square_at("9901001001003", 118.62)
    planar["geometry"]["coordinates"] = [[[669000, 0], [669001, 0], [669001, 1], [669000, 0]]]
    point = square_at("9901001001004", 118.62)
    point["geometry"] = {"type": "Point", "coordinates": [118, 32]}
    small.grids(lost, crossed, planar, point)
    small.change("responders.csv", "9901001001001", "")
    found = problems(small)
    assert len(found) == 4
    assert "small/grids.geojson:1 community: value '9901001' is not the code of a community" in found[0]
    assert "small/grids.geojson:2 geometry: crosses or touches itself: Self-intersection" in found[1]
    assert "small/grids.geojson:3 geometry: lies outside the world" in found[2]
    assert "small/grids.geojson:4 geometry: is no polygon" in found[3]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'{"features": []}',
        b'{"features": [1]}',
        b'{"features": [{"properties": {}, "geometry": null}]}',
        b"\xff\xfe",
        b'{"features": [{"properties": {}, "geometry": {}}]}',
    ],
)
def test_a_file_of_grids_that_is_none_is_a_problem_and_no_crash(small: Small, content: bytes) -> None:
    (small.folder / "grids.geojson").write_bytes(content)
    assert any("small/grids.geojson" in line for line in problems(small))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"unit,name,kind\n\xff\xfe", "small/units.csv:2: is not UTF-8 (byte 15)"),
        (b"unit,nom,kind\n", "small/units.csv:1 nom: is no column of this table; allowed: unit, name, kind"),
        (b"unit,name,kind\n", "has 0 units of the kind street"),
        (b"unit,name,kind,kind\n", "small/units.csv:1 kind: stands twice in the header"),
        (b"unit,name\n", "small/units.csv:1 kind: is a column that the header lacks"),
        (b"unit,name,kind\na,b\n", "small/units.csv:2: has 2 cells; allowed: 3 cells, as the header has"),
        (b"unit,name,kind\na,,street\n", "small/units.csv:2 name: is empty or missing"),
        (b'unit,name,kind\na,"b" c,street\n', "small/units.csv:2: is not CSV that can be read"),
        (b'unit,name,kind\na,"b,street\n', "small/units.csv:2: is not CSV that can be read"),
        (b"", "small/units.csv:1 kind: is a column that the header lacks"),
        (b"unit,name,kind\na,b\x00,street\n", "small/units.csv:2"),
    ],
)
def test_a_csv_file_in_the_wrong_form_is_named_with_its_line(small: Small, content: bytes, expected: str) -> None:
    (small.folder / "units.csv").write_bytes(content)
    found = problems(small)
    assert any(expected in line for line in found), found


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("name: [", "is not YAML"),
        ("since: 2020-13-01", "is not YAML that can be read: month must be in 1..12"),
        ("[" * 5_000, "is not YAML"),
        ("- a", "is not a list of"),
        ("name: Big City\ntitle: x\ndistrict: '9901'", "name: value 'Big City'"),
        ("name: a", "district: is empty or missing"),
    ],
)
def test_a_manifest_that_cannot_be_used_is_named(small: Small, content: str, expected: str) -> None:
    (small.folder / "pack.yaml").write_text(content, "utf-8")
    assert any(line.startswith("small/pack.yaml") and expected in line for line in problems(small))


def test_a_required_table_that_is_nowhere_is_named_with_its_columns(small: Small) -> None:
    (small.base / "merge_rules.csv").unlink()
    assert (
        only_problem(small)
        == "small/merge_rules.csv: is missing or has no rows; allowed: a table with these columns: matter, merges, radius_m, window_hours, span_hours, basis"
    )


def test_a_table_under_a_name_of_its_own_is_not_left_out_without_a_word(small: Small) -> None:
    (small.folder / "unit.csv").write_text("unit,name,kind\n", "utf-8")
    assert only_problem(small).startswith("small/unit.csv: is no file of a pack and would not be read; allowed: addresses.csv, areas.csv")


def test_a_table_that_is_a_folder_cannot_be_read(small: Small) -> None:
    (small.folder / "addresses.csv").mkdir()
    assert only_problem(small).startswith("small/addresses.csv: cannot be read")


def test_a_folder_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"a reference pack is a folder with pack\.yaml"):
        load(tmp_path / "nowhere")


def test_all_problems_come_in_one_error_fifty_are_written_out(small: Small) -> None:
    for number in range(60):
        small.add("responders.csv", f"r{number},网格员,grid,east,,noon,true")
    with pytest.raises(BrokenReference) as caught:
        load(small.folder, base=small.base)
    assert caught.value.where == "small/responders.csv:3 shift"
    assert "has 60 problems" in caught.value.detail
    assert caught.value.detail.count("is not a shift") == 50
    assert caught.value.detail.endswith("… and 10 more")


def test_a_problem_without_value_or_row_reads_well() -> None:
    problem = Problem("p/pack.yaml", 0, "", "", "is missing", "a file")
    assert str(broken([problem], "p")).splitlines()[-1] == "  p/pack.yaml: is missing; allowed: a file"


def test_the_hash_is_that_of_the_content_and_changes_with_every_file(small: Small) -> None:
    before = load(small.folder, base=small.base).hash
    assert load(small.folder, base=small.base).hash == before
    seen = {before}
    for file, old, new in (("responders.csv", "网格员", "网格长"), ("pack.yaml", "小区", "大区"), ("areas.csv", "东街道", "西街道")):
        small.change(file, old, new)
        seen.add(load(small.folder, base=small.base).hash)
    content = json.loads((small.folder / "grids.geojson").read_text("utf-8"))
    content["features"][0]["properties"]["name"] = "x"
    (small.folder / "grids.geojson").write_text(json.dumps(content), "utf-8")
    seen.add(load(small.folder, base=small.base).hash)
    small.change("calendar.csv", "春节调休", "调休", in_base=True)
    seen.add(load(small.folder, base=small.base).hash)
    assert len(seen) == 6


_DAYS = st.dates(date(2020, 1, 1), date(2020, 3, 1))


@given(st.lists(st.tuples(_DAYS, _DAYS | st.just(date.max))), _DAYS)
def test_gaps_are_exactly_the_days_that_no_span_covers(ends: list[tuple[date, date]], since: date) -> None:
    spans = [Span(min(pair), max(pair)) for pair in ends]
    missing = gaps(spans, since)
    for ordinal in range(date(2020, 1, 1).toordinal(), date(2020, 4, 1).toordinal()):
        day = date.fromordinal(ordinal)
        covered = any(span.start <= day <= span.end for span in spans)
        assert any(gap.start <= day <= gap.end for gap in missing) == (day >= since and not covered)


_NOISE = st.sampled_from(
    [b"", b"\xff", b'"', b",", b"\n", b"\x00", b"|", b"*", b"@street", b"9999", b"-1e999", b"[", b"{", b"null", b"&a *a", b"!!python/none x", b"2020-13-01"]
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_happens_to_a_byte_of_a_pack_is_a_problem_or_nothing_but_no_crash(small: Small, data: st.DataObject) -> None:
    files = sorted(small.folder.iterdir()) + sorted(small.base.iterdir())
    path = data.draw(st.sampled_from(files), label="file")
    before = path.read_bytes()
    at = data.draw(st.integers(0, len(before)), label="at")
    cut = data.draw(st.integers(0, 20), label="cut")
    try:
        path.write_bytes(before[:at] + data.draw(_NOISE, label="noise") + before[at + cut :])
        for problem in check(small.folder, base=small.base):
            assert str(problem).startswith(("small/", "base/"))
    finally:
        path.write_bytes(before)
