"""`ucc doors`: the HTTP door where the log is Kafka. Several may run beside each other; each follows the log for its own receipts."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from pathlib import Path

import orjson
import structlog

from connectors.kafka_reader import KafkaReader
from pipeline.runtime.collector import look_seldom
from schemas.brokers import Brokers
from schemas.errors import BrokenSetting
from schemas.event import Centre
from schemas.report import Accepted
from ucc import on_kafka
from ucc.acceptance import KafkaAcceptance
from ucc.door import Door
from ucc.figures import kafka_figures
from ucc.home import Home, new_token, write_whole
from ucc.settings import Settings
from ucc.slots import slot
from ucc.ways import CentreWay, Log, worked_on

logger = structlog.get_logger()
AWAY_S = 10.0
"""How long a push waits for a broker that is away before it is answered with 503."""
AGAIN_S, ENDED_S = 2.0, 60.0
"""Before a part that ended by itself starts again; for one that is told to end."""
MEND_FIRST = 2
"""Exit code of a command that cannot run before something has been mended."""
PARTS = ("worker", "sink")
_CHILD = (
    "import sys; from pipeline.runtime.parent import end_with_parent; end_with_parent({parent}); sys.argv = ['ucc', '{part}']; from ucc.cli import main; main()"
)


def run(home: Home, brokers: Brokers, settings: Settings, host: str, port: int, *, parts: Sequence[str] = ()) -> None:
    """Runs until it is told to end (SIGTERM, SIGINT: requests that have begun end first), with `parts` beside it. Raises BrokenSetting, LogUnavailable."""
    with ExitStack() as stack:
        door = Door(home, settings, host, port, stack)
        door.end_on_signals()
        if not home.centres():
            on_kafka.centre_for(home, brokers, settings.centre)
        children = [stack.enter_context(closing(Child(part))) for part in parts]
        _, folder = stack.enter_context(slot(home, "doors"))
        name = _name_of(folder)

        def look() -> None:
            """Centres come while we run, and parts beside us may end."""
            for child in children:
                child.look()
            for centre in home.centres():
                if centre.centre not in door.ways.open:
                    door.add(centre.centre, _way(centre, brokers, folder / centre.centre, name, stack))
                    door.figures[centre.centre] = kafka_figures(home, brokers, centre, stack)

        look()
        door.open()
        look_seldom()
        door.until_ended(look)


def _name_of(folder: Path) -> str:
    """A name that no other door has, on whichever machine: two of one name would fence each other."""
    path = folder / "name"
    if not path.exists():
        write_whole(path, new_token().encode())
    return f"http {path.read_text()}"


def _way(centre: Centre, brokers: Brokers, folder: Path, name: str, stack: ExitStack) -> CentreWay:
    acceptance = KafkaAcceptance(brokers, centre, name, away_s=AWAY_S)
    stack.callback(acceptance.close)
    reader = KafkaReader(brokers, centre.centre, centre.partition)
    stack.callback(reader.close)

    def take(lines: Sequence[Accepted], source: str) -> int:
        placed: list[int] = []

        def note(_: int, last: int) -> bytes:
            placed.append(last)
            return orjson.dumps({"raw": last})

        acceptance.take(lines, source, note)
        return placed[-1]

    command = acceptance.pass_on if worked_on(centre) else None
    return CentreWay(centre.centre, folder, Log(take, command, alone=False, taken=_nothing, idle=_nothing, read=reader.read, moved=_nothing))


def _nothing() -> None:
    """Workers and the sink see for themselves."""


class Child:
    """Another command of ours beside this one. It is started again when it ends by itself, and ends when this process ends, however that ended."""

    def __init__(self, part: str) -> None:
        """Starts it."""
        self._part = part
        self._env = {name: value for name, value in os.environ.items() if name != "UCC_METRICS"}  # each part needs an address of its own
        self._again_at = 0.0
        self._process = self._started()

    def _started(self) -> subprocess.Popen[bytes]:
        # By the main thread alone: the kernel ends a child when the thread that started it ends.
        return subprocess.Popen([sys.executable, "-c", _CHILD.format(parent=os.getpid(), part=self._part)], env=self._env)  # noqa: S603  ourselves

    def look(self) -> None:
        """Starts it again a while after it has ended. Raises BrokenSetting when it says that something has to be mended first."""
        code = self._process.poll()
        if code is None:
            return
        if code == MEND_FIRST:
            raise BrokenSetting(f"`ucc {self._part}` cannot run; it says above what has to be mended")
        if not self._again_at:
            logger.warning("a part has ended and is started again", part=self._part, code=code)
            self._again_at = time.monotonic() + AGAIN_S
        elif time.monotonic() > self._again_at:
            self._again_at, self._process = 0.0, self._started()

    def close(self) -> None:
        """Lets it end what it has begun."""
        self._process.terminate()
        try:
            self._process.wait(ENDED_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
