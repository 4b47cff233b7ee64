"""Commanding from the terminal: through whoever owns the home, as its owner for the time, or through Kafka. The fold answers in each case."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import UTC, datetime

import orjson
from pydantic import ValidationError

from connectors.figures import refusal
from connectors.http.commands import whose
from connectors.kafka_publisher import Publisher
from connectors.kafka_reader import KafkaReader
from pipeline.casework.lifecycle.kept import COMMANDS
from pipeline.casework.state import META, Meta
from pipeline.runtime.sqlite_log import SqliteLog
from schemas.ages import accepted
from schemas.brokers import Brokers
from schemas.command import Actor, Command, CommandEvent, Verdict
from schemas.errors import BrokenSetting, HomeBusy, LogUnavailable, NotFound, Refused
from schemas.event import Centre
from schemas.frame import frame_of
from schemas.topics import RAW, VERDICTS
from schemas.vocabulary import Mode, Role
from ucc import answering
from ucc.home import Home
from ucc.on_kafka import meta_of
from ucc.owner import owner_of
from ucc.ways import NOT_WORKED_ON, CentreWay, worked_on

PEOPLE = (Role.DESK, Role.UNIT, Role.RESPONDER)
"""Who commands; sources and the clock do not."""
PATIENCE_S, LOOK_S = 10.0, 0.1
"""How long one waits for the log, and how often one looks for a verdict."""
_FRAMES_AT_ONCE = 64


def actor_of(role: Role, name: str, *, unit: str = "", responder: str = "", where: str = "--role") -> Actor:
    """Who acts. Raises BrokenSetting (`where`) where it is not said which unit or responder, or no name."""
    if not name.strip():
        raise BrokenSetting("say who acts: the name of a post or an account; it stands in the journal", where=where)
    if (role is Role.UNIT) != bool(unit) or (role is Role.RESPONDER) != bool(responder):
        raise BrokenSetting("who acts for a unit is of one unit, a responder is one responder, the desk is neither", where=where)
    try:
        return Actor(role=role, name=name, unit=unit, responder=responder)
    except ValidationError as error:
        raise BrokenSetting(str(refusal(error, Actor)), where=where) from None


def commanded(home: Home, brokers: Brokers | None, centre: Centre, command: Command, seconds: float, *, again: bool) -> Verdict | None:
    """Commands, and waits for the verdict so many seconds at most; none where it takes longer: sent again under its id, it is done once.

    `again`: its id may have been used before.
    Raises Refused (the centre is not worked on, the id is another command's), HomeBusy, LogUnavailable.
    """
    if not worked_on(centre):
        raise Refused(NOT_WORKED_ON, where=centre.centre)
    line = _through_kafka(brokers, centre, command, seconds, again=again) if brokers is not None else _embedded(home, centre, command, seconds)
    if not line:
        return None
    verdict = Verdict.model_validate_json(line)
    _check(command, verdict.actor, verdict.action.value)
    return verdict


def _check(command: Command, actor: str, action: str) -> None:
    if (actor, action) != (whose(command.actor), command.action.value):
        raise Refused("this id was used for another command: a new command needs a new id", where=command.command_id)


def through(way: Callable[[str], CentreWay | None]) -> answering.Command:
    """How the owner that has the doors takes the commands of others on its home."""

    def command(centre: str, line: bytes, seconds: float) -> bytes:
        found = way(centre)
        if found is None:
            raise NotFound("this centre is not served here", where=centre)
        wanted = Command.model_validate_json(line)
        try:
            known = found.command(wanted).result(PATIENCE_S)
        except TimeoutError as error:
            raise LogUnavailable("the log is not written now", where=centre) from error
        _check(wanted, known.actor, known.action)
        if known.verdict:
            return known.verdict
        waiting = found.verdict(wanted.command_id)
        try:
            return waiting.result(seconds)
        except TimeoutError:
            waiting.cancel()
            return b""

    return command


def _embedded(home: Home, centre: Centre, command: Command, seconds: float) -> bytes:
    """Through whoever owns the home; where nobody does, as its owner. One who owns it for a moment is waited for."""
    until = time.monotonic() + seconds
    while True:
        try:
            running = home.running()
            if running is not None:
                return answering.commanded(running, centre.centre, command.to_json(), seconds)
            return _as_owner(home, centre, command)
        except HomeBusy:
            if time.monotonic() > until:
                raise
            time.sleep(LOOK_S)


def _as_owner(home: Home, centre: Centre, command: Command) -> bytes:
    """All that is accepted is folded and has landed before it returns."""
    name = centre.centre
    with owner_of(home, f"command {command.action.value}") as owner:
        intake = owner.centre(centre)
        owner.drain(name)
        with closing(SqliteLog(home.casework_log(name), writer=False)) as log:
            if not log.load(COMMANDS, [command.command_id]):
                intake.command(_event(command, centre, _meta(log, name)))
                owner.nudge(name)
                owner.drain(name)
            return log.load(COMMANDS, [command.command_id]).get(command.command_id, b"")


def _meta(log: SqliteLog, centre: str) -> Meta:
    kept = log.load(META, [0])
    return Meta.from_bytes(kept[0]) if 0 in kept else Meta(centre)


def _event(command: Command, centre: Centre, meta: Meta) -> CommandEvent:
    """A command that is accepted now; in a simulated centre that nobody drives, time stands."""
    at = meta.clock if centre.mode is Mode.SIMULATED else datetime.now(UTC)
    return CommandEvent(kind="command", at=at, command=command)


def _through_kafka(brokers: Brokers, centre: Centre, command: Command, seconds: float, *, again: bool) -> bytes:
    """Where it may have been sent before, it is looked for among all verdicts that are kept; sent twice, the fold does it once."""
    with closing(KafkaReader(brokers, centre.centre, centre.partition)) as reader, closing(Publisher(brokers)) as publisher:
        after, line = _verdict(reader, -1 if again else reader.end(VERDICTS.name), command.command_id)
        if not line:
            event = _event(command, centre, meta_of(reader, centre.centre))
            frame = frame_of(centre.centre, event.kind, [event.to_json()], hops=(accepted("command"),))
            publisher.send(RAW.name, centre.partition, frame)
        until = time.monotonic() + seconds
        while not line and time.monotonic() < until:
            after, line = _verdict(reader, after, command.command_id)
            if not line:
                time.sleep(LOOK_S)
        return line


def _verdict(reader: KafkaReader, after: int, command_id: str) -> tuple[int, bytes]:
    """How far one has looked, and the line of the verdict if it was there."""
    while frames := reader.read(VERDICTS.name, after, _FRAMES_AT_ONCE):
        for placed in frames:
            after = placed.offset
            for line in placed.frame.lines():
                with suppress(ValueError, KeyError):
                    if orjson.loads(line)["command_id"] == command_id:
                        return after, line
    return after, b""
