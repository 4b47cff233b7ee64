"""What README and guides name must exist: links, commands and options, settings, make's targets; and both READMEs are in step."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from schemas.vocabulary import OutcomeKind
from ucc.cli import app
from ucc.settings import Settings

ROOT = Path(__file__).parents[2]
ENGLISH, CHINESE = ROOT / "README.md", ROOT / "README.zh-CN.md"
PAGES = [ENGLISH, CHINESE, ROOT / "CHANGELOG.md", ROOT / "connectors/samples/README.md", *sorted((ROOT / "docs").rglob("*.md"))]
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(?<!\\)\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^(#+) (.+)$", re.MULTILINE)


def text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def prose(page: Path) -> str:
    return _FENCE.sub("", text(page))


def slug(heading: str) -> str:
    """The anchor of a heading, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower()).replace(" ", "-")


def anchors(page: Path) -> set[str]:
    return {slug(heading) for _, heading in _HEADING.findall(prose(page))}


def commands(page: Path) -> Iterator[list[str]]:
    """Every command of ours that a page names, as words: in code spans, in shell blocks, in indented code."""
    spans = re.findall(r"`([^`\n]+)`", prose(page))
    lines = [line for language, body in _FENCE.findall(text(page)) if language in ("", "sh") for line in body.splitlines()]
    lines += re.findall(r"^    (ucc .+)$", prose(page), re.MULTILINE)
    for said in (*spans, *(line.strip() for line in lines)):
        if said.startswith("ucc "):
            yield shlex.split(said.replace("…", ""), comments=True)[1:]


def wrong_with(words: list[str]) -> str:
    """What of a command does not exist; empty when all of it does."""
    command: Any = typer.main.get_command(app)
    options = {option for parameter in command.params for option in parameter.opts}
    waiting = list(words)
    while waiting:
        word = waiting.pop(0)
        if word.startswith("--"):
            name = word.partition("=")[0]
            if name not in options | {"--help"}:
                return f"{name} is no option of `ucc {' '.join(words)}`"
            takes = next((p for p in command.params if name in p.opts), None)
            if takes is not None and not getattr(takes, "is_flag", False) and "=" not in word and waiting:
                waiting.pop(0)
        elif hasattr(command, "commands"):
            if word not in command.commands:
                return f"there is no command `{word}` in `ucc {' '.join(words)}`"
            command = command.commands[word]
            options = {option for parameter in command.params for option in parameter.opts}
    return ""


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in _LINK.findall(prose(page)):
        if link.startswith(("https://", "mailto:")):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{page.name} links to {link}"
        assert not anchor or anchor in anchors(target), f"{page.name} links to {link}; headings there: {sorted(anchors(target))}"


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_command_and_option_that_a_page_names_exists(page: Path) -> None:
    assert [wrong for words in commands(page) if (wrong := wrong_with(words))] == []


def test_commands_are_found_and_wrong_ones_noticed() -> None:
    assert ["reconcile"] in list(commands(ENGLISH))
    assert "no command `fly`" in wrong_with(["fly"])
    assert "--wings is no option" in wrong_with(["sql", "SELECT 1", "--wings", "2"])
    assert not wrong_with(["--home", "somewhere", "reference", "import", "--name", "x", "--grids", "f"])


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_make_target_that_a_page_names_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", text(ROOT / "Makefile"), re.MULTILINE))
    named = re.findall(r"`make ([a-z-]+)", prose(page)) + re.findall(r"^make ([a-z-]+)", text(page), re.MULTILINE)
    assert set(named) <= targets


def test_the_readme_opens_with_two_sentences_and_exactly_two_commands() -> None:
    opening = text(ENGLISH).split("```sh\n")
    assert [line.split("#")[0].strip() for line in opening[1].split("```")[0].splitlines()] == ["make run", "make test"]
    said = opening[0].split("\n\n", 1)[1].rpartition("[")[0]
    assert len(re.findall(r"[.:;]?\.(?:\s|$)", said)) == 2


def test_both_readmes_are_in_step() -> None:
    levels = [[len(marks) for marks, _ in _HEADING.findall(prose(page))] for page in (ENGLISH, CHINESE)]
    assert levels[0] == levels[1]
    assert _FENCE.findall(text(ENGLISH)) == _FENCE.findall(text(CHINESE))
    links = [sorted(link for link in _LINK.findall(prose(page)) if not link.startswith("README")) for page in (ENGLISH, CHINESE)]
    assert links[0] == links[1]
    rows = [len(re.findall(r"^\|", prose(page), re.MULTILINE)) for page in (ENGLISH, CHINESE)]
    assert rows[0] == rows[1]


@pytest.mark.parametrize("page", [ENGLISH, CHINESE], ids=["en", "zh"])
def test_the_words_for_outcomes_are_those_of_the_vocabulary(page: Path) -> None:
    rows = re.findall(r"^\| (\w+) \| (\w+) \| ", prose(page), re.MULTILINE)
    assert [(kind.value, kind.zh) for kind in OutcomeKind] == [row for row in rows if row[0] in set(OutcomeKind)]


def test_the_operators_guide_names_every_setting_with_its_default() -> None:
    guide = text(ROOT / "docs/operators.md")
    named = dict(re.findall(r"^\| `(UCC_\w+)` \| (?:`([^`]*)`)? ?\|", guide, re.MULTILINE))
    assert named == {f"UCC_{name.upper()}": "" if field.default is None else str(field.default) for name, field in Settings.model_fields.items()}


def test_every_decision_is_in_the_list_of_decisions() -> None:
    listed = set(re.findall(r"\((\d{4}-[\w-]+\.md)\)", text(ROOT / "docs/adr/README.md")))
    assert listed == {page.name for page in (ROOT / "docs/adr").glob("[0-9]*.md")}


def test_every_file_that_the_guides_name_in_code_exists() -> None:
    for page in PAGES:
        for name in re.findall(r"`((?:schemas|pipeline|connectors|sinks|ucc|reference|tests)/[\w/.-]+\.(?:py|csv|yaml|sql))`", prose(page)):
            assert (ROOT / name).exists(), f"{page.name}: {name}"
