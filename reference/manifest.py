"""The manifest of a pack (`pack.yaml`): whose it is, where and when it holds, where its data comes from, what of it is synthetic."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import yaml
from pydantic import AfterValidator, ValidationError

from reference.problem import Problem
from reference.rows import Origin, as_problem
from reference.tables import MANIFEST_FILE
from schemas.centre import AreaCode, Name
from schemas.fields import CentreId, Model
from schemas.vocabulary import Mode

if TYPE_CHECKING:
    from pathlib import Path


def _known_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError("no time zone of the IANA list, such as Asia/Shanghai") from error
    return value


class Manifest(Model):
    """What `pack.yaml` says."""

    name: CentreId
    title: Name
    title_en: str = ""
    time_zone: Annotated[str, AfterValidator(_known_zone)] = "Asia/Shanghai"
    district: AreaCode
    mode: Mode = Mode.LIVE
    since: date = date(2000, 1, 1)
    """From this day on every matter must have a duty."""
    calendar_until: date | None = None
    """To this day calendar.csv is complete; none: to the end of the last year in it. Beyond, weekends count alone."""
    provenance: tuple[str, ...] = ()
    synthetic: tuple[str, ...] = ()
    complete: bool = False
    """The base's rows are in it already: a pack of the shelf."""


def read(folder: Path, problems: list[Problem]) -> Manifest | None:
    """The manifest of the pack in `folder`; None, and the reason in `problems`, when it cannot be used."""
    name = f"{folder.name}/{MANIFEST_FILE}"
    try:
        content = yaml.safe_load((folder / MANIFEST_FILE).read_text("utf-8"))
    except FileNotFoundError:
        problems.append(Problem(name, 0, "", "", "is missing", "a pack is a folder with this file in it"))
        return None
    except (yaml.YAMLError, ValueError, OSError, RecursionError) as error:  # ValueError: dates and bytes that are none
        problems.append(Problem(name, 0, "", "", f"is not YAML that can be read: {' '.join(str(error).split())}"))
        return None
    if not isinstance(content, dict):
        problems.append(Problem(name, 0, "", "", "is not a list of `field: value`", ", ".join(Manifest.model_fields)))
        return None
    try:
        return Manifest.model_validate(content)
    except ValidationError as error:
        problems += [as_problem(detail, Origin(name, 0), detail["loc"]) for detail in error.errors(include_url=False)]
        return None


def write(manifest: Manifest) -> bytes:
    """A manifest as a file: the same manifest always gives the same bytes."""
    return yaml.safe_dump(manifest.model_dump(mode="json"), allow_unicode=True, sort_keys=False, width=120).encode()
