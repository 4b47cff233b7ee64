from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from pipeline.intake.plain import plain
from pipeline.intake.words import NOTHING, Matcher
from schemas.centre import Gate, LexiconWord
from schemas.vocabulary import Intent

if TYPE_CHECKING:
    from reference.pack import Reference

LETTERS = "违停噪音施工"


def speaking(matcher: Matcher, text: str) -> set[str]:
    return {matcher.words[number] for number in matcher.find(plain(text)).speaking}


def standing(matcher: Matcher, text: str) -> set[str]:
    return {matcher.words[number] for number in matcher.find(plain(text)).standing}


def matcher_of(reference: Reference, *words: str, gates: tuple[Gate, ...] = ()) -> Matcher:
    rows = tuple(LexiconWord(word=word, matter="0802") for word in words)
    return Matcher(replace(reference, lexicon=rows, gates=gates))


def test_a_word_inside_a_longer_word_does_not_speak(base: Reference) -> None:
    matcher = matcher_of(base, "噪音", "施工噪音", "施工", "夜间施工")
    assert speaking(matcher, "施工噪音") == {"施工噪音"}
    assert speaking(matcher, "夜间施工噪音") == {"夜间施工", "施工噪音"}
    assert speaking(matcher, "施工噪音,还有噪音") == {"施工噪音", "噪音"}


def test_a_word_of_a_gate_stands_even_inside_a_longer_word(base: Reference) -> None:
    gate = Gate(gate="g", effect="hazard", any_of=("掉落",), basis="-")
    matcher = matcher_of(base, "电线掉落", gates=(gate,))
    assert speaking(matcher, "电线掉落") == {"电线掉落"}
    assert standing(matcher, "电线掉落") == {"掉落"}


def test_a_word_for_an_intent_does_not_silence_a_word_for_a_matter(base: Reference) -> None:
    rows = (LexiconWord(word="停车", matter="0701"), LexiconWord(word="投诉停车", intent=Intent.COMPLAINT))
    matcher = Matcher(replace(base, lexicon=rows, gates=()))
    assert speaking(matcher, "投诉停车") == {"停车"}
    assert standing(matcher, "投诉停车") == {"投诉停车"}


def test_words_of_either_script_are_found_in_texts_of_either_script(base: Reference) -> None:
    matcher = matcher_of(base, "违规停车", "妨礙安寧")
    assert speaking(matcher, "違規停車 妨害安寧 妨碍安宁") == {"违规停车", "妨碍安宁"}


def test_conditions_are_no_words(base: Reference) -> None:
    gate = Gate(gate="g", effect="hazard", any_of=("倒",), with_any=("@night", "路中"), basis="-")
    assert set(matcher_of(base, gates=(gate,)).words) == {"倒", "路中"}


def test_without_words_nothing_is_found(base: Reference) -> None:
    assert matcher_of(base).find("违停") == NOTHING


def test_many_texts_are_found_like_one_by_one(base: Reference) -> None:
    matcher = Matcher(base)
    texts = ["违停", "", "施工噪音", "无"]
    assert matcher.find_many(texts) == [matcher.find(text) for text in texts]


@given(words=st.sets(st.text(LETTERS, min_size=1, max_size=4), min_size=1, max_size=8), text=st.text(LETTERS, max_size=14))
def test_what_speaks_is_what_no_longer_word_covers(base: Reference, words: set[str], text: str) -> None:
    at = [(i, i + len(word), word) for word in words for i in range(len(text)) if text.startswith(word, i)]
    free = {word for i, j, word in at if not any(a <= i and j <= b and b - a > j - i for a, b, _ in at)}
    assert speaking(matcher_of(base, *words), text) == free
