from __future__ import annotations

import csv
import gzip
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.intake.classify import Classified, Classifier
from pipeline.intake.plain import plain
from schemas.centre import Gate, LexiconWord, SourceCode
from schemas.errors import BrokenReference
from schemas.report import Report
from schemas.vocabulary import Intent, Source, Urgency

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from reference.pack import Reference

NOON = datetime(2024, 5, 6, 4, 0, tzinfo=UTC)
"""Noon in Shanghai."""
MIDNIGHT = datetime(2024, 5, 6, 16, 0, tzinfo=UTC)


def report(text: str = "", **fields: Any) -> Report:
    return Report(**{"source": Source.HOTLINE12345, "source_id": "1", "reported_at": NOON, "text": text, **fields})


@pytest.fixture(scope="session")
def classifier(base: Reference) -> Classifier:
    return Classifier(base)


@pytest.fixture(scope="session")
def say(classifier: Classifier) -> Callable[..., Classified]:
    def classify(text: str, **fields: Any) -> Classified:
        return classifier.classify(report(text, **fields), plain(text))

    return classify


# --- the matter: order of trust


def test_the_sources_code_goes_before_the_words(say: Callable[..., Classified]) -> None:
    decided = say("路燈不亮", code_standard="tainan-1999", code="違規停車/違規停車")
    assert decided.matter == "0701"
    assert decided.why["matter"].rule == "source_codes/tainan-1999/違規停車/違規停車"
    assert [other.choice for other in decided.why["matter"].runners_up] == ["0204"]


@pytest.mark.parametrize(
    ("code", "matter", "row"),
    [
        ("髒亂及汙染/空氣汙染", "0805", "髒亂及汙染/空氣汙染"),
        ("不知道的/路面坑洞", "0201", "路面坑洞"),
        ("路燈故障/不知道的", "0204", "路燈故障"),
        ("不知道的/更不知道的", "1999", ""),
        ("髒亂及污染/空氣污染", "0805", ""),
        ("", "1999", ""),
    ],
)
def test_a_code_is_looked_up_whole_then_by_its_most_specific_level(say: Callable[..., Classified], code: str, matter: str, row: str) -> None:
    decided = say("", code_standard="tainan-1999", code=code)
    assert decided.matter == matter
    assert not row or decided.why["matter"].rule == f"source_codes/tainan-1999/{row}"


def test_a_code_of_another_standard_says_nothing(say: Callable[..., Classified]) -> None:
    assert say("", code_standard="gb30428", code="違規停車").matter == "1999"


def test_a_code_that_means_other_leaves_the_decision_to_the_words(say: Callable[..., Classified]) -> None:
    assert say("路灯不亮", code_standard="gb30428", code="E0602").matter == "0204"


def test_an_emergency_gate_goes_before_the_lexicon_and_after_the_code(say: Callable[..., Classified]) -> None:
    text = "小区门口乱扔垃圾,现在着火了,垃圾桶,垃圾堆积"
    assert say(text).matter == "1105"
    assert say(text).why["matter"].rule == "gates/emergency-fire"
    coded = say(text, code_standard="gb30428", code="E0102")
    assert (coded.matter, coded.urgency) == ("0101", Urgency.U1)
    assert "1105" in [other.choice for other in coded.why["matter"].runners_up]


def test_the_lexicon_names_its_words_and_keeps_the_runners_up(say: Callable[..., Classified]) -> None:
    decided = say("工地夜间施工噪音扰民,还有违规停车")
    assert decided.matter == "0801"
    assert "夜间施工" in decided.why["matter"].because
    others = {other.choice: other.score for other in decided.why["matter"].runners_up}
    assert others["0701"] == pytest.approx(3.0)


def test_words_that_speak_alike_for_two_groups_leave_it_to_the_desk(say: Callable[..., Classified]) -> None:
    decided = say("违停 妨碍安宁")
    assert decided.matter == "1999"
    assert {other.choice for other in decided.why["matter"].runners_up} == {"0701", "0802"}


def test_a_word_that_mostly_names_a_place_does_not_decide(say: Callable[..., Classified]) -> None:
    assert say("人民公园旁边").matter == "1999"
    assert say("人民公园旁边违停").matter == "0701"


def test_without_anything_it_is_for_the_desk(say: Callable[..., Classified]) -> None:
    decided = say("西门路二段12号")
    assert (decided.matter, decided.intent, decided.sealed) == ("1999", Intent.OTHER, False)
    assert decided.why["matter"].rule == "default/1999"


class Guess:
    """A model that says the same of every text, and counts."""

    name = "guess-1"

    def __init__(self, *answer: tuple[str, float]) -> None:
        self.answer = answer
        self.asked = 0

    def predict(self, text_plain: str) -> list[tuple[str, float]]:
        assert text_plain
        self.asked += 1
        return list(self.answer)


def test_a_model_is_asked_only_where_nothing_else_decides(base: Reference) -> None:
    model = Guess(("0603", 0.8), ("0604", 0.1))
    classifier = Classifier(base, model)
    assert classifier.classify(report("违停"), "违停").matter == "0701"
    assert model.asked == 0
    decided = classifier.classify(report("说不清楚"), "说不清楚")
    assert (decided.matter, decided.why["matter"].rule, model.asked) == ("0603", "model/guess-1", 1)
    assert [other.choice for other in decided.why["matter"].runners_up] == ["0604"]


@pytest.mark.parametrize("answer", [(), (("0603", 0.4),), (("9999", 0.9),)])
def test_a_model_that_is_unsure_or_off_the_map_says_nothing(base: Reference, answer: tuple[tuple[str, float], ...]) -> None:
    assert Classifier(base, Guess(*answer)).classify(report("说不清楚"), "说不清楚").matter == "1999"


# --- sealed


@pytest.mark.parametrize(
    "text",
    [
        "举报某村支书贪污低保款",
        "实名检举城管队员收红包放任违建",
        "派出所所长包庇黑恶势力",
        "揭发镇长滥用职权",
        "拆迁办工作人员索贿",
        "局長收受賄賂",
        "村主任挪用扶贫款",
    ],
)
def test_accusations_of_officials_are_sealed(say: Callable[..., Classified], text: str) -> None:
    decided = say(text)
    assert (decided.matter, decided.urgency, decided.sealed) == ("1901", Urgency.SEALED, True)
    assert decided.why["sealed"].rule.startswith("gates/seal-")


@pytest.mark.parametrize(
    "text",
    [
        "举报楼下饭店油烟",
        "反映村里垃圾没人清理,请领导处理",
        "肉类腐败变质,投诉超市",
        "投诉物业不作为",
        "微信红包被骗",
        "希望警察多巡逻",
        "城管执法态度恶劣",
        "感谢局长",
        "家具木头腐败",
    ],
)
def test_ordinary_complaints_are_not_sealed(say: Callable[..., Classified], text: str) -> None:
    assert not say(text).sealed


def test_a_sealed_report_keeps_the_sources_matter_and_names_the_sealed_one_beside_it(say: Callable[..., Classified]) -> None:
    decided = say("违停没人管,举报交警队长受贿", code_standard="tainan-1999", code="違規停車")
    assert (decided.matter, decided.urgency, decided.sealed) == ("0701", Urgency.SEALED, True)
    assert [other.choice for other in decided.why["matter"].runners_up] == ["1901"]


def test_reasons_of_a_sealed_report_hold_no_word_of_its_text(say: Callable[..., Classified]) -> None:
    text = "实名举报村支书贪污低保款,强占宅基地,违章建筑,拖欠工资"
    words = ("举报", "支书", "贪污", "低保", "宅基地", "违章", "拖欠", "工资")
    for decided in (say(text), say(text, code_standard="tainan-1999", code="違規停車"), say(text, urgency_hint=Urgency.U1)):
        reasons = " ".join(f"{why.because} {[other.because for other in why.runners_up]}" for why in decided.why.values())
        assert decided.sealed
        assert not any(word in reasons for word in words)


def test_a_code_for_the_sealed_matter_seals(say: Callable[..., Classified]) -> None:
    decided = say("材料已附", code_standard="xinfang", code="纪检监察/贪污贿赂")
    assert (decided.matter, decided.urgency, decided.sealed) == ("1901", Urgency.SEALED, True)
    assert decided.intent is Intent.ACCUSATION


def test_what_the_source_sealed_stays_sealed(say: Callable[..., Classified]) -> None:
    decided = say("路灯不亮", urgency_hint=Urgency.SEALED)
    assert (decided.matter, decided.urgency, decided.sealed) == ("0204", Urgency.SEALED, True)
    assert "路灯" not in decided.why["matter"].because


def test_a_model_that_says_accusation_seals(base: Reference) -> None:
    assert Classifier(base, Guess(("1901", 0.9))).classify(report("说不清楚"), "说不清楚").sealed


# --- urgency


@pytest.mark.parametrize(
    ("text", "matter", "urgency", "gate"),
    [
        ("乡镇交界处电线杆倒了,横在马路上", "0208", Urgency.U1, "hazard-pole-down"),
        ("电线杆倾斜,随时会砸到行人", "0208", Urgency.U1, "hazard-pole-leaning"),
        ("電線垂落車道", "0208", Urgency.U1, "hazard-line"),
        ("路树倒塌,无法通行", "0402", Urgency.U1, "hazard-tree"),
        ("窨井盖被盗", "0203", Urgency.U1, ""),
        ("楼下店铺起火,正在冒浓烟", "1105", Urgency.U1, ""),
        ("有人落水", "1108", Urgency.U1, ""),
        ("闻到很浓的煤气味", "0305", Urgency.U1, ""),
        ("两名老人被困在电梯里,出不来", "1008", Urgency.U1, ""),
        ("他说不想活了要跳楼", "1611", Urgency.U1, ""),
        ("他扬言要炸掉办公楼", "1608", Urgency.U1, ""),
        ("路灯漏电", "0204", Urgency.U1, "hazard-light-shock"),
        ("工厂拖欠我们14名工人工资", "1604", Urgency.U2, ""),
        ("公司拖欠我工资两个月", "1201", Urgency.U2, ""),
    ],
)
def test_golden_urgencies(say: Callable[..., Classified], text: str, matter: str, urgency: Urgency, gate: str) -> None:
    decided = say(text)
    assert (decided.matter, decided.urgency) == (matter, urgency)
    assert gate in decided.why["urgency"].rule
    if gate:
        assert gate in decided.why["urgency"].because


def test_a_leaning_pole_is_urgent_at_night_and_says_so(say: Callable[..., Classified]) -> None:
    assert say("电线杆倾斜").urgency is Urgency.U2
    at_night = say("电线杆倾斜", reported_at=MIDNIGHT)
    assert at_night.urgency is Urgency.U1
    assert at_night.why["urgency"].because == "hazard-pole-leaning: 电线杆倾斜 + by night"


def test_a_crowd_is_counted_by_the_source_or_named_in_words(say: Callable[..., Classified]) -> None:
    assert say("老板欠薪", persons=4).matter == "1201"
    assert say("老板欠薪", persons=5).matter == "1604"
    assert say("老板欠薪", persons=5).why["matter"].because == "欠薪 + many people"


def test_danger_of_long_ago_or_feared_is_no_emergency(say: Callable[..., Classified]) -> None:
    for text in ("楼道堆物,一旦着火后果不堪设想", "消防通道被占,担心发生火灾", "去年着火烧坏的墙没人修", "火车站着火车多"):
        assert say(text).matter != "1105"


def test_a_hint_raises_and_never_lowers(say: Callable[..., Classified]) -> None:
    assert say("违停", urgency_hint=Urgency.U1).urgency is Urgency.U1
    assert say("违停", urgency_hint=Urgency.U1).why["urgency"].rule == "report/urgency_hint"
    assert say("违停", urgency_hint=Urgency.U4).urgency is Urgency.U3
    assert say("有人落水", urgency_hint=Urgency.U4).urgency is Urgency.U1


def test_urgency_is_the_matters_own_without_words(say: Callable[..., Classified]) -> None:
    decided = say("违停")
    assert (decided.urgency, decided.why["urgency"].rule) == (Urgency.U3, "matters/0701")


def test_a_hazard_gate_raises_its_own_matters_alone(base: Reference) -> None:
    gate = Gate(gate="h", effect="hazard", any_of=("违停", "噪音"), matters=("0701", "08*"), urgency=Urgency.U1, basis="-")
    rows = tuple(LexiconWord(word=word, matter=matter) for word, matter in (("违停", "0701"), ("噪音", "0803"), ("乱堆", "0108")))
    classifier = Classifier(replace(base, gates=(gate,), lexicon=rows))
    said = {text: classifier.classify(report(text), text).urgency for text in ("违停", "噪音", "乱堆 违停 乱堆")}
    assert said == {"违停": Urgency.U1, "噪音": Urgency.U1, "乱堆 违停 乱堆": Urgency.U3}


# --- intent


@pytest.mark.parametrize(
    ("text", "fields", "intent", "rule"),
    [
        ("建议增设路灯", {"intent": Intent.PRAISE}, Intent.PRAISE, "report/intent"),
        ("建议增设路灯", {"code_standard": "tainan-1999", "code": "路燈故障"}, Intent.HELP, "source_codes/tainan-1999/路燈故障"),
        ("建议增设路灯", {}, Intent.SUGGESTION, "lexicon/SUGG"),
        ("路灯不亮", {}, Intent.HELP, "default/02"),
        ("店外经营", {}, Intent.COMPLAINT, "default/*"),
        ("请问公积金怎么提取", {}, Intent.INQUIRY, "lexicon/INQ"),
        ("感谢信", {}, Intent.PRAISE, "lexicon/PRAI"),
    ],
)
def test_intent_is_the_sources_then_the_codes_then_the_words_then_the_matters(
    say: Callable[..., Classified], text: str, fields: dict[str, Any], intent: Intent, rule: str
) -> None:
    decided = say(text, **fields)
    assert (decided.intent, decided.why["intent"].rule) == (intent, rule)


# --- as a whole

TEXTS = st.lists(st.sampled_from(["违停", "路灯", "受贿", "起火", "公园", "举报", "局长", "电线杆倾斜", "请问", "拖欠工资", "甲乙丙"]), max_size=5).map(
    " ".join
)
REPORTS = st.builds(
    report,
    text=TEXTS,
    reported_at=st.sampled_from([NOON, MIDNIGHT]),
    persons=st.sampled_from([None, 1, 9]),
    code_standard=st.just("tainan-1999"),
    code=st.sampled_from(["", "違規停車", "x/路燈故障", "x"]),
    intent=st.sampled_from([None, Intent.INQUIRY]),
    urgency_hint=st.sampled_from([None, *Urgency]),
)


@given(st.lists(REPORTS, max_size=12))
def test_decisions_do_not_depend_on_what_was_decided_before(base: Reference, reports: list[Report]) -> None:
    bare = replace(base, lexicon=tuple(row for row in base.lexicon if len(row.word) < 3))
    used, fresh = Classifier(bare), Classifier(bare)
    assert [used.classify(r, plain(r.text)) for r in reports + reports] == [fresh.classify(r, plain(r.text)) for r in reports] * 2


@given(REPORTS)
def test_every_decision_has_its_reasons_and_urgency_is_never_below_the_matters(base: Reference, classifier: Classifier, one: Report) -> None:
    decided = classifier.classify(one, plain(one.text))
    order = [Urgency.SEALED, Urgency.U1, Urgency.U2, Urgency.U3, Urgency.U4, Urgency.NONE]
    assert set(decided.why) == {"matter", "intent", "urgency"} | ({"sealed"} if decided.sealed else set())
    assert all(why.rule for why in decided.why.values())
    assert order.index(decided.urgency) <= order.index(base.matters[decided.matter].urgency)
    assert decided.sealed == (decided.urgency is Urgency.SEALED)
    assert "受贿" not in one.text or decided.sealed


def test_equal_decisions_share_their_reasons_which_cannot_be_changed(classifier: Classifier) -> None:
    one, other = (classifier.classify(report(text), plain(text)) for text in ("东门路1号 违停", "西门路2号 违停"))
    assert one is other
    with pytest.raises(TypeError):
        one.why["matter"] = one.why["urgency"]  # type: ignore[index]


@pytest.mark.parametrize(
    "change",
    [
        {"lexicon": (LexiconWord(word="x", matter="9999"),)},
        {"gates": (Gate(gate="g", effect="emergency", any_of=("x",), matter="9999", basis="-"),)},
        {"source_codes": {("s", "c"): SourceCode(standard="s", code="c", matter="9999")}},
        {"gates": (Gate(gate="g", effect="hazard", any_of=("x",), with_any=("@moon",), basis="-"),)},
        {"gates": (Gate(gate="g", effect="hazard", any_of=("@night",), basis="-"),)},
    ],
)
def test_tables_that_lead_nowhere_stop_the_start(base: Reference, change: dict[str, Any]) -> None:
    with pytest.raises(BrokenReference):
        Classifier(replace(base, **change))


# --- the real stream


@pytest.fixture(scope="session")
def hotline(shared: Path) -> list[dict[str, str]]:
    with gzip.open(shared / "data" / "tainan_hotline" / "changelog_2016_2018.csv.gz", "rt", encoding="utf-8-sig") as file:
        return [row for row in csv.DictReader(file) if row["op"] == "+"]


def test_at_most_one_in_a_thousand_reports_of_a_citys_hotline_is_sealed(classifier: Classifier, hotline: list[dict[str, str]]) -> None:
    last = {row["id"]: row["description"] for row in hotline}
    assert sum(classifier.classify(report(text), plain(text)).sealed for text in last.values()) <= len(last) / 1000


def test_words_alone_say_what_the_code_says_for_four_reports_in_five(classifier: Classifier, hotline: list[dict[str, str]]) -> None:
    some = hotline[::20]
    coded = [classifier.classify(report("", code_standard="tainan-1999", code=f"{row['category']}/{row['subcategory']}"), "").matter for row in some]
    said = [classifier.classify(report(row["description"]), plain(row["description"])).matter for row in some]
    pairs = [(truth, words) for truth, words in zip(coded, said, strict=True) if truth != "1999"]
    assert sum(truth == words for truth, words in pairs) / len(pairs) >= 0.8
