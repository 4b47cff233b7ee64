from __future__ import annotations

from datetime import UTC, datetime

import pytest

from connectors.compiled import Compiled, compiled
from connectors.mapping import load_mapping, mapping_from
from schemas.errors import InvalidField, UnreadableFile
from schemas.report import Report, order_key
from schemas.vocabulary import Crs, Intent, Operation, Source, Urgency

NOW = datetime(2026, 1, 1, tzinfo=UTC)
TAINAN = ["seq", "commit_ts", "op", "id", "created", "district", "category", "subcategory", "description", "address", "lat", "lng"]
ROW = ["7", "1452105631", "+", "UN1", "2015-04-15 00:22:00", "永康區", "噪音舉發", "妨害安寧", "  吵 ", "永大路 ", "23.002758", "120.26048"]


def tainan(row: list[str], columns: list[str] = TAINAN) -> Report:
    return compiled(load_mapping("tainan-1999"), columns, Source.HOTLINE12345, now=NOW, where="f").to_report(row)


def mapped(fields: dict[str, object], columns: list[str], **more: object) -> Compiled:
    mapping = mapping_from({"name": "m", "fields": {"source_id": {"column": "id"}, "reported_at": {"column": "at"}, **fields}, **more}, "m")
    return compiled(mapping, columns, Source.DEPARTMENT, now=NOW, where="f")


def test_a_line_of_the_real_stream_becomes_a_report() -> None:
    assert tainan(ROW) == Report(
        source=Source.HOTLINE12345,
        source_id="UN1",
        operation=Operation.SET,
        order_key=order_key(7),
        reported_at=datetime(2015, 4, 14, 16, 22, tzinfo=UTC),
        arrived_at=datetime(2016, 1, 6, 18, 40, 31, tzinfo=UTC),
        text="吵",
        address="永大路",
        area_hint="永康區",
        lng=120.26048,
        lat=23.002758,
        crs=Crs.WGS84,
        code_standard="tainan-1999",
        code="噪音舉發/妨害安寧",
    )


def changed(**cells: str) -> list[str]:
    return [cells.get(column, cell) for column, cell in zip(TAINAN, ROW, strict=True)]


def test_a_minus_withdraws_and_keeps_when_it_was_said() -> None:
    report = tainan(changed(op="-"))
    assert report.operation is Operation.WITHDRAW
    assert report.reported_at == datetime(2015, 4, 14, 16, 22, tzinfo=UTC)


def test_columns_may_stand_in_any_order_and_optional_ones_be_missing() -> None:
    keep = [n for n, column in enumerate(TAINAN) if column not in ("lat", "lng", "address")][::-1]
    found = compiled(load_mapping("tainan-1999"), ["new", *(TAINAN[n] for n in keep)], Source.HOTLINE12345, now=NOW, where="f")
    assert found.to_report(["?", *(ROW[n] for n in keep)]) == tainan(ROW).model_copy(update={"lng": None, "lat": None, "address": ""})
    assert found.said[:3] == [
        "column address of the mapping is not in the file",
        "column lng of the mapping is not in the file",
        "column lat of the mapping is not in the file",
    ]
    assert "columns dropped, because the mapping does not name them: new" in found.said


def test_blank_levels_of_a_code_keep_their_place() -> None:
    assert tainan(changed(category="")).code == "/妨害安寧"
    assert tainan(changed(subcategory="")).code == "噪音舉發/"
    assert tainan(changed(category="", subcategory=" ")).code == ""


def test_what_cannot_be_printed_becomes_a_space_in_labels_and_refuses_ids() -> None:
    report = tainan(changed(district="永康\u3000區\u200b", category="噪音\r\n舉發"))
    assert (report.area_hint, report.code) == ("永康 區", "噪音 舉發/妨害安寧")
    with pytest.raises(InvalidField, match="cannot be printed"):
        tainan(changed(id="UN\u200b1"))


@pytest.mark.parametrize(
    ("cells", "where", "said"),
    [
        ({"id": " "}, "id", "source_id is blank"),
        ({"created": ""}, "created", "reported_at is blank"),
        ({"op": ""}, "op", "operation is blank"),
        ({"seq": ""}, "seq", "order_key is blank"),
        ({"op": "!"}, "op", "operation: '!' is not allowed; allowed: +, -"),
        ({"lat": "north"}, "lat", "lat: 'north' is not a number"),
        ({"created": "2199-01-01 00:00:00"}, "created", "more than a day ahead"),
        ({"created": "2999-01-01 00:00:00"}, "created", "reported_at: the year 2999 cannot be"),
        ({"id": "x" * 201}, "id", "source_id: String should have at most 200 characters"),
        ({"description": "x" * 20_001}, "description", "text: String should have at most 20000 characters"),
        ({"description": "a\x00b"}, "description", "NUL"),
    ],
)
def test_a_value_that_is_not_allowed_names_field_column_and_what_is(cells: dict[str, str], where: str, said: str) -> None:
    with pytest.raises(InvalidField) as error:
        tainan(changed(**cells))
    assert error.value.where == where
    assert said in error.value.detail


def test_what_people_wrote_is_never_quoted_in_a_refusal() -> None:
    with pytest.raises(InvalidField) as error:
        tainan(changed(description="secret\x00" * 3_000))
    assert "secret" not in error.value.detail


def test_missing_columns_are_named_beside_those_that_are_there() -> None:
    with pytest.raises(UnreadableFile, match=r"needs the columns id, commit_ts, .*The file has: 'seq'"):
        tainan([], ["seq", "op", "created", "description"])


def test_a_column_that_is_read_may_not_be_there_twice() -> None:
    with pytest.raises(UnreadableFile, match="names id more than once"):
        tainan([], [*TAINAN, "id"])
    assert tainan([*ROW, "x", "y"], [*TAINAN, "other", "other"]).source_id == "UN1"


def test_words_of_the_source_become_ours() -> None:
    found = mapped(
        {
            "intent": {"column": "i", "values": {"投诉": "COMP"}, "default": "OTHR"},
            "urgency_hint": {"column": "u"},
            "persons": {"column": "n"},
            "attachments": {"column": "f"},
        },
        ["id", "at", "i", "u", "n", "f"],
    ).to_report
    report = found(["1", "2015-04-15", "投诉", "U1", "14.0", "a.jpg; b.jpg;;"])
    assert (report.intent, report.urgency_hint, report.persons, report.attachments) == (Intent.COMPLAINT, Urgency.U1, 14, ("a.jpg", "b.jpg"))
    report = found(["1", "2015-04-15", "??", "", "", ""])
    assert (report.intent, report.urgency_hint, report.persons, report.attachments) == (Intent.OTHER, None, None, ())
    with pytest.raises(InvalidField, match="'now' is not allowed"):
        found(["1", "2015-04-15", "", "now", "", ""])


def test_points_are_never_guessed_at() -> None:
    fields: dict[str, object] = {"lng": {"column": "x"}, "lat": {"column": "y"}, "crs": {"column": "c", "values": {"高德": "gcj02"}}}
    found = mapped(fields, ["id", "at", "x", "y", "c"]).to_report
    assert found(["1", "2015-04-15", "118", "32", "高德"]).crs is Crs.GCJ02
    assert found(["1", "2015-04-15", "", "", ""]).lng is None
    with pytest.raises(InvalidField, match="never guessed"):
        found(["1", "2015-04-15", "118", "32", ""])


def test_columns_that_are_not_named_are_dropped_and_extra_ones_kept() -> None:
    found = mapped({}, ["id", "at", "渠道", "电话"], extra=["渠道", "没有"], blank=["无"])
    assert found.to_report(["1", "2015-04-15", "微博", "138"]).extra == {"渠道": "微博"}
    assert found.to_report(["1", "2015-04-15", "无", "138"]).extra == {}
    assert found.said == ["column 没有 of the mapping is not in the file", "columns dropped, because the mapping does not name them: 电话"]


def test_an_update_time_orders_and_a_constant_stands_for_a_column() -> None:
    found = mapped(
        {"order_key": {"column": "v", "kind": "instant"}, "operation": {"constant": "withdraw"}, "text": {"columns": ["a", "b"], "join": "："}},
        ["id", "at", "v", "a", "b"],
    )
    report = found.to_report(["1", "2015-04-15", "2015-04-16 08:00:00", "标题", "正文"])
    assert (report.order_key, report.operation, report.text) == ("2015-04-16T00:00:00.000000Z", Operation.WITHDRAW, "标题：正文")
