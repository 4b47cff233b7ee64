from __future__ import annotations

from datetime import timedelta

import pytest

from schemas.case import Case
from schemas.topics import CASES, IN, STATE, TOPICS, Topic
from schemas.vocabulary import Source

NAMED_IN_DESIGN = {
    "ucc.raw",
    "ucc.events",
    "ucc.journal",
    "ucc.outcomes",
    "ucc.cases",
    "ucc.state",
    "ucc.alerts",
    "ucc.verdicts",
    "ucc.results",
    "ucc.positions",
    "ucc.readings",
    "ucc.dead-letters",
}


def test_the_registry_holds_the_topics_of_the_design_and_one_for_each_source() -> None:
    assert set(TOPICS) == NAMED_IN_DESIGN | {f"ucc.in.{source.value}" for source in Source}
    assert all(topic.name == name for name, topic in TOPICS.items())


def test_what_is_compacted_stays_for_ever_and_is_keyed_by_what_it_is_about() -> None:
    assert {topic.name for topic in TOPICS.values() if topic.compacted} == {CASES.name, STATE.name}
    assert CASES.model is Case
    assert {topic.name for topic in TOPICS.values() if topic.retention is None} == {CASES.name, STATE.name}
    assert (CASES.key, STATE.key) == ("case_id", "state key")


def test_state_and_raw_lines_are_private() -> None:
    assert {topic.name for topic in TOPICS.values() if topic.public} == {"ucc.journal", "ucc.cases", "ucc.verdicts", "ucc.results"}


@pytest.mark.parametrize("topic", TOPICS.values(), ids=lambda topic: topic.name)
def test_every_topic_says_what_it_means_and_what_flows_in_it(topic: Topic) -> None:
    assert topic.meaning
    assert topic.retention is None or topic.retention >= timedelta(hours=1)
    assert (topic.model is None) == (topic in {STATE, *IN})
    assert topic.by_centre == (topic not in IN)
