from __future__ import annotations

from collections import Counter
from typing import Any

import orjson
import pytest
from pydantic import BaseModel

from pipeline.casework import fold as fold_module
from pipeline.casework import register
from schemas.case import Case, DeadLetter, Outcome, Transition
from schemas.event import RefusedEvent
from schemas.frame import Placed, frame_of
from schemas.report import Accepted
from schemas.vocabulary import Operation, Urgency
from tests.casework.streams import Desk, said


def kinds(desk: Desk) -> list[str]:
    return [orjson.loads(line)["outcome"] for line in desk.outcomes]


def actions(desk: Desk) -> list[str]:
    return [orjson.loads(line)["action"] for line in desk.journal]


def cases(desk: Desk) -> dict[str, dict[str, Any]]:
    return {name: orjson.loads(line) for name, line in desk.cases.items()}


def test_a_line_sent_again_is_resent_and_changes_nothing() -> None:
    desk = Desk().start().take(said("a", order=1))
    before = dict(desk.kept.kept["register"])
    desk.take(said("a", order=1))
    assert kinds(desk) == ["opened", "resent"]
    assert desk.kept.kept["register"] == before
    assert actions(desk) == ["opened"]


def test_there_and_back_again_is_two_revisions_in_the_same_case() -> None:
    desk = Desk().start().take(said("a", "A", order=1), said("a", "B", order=2), said("a", "A", order=3), said("a", "A", order=4))
    outcomes = [Outcome.model_validate_json(line) for line in desk.outcomes]
    assert [(o.outcome, o.revision) for o in outcomes] == [("opened", 1), ("revised", 2), ("revised", 3), ("resent", 3)]
    assert len({o.case_id for o in outcomes}) == 1


def test_a_revision_overtaken_by_a_newer_one_is_late_and_not_the_present() -> None:
    desk = Desk().start().take(said("a", "A", order=1), said("a", "C", order=3), said("a", "B", order=2))
    late = Outcome.model_validate_json(desk.outcomes[2])
    assert kinds(desk) == ["opened", "revised", "late"]
    assert late.report_id not in {Outcome.model_validate_json(line).report_id for line in desk.outcomes[:2]}
    assert actions(desk) == ["opened", "revised"]
    desk.take(said("a", "B", order=2))
    assert kinds(desk)[-1] == "resent"


def test_a_late_withdrawal_and_a_late_revision_under_one_key_are_told_apart() -> None:
    desk = Desk().start().take(said("a", "A", order=5), said("a", "B", order=2), said("a", "B", order=2, operation=Operation.WITHDRAW))
    outcomes = [Outcome.model_validate_json(line) for line in desk.outcomes]
    assert [o.outcome for o in outcomes] == ["opened", "late", "late"]
    assert len({o.report_id for o in outcomes}) == 3


def test_a_withdrawal_ends_the_case_and_what_comes_after_revives_it() -> None:
    desk = Desk().start().take(said("a", order=1), said("a", operation=Operation.WITHDRAW, order=2))
    assert [c["state"] for c in cases(desk).values()] == ["WITHDRAWN"]
    assert desk.state.meta.standing == 0
    desk.take(said("a", order=3, minutes=60 * 24 * 100))
    assert [(c["state"], c["reports"]) for c in cases(desk).values()] == [("CLASSIFIED", 1)]
    assert actions(desk) == ["opened", "withdrawn", "revived"]


def test_a_withdrawal_of_a_report_never_seen_leaves_no_case_and_a_later_line_opens_one() -> None:
    desk = Desk().start().take(said("a", operation=Operation.WITHDRAW, order=2))
    assert desk.cases == {}
    desk.take(said("a", "old", order=1), said("a", "new", order=3))
    assert kinds(desk) == ["withdrawn", "late", "opened"]


def test_near_reports_of_the_same_matter_are_one_case_with_its_evidence() -> None:
    desk = Desk().start().take(said("a"), said("b", minutes=60, east_m=40), said("c", minutes=60, east_m=400), said("d", minutes=60, east_m=40, matter="0203"))
    assert kinds(desk) == ["opened", "merged", "opened", "opened"]
    why = Transition.model_validate_json(desk.journal[1]).why
    assert why is not None
    assert "40 m away and 1.0 h apart" in why.because


def test_a_report_between_two_cases_makes_them_one_and_the_younger_ends_as_merged() -> None:
    desk = Desk().start().take(said("a"), said("b", minutes=10, east_m=80), said("c", minutes=20, east_m=40))
    by_state = Counter(c["state"] for c in cases(desk).values())
    assert by_state == {"CLASSIFIED": 1, "MERGED": 1}
    kept = next(c for c in cases(desk).values() if c["state"] == "CLASSIFIED")
    ended = next(c for c in cases(desk).values() if c["state"] == "MERGED")
    assert (kept["reports"], ended["reports"], ended["merged_into"]) == (3, 0, kept["case_id"])
    assert actions(desk) == ["opened", "opened", "joined", "absorbed", "report_moved"]


def test_sealed_questions_person_bound_and_placeless_reports_are_never_merged() -> None:
    desk = (
        Desk()
        .start()
        .take(
            said("a", sealed=True), said("b", sealed=True), said("c", matter="1201"), said("d", matter="1201"), said("e", point=False), said("f", point=False)
        )
    )
    assert kinds(desk) == ["sealed", "sealed", "opened", "opened", "opened", "opened"]


def test_life_threatening_reports_hours_apart_are_two_cases() -> None:
    desk = (
        Desk()
        .start()
        .take(
            said("a", matter="0203", urgency=Urgency.U1),
            said("b", matter="0203", urgency=Urgency.U1, minutes=600),
            said("c", matter="0203", urgency=Urgency.U1, minutes=60),
        )
    )
    assert kinds(desk) == ["opened", "opened", "merged"]


def test_a_point_that_different_addresses_share_brings_nothing_together() -> None:
    desk = Desk().start().take(said("a", address="1号"), said("b", address="2号"), said("c", address="1号", east_m=5000))
    assert kinds(desk) == ["opened", "opened", "merged"]


def test_a_case_spans_no_longer_than_its_matter_allows() -> None:
    desk = Desk().start()
    for n in range(6):
        desk.take(said(f"r{n}", minutes=n * 11 * 60))
    assert kinds(desk) == ["opened", "merged", "merged", "opened", "merged", "merged"]


def test_a_revision_that_moves_to_another_street_is_said_so_and_stays_in_its_case() -> None:
    desk = Desk().start().take(said("a", order=1), said("a", order=2, east_m=9000, street="s2"))
    assert actions(desk) == ["opened", "moved"]
    assert [c["street"] for c in cases(desk).values()] == ["s2"]


def test_nothing_a_sealed_report_says_is_written_but_to_the_sealed_store() -> None:
    secret = "某局长受贿三万元"
    desk = (
        Desk()
        .start()
        .take(
            said("a", secret, address="浦口路1号", sealed=True, order=1),
            said("a", secret + "又及", address="浦口路1号", order=2),
            said("a", "late " + secret, order=0, sealed=True),
        )
    )
    written = b"".join([*desk.outcomes, *desk.journal, *desk.cases.values(), *desk.dead])
    for words in (secret, "浦口路", "受贿"):
        assert words.encode() not in written
    assert b"120.2" not in written
    assert kinds(desk) == ["sealed", "sealed", "late"]
    assert all(secret.encode() in line for line in desk.kept.kept["sealed"].values())
    assert secret.encode() not in b"".join(desk.kept.kept["register"].values())


def test_a_merged_report_that_turns_out_to_be_sealed_leaves_the_case_of_the_others() -> None:
    desk = Desk().start().take(said("a", order=1), said("b", order=1, minutes=5)).take(said("b", "受贿", order=2, minutes=6, sealed=True))
    last = Outcome.model_validate_json(desk.outcomes[-1])
    open_cases = cases(desk)
    assert len(open_cases) == 2
    assert open_cases[last.case_id]["sealed"] is True
    assert sum(c["reports"] for c in open_cases.values()) == 2


def test_a_poisoned_line_becomes_a_dead_letter_and_costs_only_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = register.judge

    def poisoned(*args: Any, **more: Any) -> Any:
        if args[2] == "poison":
            raise ZeroDivisionError(args[2])
        return honest(*args, **more)

    monkeypatch.setattr(fold_module, "judge", poisoned)
    bad = said("b").model_copy(update={"digest": "poison"})
    desk = Desk().start().take(said("a"), bad, said("c", minutes=5, east_m=10))
    desk.take(said("b", "later"), said("d", minutes=6, east_m=10))
    assert kinds(desk) == ["opened", "dead", "merged", "dead", "merged"]
    letters = [DeadLetter.model_validate_json(line) for line in desk.dead]
    assert [(letter.source_id, letter.code) for letter in letters] == [("b", "poisoned-event"), ("b", "waits")]
    assert desk.state.meta.outcomes == {"opened": 1, "merged": 2, "dead": 2}


def test_a_line_on_which_intake_failed_is_hidden_and_later_lines_of_its_report_wait() -> None:
    report = said("b", "未分类的话").report
    line = Accepted(receipt_id="r", accepted_at=report.reported_at, report=report).to_json().decode()
    failed = RefusedEvent(kind="refused", at=report.reported_at, raw_line=0, receipt_id="r", code="poisoned-line", detail="ZeroDivisionError", original=line)
    desk = Desk().start().raw(failed.to_json()).take(said("b", "later"), said("a"))
    letters = [DeadLetter.model_validate_json(line) for line in desk.dead]
    assert kinds(desk) == ["dead", "dead", "opened"]
    assert [(letter.stage, letter.source_id, letter.code, letter.encoding) for letter in letters] == [
        ("intake", "b", "poisoned-line", "sealed"),
        ("casework", "b", "waits", "utf-8"),
    ]
    assert "未分类的话".encode() not in b"".join(desk.dead)
    assert desk.kept.kept["sealed"][letters[0].dead_letter_id] == line.encode()


def test_a_line_that_is_no_event_becomes_a_dead_letter_with_its_bytes() -> None:
    desk = Desk().start().raw(b'{"kind": "nonsense"}', said("a").to_json(), b"\xff\xfe")
    assert kinds(desk) == ["dead", "opened", "dead"]
    assert [DeadLetter.model_validate_json(line).original for line in desk.dead] == ['{"kind": "nonsense"}', "//4="]


@pytest.mark.parametrize(("model", "lines"), [(Outcome, "outcomes"), (Transition, "journal"), (Case, "cases")])
def test_what_is_written_reads_back_through_the_models(model: type[BaseModel], lines: str) -> None:
    desk = (
        Desk()
        .start()
        .take(
            said("a", order=1),
            said("b", minutes=10, east_m=80),
            said("c", minutes=20, east_m=40),
            said("a", operation=Operation.WITHDRAW, order=2),
            said("s", sealed=True),
        )
    )
    written = getattr(desk, lines)
    read = [model.model_validate_json(line) for line in (written.values() if isinstance(written, dict) else written)]
    assert len(read) == len(written) > 1


def test_a_frame_that_does_not_follow_the_last_one_is_left_and_counted() -> None:
    desk = Desk().start().take(said("a"))
    stale = frame_of("c", "report", [said("b").to_json()], raw_offset=9, previous=7)
    assert desk.fold.frame(Placed(9, stale)).outcomes == []
    assert desk.state.meta.gaps == 1
    again = frame_of("c", "report", [said("a").to_json()], raw_offset=1, previous=0)
    assert desk.fold.frame(Placed(1, again)).outcomes == []


def test_what_is_cold_leaves_memory_and_is_still_known() -> None:
    desk = Desk().start().take(said("a", order=1, matter="1201"))
    for n in range(1, 60):
        desk.take(said(f"x{n}", order=1, minutes=n * 60 * 24, matter="1201"))
    assert desk.state.register.in_memory() <= 47
    desk.take(said("a", order=1, minutes=60 * 24 * 60, matter="1201"), said("a", "new", order=2, minutes=60 * 24 * 60, matter="1201"))
    assert kinds(desk)[-2:] == ["resent", "revised"]
    assert len(desk.kept.kept["arrivals"]) <= 48
