"""Settings, from `UCC_…` environment variables and the command line. Unknown ones are errors."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from schemas.errors import BrokenSetting
from ucc.home import Home


class Settings(BaseSettings):
    """What an installation is told from outside (`DESIGN.md` §5, Where)."""

    model_config = SettingsConfigDict(env_prefix="UCC_", frozen=True)

    home: Path = Field(default=Path("~/.ucc"), description="Folder of the installation: logs, warehouse, packs, keys.")
    log: str = Field(default="", pattern=r"^(|sqlite:.*)$", description="Where the log is; empty: SQLite in the home.")
    warehouse: str = Field(default="", pattern=r"^(|chdb:.*)$", description="Where the warehouse is; empty: chDB in the home.")
    namespace: str = Field(
        default="", pattern=r"^[A-Za-z0-9_.-]{0,100}$", description="Prefix of topics, groups and databases where several installations share a broker."
    )
    centre: str = Field(default="", description="Which centre, where a home has more than one.")
    shared: Path = Field(default=Path("../shared"), description="Where the tests find the real data.")


def settings() -> Settings:
    """The settings as the environment has them; raises BrokenSetting naming the variable, its value and what is allowed."""
    known = {f"UCC_{name.upper()}" for name in Settings.model_fields}
    unknown = sorted(name for name in os.environ if name.startswith("UCC_") and name not in known)
    if unknown:
        raise BrokenSetting(f"there is no such setting; known are {', '.join(sorted(known))}", where=unknown[0])
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = f"UCC_{str(first['loc'][0]).upper()}"
        raise BrokenSetting(
            f"the value {first.get('input')!r} is not usable: {first['msg']}. This release has the embedded log (sqlite:) and warehouse (chdb:)", where=name
        ) from error


def home() -> Home:
    """The home that the settings name."""
    kept = settings()
    return Home(kept.home, log=kept.log, warehouse=kept.warehouse)
