from __future__ import annotations

import uuid

from hypothesis import given
from hypothesis import strategies as st

from schemas.ids import SEPARATOR, case_id, content_digest, derived_id, receipt_id, report_id, transition_id

PARTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters=SEPARATOR), max_size=12)
NAMES = st.tuples(st.text("abc-_9", min_size=1, max_size=4), st.lists(PARTS, min_size=1, max_size=4))


@given(st.text(max_size=8).filter(lambda text: text.isascii()), NAMES)
def test_an_id_is_the_uuid5_of_its_parts_in_the_centres_namespace(centre: str, name: tuple[str, list[str]]) -> None:
    kind, parts = name
    namespace = uuid.uuid5(uuid.uuid5(uuid.NAMESPACE_OID, "ucc"), centre)
    assert derived_id(centre, kind, *parts) == str(uuid.uuid5(namespace, SEPARATOR.join((kind, *parts))))


@given(NAMES, NAMES)
def test_other_parts_have_other_ids(one: tuple[str, list[str]], other: tuple[str, list[str]]) -> None:
    assert (derived_id("c", one[0], *one[1]) == derived_id("c", other[0], *other[1])) == (one == other)


def test_where_a_part_ends_is_part_of_the_name() -> None:
    assert len({derived_id("c", "k", "ab", ""), derived_id("c", "k", "a", "b"), derived_id("c", "k", "", "ab"), derived_id("c", "k", "ab")}) == 4


def test_another_centre_has_other_ids() -> None:
    assert derived_id("pukou", "case", "1") != derived_id("tainan", "case", "1")


def test_a_receipt_a_report_a_case_and_a_transition_never_share_an_id() -> None:
    ids = [receipt_id("c", "s", "1", "1"), report_id("c", "s", "1", "1"), case_id("c", "s"), transition_id("c", "s", 1), transition_id("c", "s", 2)]
    assert len(set(ids)) == len(ids)


@given(st.lists(PARTS, max_size=3), st.lists(PARTS, max_size=3))
def test_equal_contents_have_equal_digests(one: list[str], other: list[str]) -> None:
    same = SEPARATOR.join(one) == SEPARATOR.join(other)
    assert (content_digest(*one) == content_digest(*other)) == same
    assert len(content_digest(*one)) == 32
