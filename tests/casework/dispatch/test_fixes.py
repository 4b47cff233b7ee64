"""Many fixes at once are the same as one by one, and are kept as they are known."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from pipeline.casework.dispatch.roster import Roster
from pipeline.casework.dispatch.squad import Stand, microseconds
from schemas.reading import Position
from schemas.vocabulary import Force
from tests.casework.dispatch.posts import AT, LAT, LNG, district, post

PEOPLE = [post(f"p{number}", force) for number, force in enumerate([Force.GRID] * 4 + [Force.POLICE] * 3)]
NAMES = [*(one.responder for one in PEOPLE), "nobody"]
FIXES = st.lists(st.tuples(st.sampled_from(NAMES), st.integers(0, 5), st.integers(-40, 40), st.integers(-40, 40), st.integers(1, 90)), max_size=30)
DISTRICT = district(dict.fromkeys(PEOPLE, Stand())).reference
Fix = tuple[str, int, int, int, int]


def seen(roster: Roster, fixes: list[Fix]) -> None:
    """All of them at once."""
    roster.seen(
        [fix[0] for fix in fixes],
        [microseconds(AT + timedelta(seconds=fix[1])) for fix in fixes],
        [LNG + fix[2] / 1000 for fix in fixes],
        [LAT + fix[3] / 1000 for fix in fixes],
        [float(fix[4]) for fix in fixes],
    )


@given(FIXES, FIXES)
def test_many_fixes_at_once_are_as_one_by_one(first: list[Fix], then: list[Fix]) -> None:
    together, singly = Roster(DISTRICT), Roster(DISTRICT)
    for fixes in (once(first), once(then)):
        seen(together, fixes)
        for name, after, east, north, metres in fixes:
            singly.fix(Position(responder=name, at=AT + timedelta(seconds=after), lng=LNG + east / 1000, lat=LAT + north / 1000, accuracy_m=metres))
    assert [together.stand(name) for name in together.responders] == [singly.stand(name) for name in singly.responders]
    for force in Force:
        assert together.squads[force].cell.tolist() == singly.squads[force].cell.tolist()


def once(fixes: list[Fix]) -> list[Fix]:
    """Of a responder one fix at an instant: two places at once are nobody's."""
    return list({fix[:2]: fix for fix in fixes}.values())


@given(FIXES)
def test_what_is_kept_of_fixes_is_what_was_known(fixes: list[Fix]) -> None:
    roster, again = Roster(DISTRICT), Roster(DISTRICT)
    seen(roster, fixes)
    for force in Force:
        again.squads[force].take_fixes(roster.squads[force].fixes_to_bytes())
    assert [again.stand(name) for name in again.responders] == [roster.stand(name) for name in roster.responders]
