"""A door for commands over real logs, served by a real server, with a fold of the test's own that answers them."""

from __future__ import annotations

import json
import os
import threading
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

from connectors.http.app import Limits, door
from connectors.message import MessageReader
from pipeline.intake.intake import Intake
from pipeline.runtime.embedded_intake import EmbeddedIntake
from pipeline.runtime.sqlite_log import SqliteLog
from reference import shelf
from schemas.command import Actor, CommandEvent, Verdict
from schemas.event import Centre
from schemas.frame import frame_of
from schemas.topics import RAW, VERDICTS
from schemas.vocabulary import CaseState, Role, Source, VerdictKind
from tests.served.up import JSON, Answered
from ucc.api_keys import ApiKeys
from ucc.commands_known import CommandsKnown
from ucc.home import Home
from ucc.installing import prepared
from ucc.serving import Server, listening
from ucc.up import Frames
from ucc.ways import CentreWay, Log, Ways, worked_on

DESK = Actor(role=Role.DESK, name="值班一席")
UNIT = Actor(role=Role.UNIT, name="街道值班", unit="street-320111004")
RESPONDER = Actor(role=Role.RESPONDER, name="网格员一", responder="gridworker-320111004001001-1")


def command(number: int, action: str = "signed", **also: object) -> dict[str, Any]:
    """A command as somebody sends it."""
    return {"command_id": f"command-{number:06d}", "action": action, "case": "PUKOU-20260302-00001", **also}


class Served:
    """The door of a home; `mode` is its centre's."""

    def __init__(self, folder: Path, stack: ExitStack, centre: Callable[[Centre], Centre] = lambda centre: centre) -> None:
        self.home = Home(folder / "home")
        self.centre = centre(prepared(self.home, ""))
        name, packs = self.centre.centre, self.home.packs
        self.log = stack.enter_context(closing(SqliteLog(self.home.intake_log(name), writer=True)))
        self.intake = EmbeddedIntake(self.log, name, lambda pack: Intake(shelf.get(packs, pack), self.centre.mode), str(os.getpid()))
        self.fold = stack.enter_context(closing(Fold(self.home, name)))
        self.stack, self.way = stack, self.opened(stack)
        keys = ApiKeys(self.home.path)
        self.keys = {actor.role: keys.create(name, actor)[1] for actor in (DESK, UNIT, RESPONDER)}
        self.source = keys.create(name, Source.PETITION)[1]
        ways = Ways(_nobody)
        ways.open = {name: self.way}
        listener = listening("127.0.0.1", 0)
        self.server = Server(door(keys, ways, Limits(), lambda _: None), listener)
        stack.callback(self.server.close)

    def opened(self, stack: ExitStack) -> CentreWay:
        """A way into the centre, as the door makes it when it starts."""
        frames = stack.enter_context(closing(Frames(self.home, self.centre.centre)))
        take = self.intake.command if worked_on(self.centre) else None
        log = Log(self.intake.take, take, alone=True, taken=_nothing, idle=_nothing, read=frames.read, moved=_nothing)
        way = CentreWay(self.centre.centre, self.home.path / "doors" / "1", log)
        way.start()
        stack.callback(way.close)
        return way

    def known(self) -> CommandsKnown:
        """What the door keeps of commands."""
        return CommandsKnown(self.home.path / "doors" / "1" / "commands.db")

    def commands(self) -> list[str]:
        """Ids of the commands in the log, in their order."""
        reader = SqliteLog(self.home.intake_log(self.centre.centre), writer=False)
        with closing(reader):
            frames = [placed.frame for placed in reader.read(RAW.name, -1, 1_000) if placed.frame.header.kind == "command"]
        return [CommandEvent.model_validate_json(line).command.command_id for frame in frames for line in frame.lines()]

    def ask(self, method: str, path: str, key: str = "", body: object = None, kind: str = JSON) -> Answered:
        """One request; `body` as JSON where it is no bytes."""
        data = body if isinstance(body, bytes) or body is None else json.dumps(body, ensure_ascii=False).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.server.port}{path}", data=data, method=method)
        request.add_header("Content-Type", kind)
        if key:
            request.add_header("Authorization", f"Bearer {key}")
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310  loopback
                return Answered(answer.status, json.loads(answer.read()), {name.lower(): value for name, value in answer.headers.items()})
        except HTTPError as error:
            with error:
                return Answered(error.code, json.loads(error.read()), {name.lower(): value for name, value in error.headers.items()})

    def post(self, body: object, role: Role = Role.DESK) -> Answered:
        """A command, with the key of a role."""
        return self.ask("POST", "/v1/commands", self.keys[role], body)


class Fold:
    """Answers every command that it finds in the log, once it is told to: what is `closed` is refused, all else is done."""

    def __init__(self, home: Home, centre: str) -> None:
        self._centre = centre
        self._out = SqliteLog(home.casework_log(centre), writer=True)
        self._in = SqliteLog(home.intake_log(centre), writer=False)
        self._answers, self._ended, self._after = threading.Event(), threading.Event(), -1
        self._answers.set()
        self._thread = threading.Thread(target=self._run, name="fold of the test", daemon=True)
        self._thread.start()

    def stand(self) -> None:
        """Answers nothing any more."""
        self._answers.clear()

    def go(self) -> None:
        """Answers again."""
        self._answers.set()

    def close(self) -> None:
        """Ends."""
        self._ended.set()
        self._answers.set()
        self._thread.join()
        self._in.close()
        self._out.close()

    def _run(self) -> None:
        while not self._ended.wait(0.02):
            self._answers.wait()
            for offset, frame in self._in.read(RAW.name, self._after, 64):
                self._after = offset
                if frame.header.kind == "command":
                    lines = [_verdict(self._centre, CommandEvent.model_validate_json(line), offset) for line in frame.lines()]
                    with self._out.transaction() as transaction:
                        transaction.append(VERDICTS.name, frame_of(self._centre, VERDICTS.name, lines, raw_offset=offset))


def _verdict(centre: str, event: CommandEvent, offset: int) -> bytes:
    command = event.command
    refused = command.action.value == "closed"
    return Verdict(
        centre=centre,
        command_id=command.command_id,
        at=event.at,
        verdict=VerdictKind.REFUSED if refused else VerdictKind.DONE,
        code="not-from-here" if refused else "",
        detail="案件已派遣，不能办结；先签收" if refused else "",
        action=command.action,
        actor=f"{command.actor.role.value}:{command.actor.name}",
        case_id="c",
        number=command.case,
        state=CaseState.SIGNED,
        seq=3,
        raw_offset=offset,
        raw_line=0,
    ).to_json()


def _nothing() -> None:
    """As the log says: nobody needs to be told."""


def _nobody(centre: str, source: Source) -> MessageReader:
    raise AssertionError(f"no report of {source} comes into {centre}")
