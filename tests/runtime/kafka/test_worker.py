"""A real `ucc worker` on a real broker, and what it makes of what comes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing

import pytest

from schemas.brokers import Brokers
from schemas.case import DeadLetter, Outcome
from schemas.topics import DEAD_LETTERS, OUTCOMES, RAW
from schemas.vocabulary import OutcomeKind
from tests.runtime.kafka.installation import Installation, Worker, accepted_frames, lines_of, metric, until
from tests.runtime.kafka.messages import messages, produce


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory, brokers: Brokers) -> Iterator[Installation]:
    """One without centres: each test makes its own, while the worker runs."""
    with closing(Installation(tmp_path_factory.mktemp("installation"), brokers)) as made:
        yield made


@pytest.fixture(scope="module")
def worker(installation: Installation) -> Worker:
    """A worker that runs already."""
    started = installation.worker()
    until(lambda: started.ask("health")[0] == 200, "the worker answers", started.said)
    return started


def test_the_journal_is_byte_for_byte_that_of_the_embedded_runtime(installation: Installation, worker: Worker) -> None:
    centre = installation.centre("journal")
    accepted = [installation.first(centre), *accepted_frames(centre, 1_500, seed=7)]
    installation.offer(centre, *accepted[:9])
    until(lambda: centre.centre in worker.centres(), "the centre that was registered meanwhile is picked up", worker.said)
    for first in range(9, len(accepted), 5):
        installation.offer(centre, *accepted[first : first + 5])
    found = installation.wait(centre, lines_of(accepted))
    assert [message.offset for message in messages(installation.brokers, RAW.name, centre.partition)] == list(range(len(accepted)))
    assert found == installation.embedded(centre, accepted)
    outcomes = [Outcome.model_validate_json(line).outcome for body in found[OUTCOMES.name] for line in body.split(b"\n")]
    assert {OutcomeKind.OPENED, OutcomeKind.MERGED, OutcomeKind.REVISED, OutcomeKind.WITHDRAWN, OutcomeKind.SEALED, OutcomeKind.REFUSED} <= set(outcomes)


def test_what_a_department_pushes_is_taken_and_what_cannot_be_is_a_dead_letter(installation: Installation, worker: Worker) -> None:
    centre = installation.centre("pushed")
    installation.offer(centre, installation.first(centre))
    said = [{"source_id": f"P-{number}", "reported_at": "2026-03-02T08:00:00Z", "text": "路灯不亮"} for number in range(3)]
    message = "\n".join(json.dumps(line, ensure_ascii=False) for line in said).encode()
    to_us = [("centre", centre.centre.encode())]
    produce(installation.brokers, "ucc.in.department", 0, message, headers=to_us)
    produce(installation.brokers, "ucc.in.department", 1, b"{ broken", headers=to_us)
    produce(installation.brokers, "ucc.in.department", 0, message, headers=to_us)
    found = installation.wait(centre, 6)
    outcomes = [Outcome.model_validate_json(line) for body in found[OUTCOMES.name] for line in body.split(b"\n")]
    assert [outcome.outcome for outcome in outcomes].count(OutcomeKind.RESENT) == 3, "what is pushed twice is a resend"
    assert len(outcomes) == 6
    until(lambda: bool(installation.results(centre)[DEAD_LETTERS.name]), "the dead letter", worker.said)
    letter = DeadLetter.model_validate_json(installation.results(centre)[DEAD_LETTERS.name][0])
    assert (letter.original, letter.code, letter.origin) == ("{ broken", "unreadable-line", "ucc.in.department/1/0/0")


def test_a_worker_says_how_it_is_and_counts_what_it_does(installation: Installation, worker: Worker) -> None:
    centre = installation.centre("counted")
    accepted = [installation.first(centre), *accepted_frames(centre, 60, seed=3)]
    installation.offer(centre, *accepted)
    installation.wait(centre, lines_of(accepted))

    def samples() -> str:
        return worker.ask("metrics")[1]

    def reports() -> float:
        ours = [sample for sample in samples().splitlines() if sample.startswith("ucc_reports_total{") and 'centre="counted"' in sample]
        return sum(float(sample.rpartition(" ")[2]) for sample in ours)

    until(lambda: reports() == lines_of(accepted), "each line is counted once", samples)
    until(lambda: '"waits":true' not in worker.ask("health")[1], "all is done", lambda: worker.ask("health"))
    until(lambda: metric(samples(), "ucc_lag_messages", reader="casework", centre="counted") == 0, "nothing lags", samples)
    status, said = worker.ask("health")
    assert (status, json.loads(said)["alive"]) == (200, True)
    text = samples()
    assert metric(text, "ucc_last_commit_timestamp_seconds", centre="counted") > 1_700_000_000
    assert metric(text, "ucc_rebalances_total") >= 1
    assert metric(text, "ucc_invariants_broken_total") == metric(text, "ucc_gaps_total", centre="counted") == 0


def test_a_worker_that_is_told_to_end_finishes_what_it_has_begun_and_the_next_goes_on(installation: Installation, worker: Worker) -> None:
    centre = installation.centre("ended")
    accepted = [installation.first(centre), *accepted_frames(centre, 1_000, seed=5)]
    installation.offer(centre, *accepted[:20])
    until(lambda: installation.outcomes(centre) > 0, "it has begun", worker.said)
    installation.offer(centre, *accepted[20:])
    assert worker.end() == 0, worker.said()
    assert "Traceback" not in worker.said()
    done = installation.results(centre)
    expected = installation.embedded(centre, accepted)
    assert all(body == expected[OUTCOMES.name][number] for number, body in enumerate(done[OUTCOMES.name])), "whole frames, in order"
    another = installation.worker()
    assert installation.wait(centre, lines_of(accepted)) == expected
    assert another.end() == 0, another.said()
