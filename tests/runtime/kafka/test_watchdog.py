from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

import pytest

from pipeline.runtime.kafka import watchdog
from pipeline.runtime.kafka.watchdog import STUCK_S, Watchdog, Watched


class Ends:
    """Hears why the process is to end."""

    def __init__(self) -> None:
        self.reasons: list[str] = []
        self.errors: list[Exception | None] = []
        self.heard = threading.Event()

    def __call__(self, reason: str, error: Exception | None) -> None:
        self.reasons.append(reason)
        self.errors.append(error)
        self.heard.set()


def centre(name: str = "pukou", *, ready: bool = True, waits: bool = True, ago: float = 0.0) -> Watched:
    """A centre that got on so many seconds ago."""
    return Watched(name, ready, waits, time.monotonic() - ago)


def watching(*centres: Watched) -> Watchdog:
    """A watchdog whose thread is not started."""
    return Watchdog(lambda: centres, Ends())


@pytest.mark.parametrize(
    "seen",
    [
        list,
        lambda: [centre()],
        lambda: [centre(ago=STUCK_S - 5)],
        lambda: [centre(waits=False, ago=1_000)],
        lambda: [centre(ready=False, ago=STUCK_S - 5)],
        lambda: [centre(), centre("gulou", waits=False, ago=1_000)],
    ],
    ids=["none", "one that moves", "one that is slow", "one that has nothing to do", "one that reads its state back", "several"],
)
def test_who_gets_on_or_has_nothing_to_do_is_left_alone(seen: Callable[[], Sequence[Watched]]) -> None:
    centres = seen()
    well, said = watching(*centres).health()
    assert well
    assert set(said["centres"]) == {one.centre for one in centres}


@pytest.mark.parametrize("ready", [True, False])
def test_a_centre_that_has_work_and_does_not_get_on_is_a_reason_to_end_without_an_error(ready: bool) -> None:
    stuck = watching(centre("gulou"), centre("pukou", ready=ready, ago=STUCK_S + 1))
    assert stuck._reasons(time.monotonic()) == ["pukou has work and did not get on for 60 s"]  # noqa: SLF001  without waiting for it
    well, said = stuck.health()
    assert not well
    assert said["centres"]["pukou"] == {"ready": ready, "waits": True, "moved_seconds_ago": pytest.approx(STUCK_S + 1, abs=5)}


def test_an_event_loop_that_stands_still_is_a_reason_to_end_until_it_moves() -> None:
    dog = watching(centre())
    dog._beaten = time.monotonic() - STUCK_S - 1  # noqa: SLF001  as above
    assert dog._reasons(time.monotonic()) == ["the event loop has not moved for a while"]  # noqa: SLF001  as above
    assert not dog.health()[0]
    dog.beat()
    assert dog.health()[0]


def test_the_thread_ends_the_process_for_each_reason_without_an_error_and_stops_when_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchdog, "LOOK_S", 0.001)
    ends = Ends()
    dog = Watchdog(lambda: [centre("pukou", ago=STUCK_S + 1), centre("gulou", ago=STUCK_S + 1)], ends)
    dog.start()
    assert ends.heard.wait(30)
    dog.stop()
    dog.join(30)
    assert not dog.is_alive()
    assert set(ends.reasons) == {"pukou has work and did not get on for 60 s", "gulou has work and did not get on for 60 s"}
    assert set(ends.errors) == {None}


def test_a_process_that_was_stopped_and_goes_on_has_time_to_show_that_it_gets_on(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, woken = 0.0, 302.0
    naps = [2.0, 300.0, *[2.0] * 20]
    ended_at: list[float] = []
    dog = Watchdog(list, lambda *_: ended_at.append(clock))
    dog._beaten = clock  # noqa: SLF001  the clock is made up

    def asleep(_: float) -> bool:
        nonlocal clock
        clock += naps.pop(0)
        return not naps

    monkeypatch.setattr(dog._stopping, "wait", asleep)  # noqa: SLF001  as above
    monkeypatch.setattr(time, "monotonic", lambda: clock)
    dog.run()
    assert woken + STUCK_S / 2 < ended_at[0] < woken + STUCK_S, "not when it wakes, but when it still stands a while later"
