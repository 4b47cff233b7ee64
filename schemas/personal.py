"""What is known of a person who reports: in the clear only between a connector and the acceptance of its line (`DESIGN.md` §4, promise 7)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from schemas.fields import FreeText, Model, Token


class Personal(Model):
    """A reporter's personal fields in the clear. It never leaves the process that read it: `Reporter` is what flows."""

    name: Annotated[FreeText, Field(max_length=100)] = ""
    phone: Annotated[FreeText, Field(max_length=40)] = ""
    id_number: Annotated[FreeText, Field(max_length=40)] = ""
    home: Annotated[FreeText, Field(max_length=300)] = Field(default="", description="Where the person lives; not where the matter is.")

    def __repr__(self) -> str:
        """Without what it holds: it must not come into a log by chance."""
        return "Personal(…)"

    __str__ = __repr__


class Reporter(Model):
    """A reporter as it flows and is kept: masked for people to see, whole for nobody without the installation's keys."""

    name: Annotated[FreeText, Field(max_length=100)] = Field(default="", description="Masked: 张*.")
    phone: Annotated[FreeText, Field(max_length=40)] = Field(default="", description="Masked: 138****5678.")
    id_number: Annotated[FreeText, Field(max_length=40)] = Field(default="", description="Masked: 320***********123X.")
    home: Annotated[FreeText, Field(max_length=300)] = Field(default="", description="Masked: to the road or estate.")
    token: Annotated[Token, Field(max_length=64)] = Field(
        default="", description="The same for the same telephone within a centre; for merging and counting callers only."
    )
    key: Annotated[Token, Field(max_length=20)] = Field(default="", description="Version of the key that opens `box`.")
    box: Annotated[Token, Field(max_length=4_000)] = Field(default="", description="The personal fields, encrypted; base64.")
