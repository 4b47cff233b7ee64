"""部门专线: the lines of water, power, gas, police, transport, culture and tourism, health, fire, environment, emergency management, market supervision.

One envelope: the key `system` (or `系统`) says whose line it is, by the profile's name or one of its words (`water`, 供水); everything else stands under
the line's own keys, as its profile names them (`connectors/profiles/*.yaml`). A district adds a profile without touching the program.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import Field

from connectors.channel import Channel, Said
from connectors.owners import owner_of
from connectors.payload import Label, Payload, Words, extra_of, json_schema, order_of, personal_of, read_line, report_of
from connectors.profiles.profile import Profile, profiles
from pipeline.intake.against import FIELD
from schemas.errors import InvalidField
from schemas.report import order_key
from schemas.vocabulary import Crs, Operation, Source

NEUTRAL = frozenset({"一般", "普通", "正常"})
"""Words of urgency that say nothing: the matter's own stands."""


class Envelope(Payload):
    """Whose line it is."""

    system: Label = Field(default="", title="系统", description="Whose line it is: a profile's name or one of its words.")
    named: Label = Field(default="", alias="系统", title="系统")


class Lines:
    """Reads the lines of all departments that have a profile."""

    def __init__(self, known: Mapping[str, Profile]) -> None:
        self.profiles = dict(known)
        self._by_word = Words({word: profile for profile in known.values() for word in (profile.system, *profile.names)})

    def read(self, line: bytes, now: datetime) -> Said:
        """One line as a report. Raises Refused; the sentence names the line's own key."""
        envelope = read_line(Envelope, line, now)
        profile = self._by_word.of(envelope.system or envelope.named)
        if profile is None:
            raise InvalidField(f"names no line that has a profile; there are {', '.join(sorted(self.profiles))}", where="system")
        return _said(profile, read_line(profile.line, line, now))

    def schema(self) -> dict[str, Any]:
        """JSON Schema of a line: one for each profile."""
        return {
            "title": "部门专线",
            "description": "The key system (or 系统) says whose line it is.",
            "oneOf": [_schema(one) for one in self.profiles.values()],
        }


def channel(*folders: Path) -> Channel:
    """The source with the shipped profiles and those in `folders`. Raises BrokenMapping."""
    lines = Lines(profiles(*folders))
    return Channel(Source.DEPARTMENT, lines.read, lines.schema, lines.profiles["water"].example)


def _said(profile: Profile, line: Payload) -> Said:
    values: dict[str, Any] = dict(line)
    get = values.get
    code = "/".join(part for part in (get("code"), get("subcode")) if part)
    owner = owner_of(get("owner") or "")
    report = report_of(
        source=Source.DEPARTMENT,
        source_id=f"{profile.system}:{values['source_id']}",
        operation=Operation.WITHDRAW if profile.void.of(get("state") or "") else Operation.SET,
        order_key=_order(profile, get("version"), get("updated_at")),
        reported_at=values["reported_at"],
        arrived_at=get("sent_at"),
        text=get("text"),
        address=get("address"),
        area_hint=get("area"),
        lng=get("lng"),
        lat=get("lat"),
        crs=profile.crs or Crs.WGS84,
        accuracy_m=accuracy if (accuracy := get("accuracy_m")) is not None and accuracy >= 0 else None,
        code_standard=profile.standard if code else "",
        code=code,
        intent=profile.intents.of(get("intent") or ""),
        urgency_hint=profile.urgencies.of(get("urgency") or ""),
        part_owner=owner,
        persons=get("persons"),
        attachments=get("attachments"),
        extra={"system": profile.system, **({FIELD: accused} if (accused := get("against")) else {}), **_kept(profile, line, owner)},
    )
    return Said(report, personal_of(**{name: get(name) or "" for name in ("name", "phone", "id_number", "home")}))


def _order(profile: Profile, version: int | None, updated_at: datetime | None) -> str:
    if version is not None:
        if version < 0:
            raise InvalidField("is below zero; versions grow from 0", where=profile.keys.there()["version"][0])
        return order_key(version)
    return order_of(updated_at) if updated_at is not None else ""


def _kept(profile: Profile, line: Payload, owner: str) -> dict[str, str]:
    """What the profile keeps, and the words that were not understood."""
    values = dict(line)
    names = [name for name in values if name.startswith("kept_")]
    understood = {"intent": profile.intents.of(values.get("intent") or ""), "urgency": profile.urgencies.of(values.get("urgency") or ""), "owner": owner}
    names += [name for name, found in understood.items() if not found and values.get(name, "") not in {"", *NEUTRAL}]
    return extra_of(line, *names)


def _schema(profile: Profile) -> dict[str, Any]:
    """JSON Schema of one profile's line, with the key that says so."""
    made = json_schema(profile.line)
    words = [profile.system, *profile.names]
    made["title"] = profile.title
    made["properties"] = {"system": {"enum": words, "title": "系统"}, "系统": {"enum": words, "title": "系统"}, **made["properties"]}
    made["anyOf"] = [{"required": ["system"]}, {"required": ["系统"]}]
    return made


CHANNEL = channel()
