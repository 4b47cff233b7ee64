"""Whatever the core says, it says in both languages."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from sinks.sayings import SAYINGS, say
from sinks.story.tongue import Known, Tongue

ROOT = Path(__file__).parents[2]
CORE = (
    *sorted((ROOT / "pipeline/casework/lifecycle").glob("*.py")),
    *sorted((ROOT / "pipeline/casework/dispatch").glob("*.py")),
    *sorted((ROOT / "pipeline/casework/watching").glob("*.py")),
    *(module for module in sorted((ROOT / "pipeline/intake").glob("*.py")) if module.stem != "crs_audit"),  # that one speaks to operators
    ROOT / "pipeline/casework/cases.py",
)
NEVER_TOLD = re.compile(
    r"is not in the (state|register)|has a standing order already|the case has no need|is not readable|is no matter of this pack|is no condition"
    r"|the line is no JSON|does not work on cases|it failed inside|history and sealed cases are not commanded|no alert has this id|name a responder of"
    r"|a responder speaks for itself|return upheld|approved by"
)
"""What is raised and never told of a case, or told of no case; and what the story has as facts of its own."""
HOLE = re.compile(r"\{\w+:\w+\}")


def sentences(path: Path) -> Iterator[str]:
    """The pieces of sentences that a module writes: texts with a space that are no docstrings, and no notes of the orders' table."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    left_out = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    left_out |= {
        id(note) for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Step" for note in node.args
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in left_out:
            piece = node.value.strip(" ;:,()")
            if " " in piece and any(sign.islower() for sign in piece) and not NEVER_TOLD.search(piece):
                yield piece


def test_every_sentence_of_the_core_is_among_the_sayings() -> None:
    known = "\n".join(HOLE.sub("\0", english) for english, _ in SAYINGS)
    missing = [f"{path.name}: {piece}" for path in CORE for piece in sentences(path) if piece not in known]
    assert not missing, "say these in Chinese, too, in sinks/sayings.py"


def test_each_saying_has_the_same_facts_in_both_languages() -> None:
    for english, chinese in SAYINGS:
        held = set(re.findall(r"\{(\w+):", english))
        assert set(re.findall(r"\{(\w+)\}", chinese)) <= held, english
        assert not re.search(r"[a-z]{2,} [a-z]{2,}", re.sub(r"\{\w+\}|\w+\.csv", "", chinese)), chinese
    assert len({english for english, _ in SAYINGS}) == len(SAYINGS)


CHOSEN = "40 s on the way (94 m), answers for the grid -30, 2 orders on hand +120, nobody of its force stay round about +60"
KNOWN = Known(units={"chengguan": "城管局"})


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        (
            f"{CHOSEN}; ring 1, no answer until 2026-03-02T01:41:00+00:00: ring 2: whoever is there within 20 min",
            "路程40秒（94米），责任网格减30，在手任务2件加120，附近无同类力量留守加60；第1圈，2026-03-02 09:41:00前无人接单则扩至第2圈（20分钟内可到者）",
            f"{CHOSEN}; ring 1, no answer until 2026-03-02 09:41:00: ring 2: whoever is there within 20 min",
        ),
        (
            "C-1/1: 2 of 3 grid missing with the skill guard: 3 asked, 40 no_skill; C-1/2: nobody answered in 3 rings: telephone",
            "C-1/1：缺网格员2名（应派3名，须会 guard）：本案已派或已谢绝3人、技能不符40人；C-1/2：3圈均无人接单，请电话派员",
            "C-1/1: 2 of 3 grid missing with the skill guard: 3 asked, 40 no skill; C-1/2: nobody answered in 3 rings: telephone",
        ),
        (
            "the case is CLASSIFIED at 7 by now (order_told by responder:网格员一): look at it again",
            "案件现为已分类待派（第7条）（处置力量 网格员一 任务进展）：请重新查看",
            "the case is CLASSIFIED at 7 by now (order told by responder 网格员一): look at it again",
        ),
        (
            "signed is for unit or desk, not for responder",
            "签收只可由承办单位、指挥中心办理，不可由处置力量办理",
            "signed is for unit, desk, not for responder",
        ),
        (
            "120 m away and 2.5 h apart from hotline12345 A 1; allowed 150 m, 72 h",
            "与12345热线 A 1 相距120米、相隔2.5小时；规则许可150米、72小时",
            "120 m away and 2.5 h apart from hotline 12345 A 1; allowed 150 m, 72 h",
        ),
        (
            "the case is with chengguan, not with an unnamed unit",
            "案件由 城管局 chengguan 承办，未指明以何单位名义办理",
            "the case is with 城管局 chengguan, not with an unnamed unit",
        ),
        (
            "9 cases in the last hour, 0.4 are usual: 22.5 times as many; probability 1e-09",
            "最近1小时9件，平时0.4件：为平时的22.5倍；概率1e-09",
            "9 cases in the last hour, 0.4 are usual: 22.5 times as many; probability 1e-09",
        ),
        ("not extended: too_often (延期次数已用完)", "不予延期：延期次数已用完", "not extended: too often"),
        (
            "no grid holds the point; converted from GCJ-02; text names 江浦: its centre, approximate",
            "坐标不在任何网格内；由GCJ-02转换；内容提到江浦：取其中心，约略",
            "no grid holds the point; converted from GCJ-02; text names 江浦: its centre, approximate",
        ),
        ("三定方案第二条; 属地管理", "三定方案第二条；属地管理", "三定方案第二条; 属地管理"),
        ("he said: the case was opened", "he said: the case was opened", "he said: the case was opened"),
        ("", "", ""),
    ],
)
def test_a_sentence_of_the_core_is_told_in_both_languages_and_all_else_as_it_was_written(text: str, zh: str, en: str) -> None:
    def in_words(language: str) -> str:
        tongue = Tongue("zh" if language == "zh" else "en", "Asia/Shanghai", KNOWN)
        return tongue.say(text)

    assert in_words("zh") == zh
    assert in_words("en") == en


def test_what_is_in_a_hole_is_told_by_whoever_asks() -> None:
    asked: list[tuple[str, str]] = []

    def convert(kind: str, text: str) -> str:
        asked.append((kind, text))
        return f"<{text}>"

    assert say("sign of K-1 was due at 2026-03-02T01:41:00+00:00 (sign-u1)", "en", convert) == "<sign> of K-1 was due at <2026-03-02T01:41:00+00:00> (sign-u1)"
    assert asked == [("Milestone", "sign"), ("t", "2026-03-02T01:41:00+00:00")]
