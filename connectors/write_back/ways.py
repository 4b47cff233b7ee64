"""By which way each source is told of its reports: `write_back.yaml` of the home, checked as a whole before anything is delivered."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from schemas.errors import BrokenSetting
from schemas.vocabulary import Source

FILE = "write_back.yaml"
_LEAST_SECRET = 16
_OTHERS = 0o077


class Way(BaseModel):
    """The way of one source: into a file of the home, or to its own address."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: bool = Field(default=False, description="Into results/<source>.ndjson of the home.")
    url: str = Field(default="", description="Where each result is posted.")
    secret_file: Path | None = Field(default=None, description="Holds the secret that signs what is posted; relative to the home.")
    ca_file: Path | None = Field(default=None, description="PEM of who signed the receiver's certificate; none: whom the system trusts.")
    plain: bool = Field(default=False, description="Whether words may go to another machine unencrypted, over http.")
    timeout_s: Annotated[float, Field(gt=0, le=120)] = 10.0
    give_up_hours: Annotated[float, Field(gt=0, le=720)] = Field(default=72.0, description="How long one result is tried before it goes to the undelivered.")

    @model_validator(mode="after")
    def _one_way(self) -> Way:
        if self.file == bool(self.url):
            raise ValueError("wants either `file: true` or a `url`")
        if self.file and self.model_fields_set - {"file"}:
            raise ValueError(f"with `file: true` there is no {', '.join(sorted(self.model_fields_set - {'file'}))}")
        if self.url:
            _check_address(self.url, plain=self.plain)
            if self.secret_file is None:
                raise ValueError("a `url` wants a `secret_file`: the receiver must be able to tell that it was us")
        return self


Ways = dict[Source, Way]
_WAYS = TypeAdapter(Ways)


def _check_address(url: str, *, plain: bool) -> None:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError as error:
        raise ValueError("the url is none: write https://host:port/path") from error
    if parts.scheme not in ("https", "http") or not host or parts.username is not None or parts.fragment:
        raise ValueError("the url is none that can be posted to: write https://host:port/path, without a user")
    if not url.isascii() or any(character <= " " for character in url):
        raise ValueError("the url holds a character that no url has: write it percent-encoded")
    if parts.scheme == "http" and not plain and not _is_loopback(host):
        raise ValueError("the url is http: words about people would go unencrypted; use https, or say `plain: true` where the network is one of its own")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def ways(home: Path) -> Ways:
    """The ways that `write_back.yaml` of a home names, secrets and certificates beside it; none where there is no such file.

    Raises BrokenSetting that names the file, the source and the key.
    """
    path = home / FILE
    try:
        content = yaml.safe_load(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise BrokenSetting(f"is no YAML: {' '.join(str(error).split())[:300]}", where=str(path)) from error
    except OSError as error:
        raise BrokenSetting(f"cannot be read: {error.strerror}", where=str(path)) from error
    if not isinstance(content, dict):
        raise BrokenSetting("is no list of sources: write `hotline12345: {file: true}`", where=str(path))
    try:
        found = _WAYS.validate_python(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        names = [str(part) for part in first["loc"] if part != "[key]"]
        allowed = f"; sources are {', '.join(Source)}" if "[key]" in first["loc"] else ""
        raise BrokenSetting(first["msg"].removeprefix("Value error, ") + allowed, where=f"{path} {'.'.join(names)}") from None
    return {source: _with_files(way, home, f"{path} {source}") for source, way in found.items()}


def _with_files(way: Way, home: Path, where: str) -> Way:
    """The way with the files beside it as paths of their own, each there and fit. `home / path` leaves an absolute path as it is."""
    if way.ca_file is not None:
        if not (home / way.ca_file).is_file():
            raise BrokenSetting(f"there is no file {way.ca_file}", where=f"{where}.ca_file")
        way = way.model_copy(update={"ca_file": home / way.ca_file})
    if way.secret_file is not None:
        way = way.model_copy(update={"secret_file": home / way.secret_file})
        try:
            secret_of(way)
        except OSError as error:
            raise BrokenSetting(f"{way.secret_file} cannot be read: {error.strerror}", where=f"{where}.secret_file") from error
        except ValueError as error:
            raise BrokenSetting(f"{way.secret_file} {error}", where=f"{where}.secret_file") from None
    return way


def secret_of(way: Way) -> bytes:
    """The secret as its file has it now, so that it can be changed while we run. Raises OSError, and ValueError where it is no secret."""
    path = way.secret_file
    if path is None:
        raise ValueError("is not named")
    secret = path.read_bytes().strip()
    if len(secret) < _LEAST_SECRET:
        raise ValueError(f"holds {len(secret)} bytes; a secret has {_LEAST_SECRET} at least (`openssl rand -hex 32`)")
    if path.stat().st_mode & _OTHERS:
        raise ValueError("can be read by others: `chmod 600` it")
    return secret
