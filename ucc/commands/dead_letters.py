"""`ucc dead-letters`: what could not go on, why, and to try it again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from schemas.case import DeadLetter
from schemas.errors import BrokenSetting, NotFound
from schemas.event import Centre
from ucc.settings import brokers, home, settings

if TYPE_CHECKING:
    from ucc.dead_letters import Replayed, Shelf

app = typer.Typer(help="What could not go on, and why; mended, it is replayed.", no_args_is_help=True)
_Centre = Annotated[str, typer.Option(help="Which centre (UCC_CENTRE); all when not given.")]
_Json = Annotated[bool, typer.Option("--json", help="JSON, one object a line.")]


@app.command("list")
def list_(
    centre: _Centre = "",
    replayed: Annotated[bool, typer.Option("--replayed", help="Also those that were replayed.")] = False,
    as_json: _Json = False,
) -> None:
    """Lists the dead letters that stand, oldest first, each line behind the one that it waits for. Example: `ucc dead-letters list`."""
    from ucc.letters_shown import listed, row

    rows = [one for shelf in _read(_centres(centre)) for one in listed(shelf, replayed=replayed)]
    for one in rows:
        typer.echo(json.dumps(one, ensure_ascii=False) if as_json else row(one, home().centre(one["centre"]).time_zone))
    if not rows:
        typer.echo("no dead letters", err=True)


@app.command()
def show(
    letter: Annotated[str, typer.Argument(help="Its id, or how that begins.")],
    full: Annotated[bool, typer.Option("--full", help="With the numbers of persons in it; needs --purpose, and is noted in audit.log.")] = False,
    purpose: Annotated[str, typer.Option(help="What it is opened for.")] = "",
    centre: _Centre = "",
    as_json: _Json = False,
) -> None:
    """Shows a dead letter: why it could not go on, where it has been, and the line as it was, numbers of persons masked.

    What a report says that is sealed, or may be, is not shown at all. Example: `ucc dead-letters show 3f2a91c4`.
    """
    from ucc.audit import trace
    from ucc.letters_shown import found, shown, text

    if full and not purpose.strip():
        raise BrokenSetting("say what it is opened for: it is noted in the audit log", where="--purpose")
    where = home()
    for shelf in _read(_centres(centre)):
        one = found(shelf, letter)
        if one is None:
            continue
        if full:
            of = one.letter
            about = {"centre": shelf.centre, "source": of.source, "source_id": of.source_id, "dead_letter_id": of.dead_letter_id}
            trace(where.path, "dead letter opened", purpose, **about)
        said = shown(shelf, one, full=full)
        typer.echo(json.dumps(said, ensure_ascii=False) if as_json else text(said, where.centre(shelf.centre).time_zone))
        return
    raise NotFound("there is no dead letter with this id", where=letter)


@app.command()
def replay(
    letters: Annotated[
        list[str] | None, typer.Argument(help="Ids, or how they begin: these, with all that stand of their reports.", show_default=False)
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="All that stand, but for those that have failed three times.")] = False,
    budget: Annotated[int, typer.Option(min=1, help="At most so many lines in this run.")] = 200,
    centre: _Centre = "",
    as_json: _Json = False,
) -> None:
    """Tries dead letters again, as new lines with their old receipts; waits, and says what became of them. Exit code 1: some failed again.

    A report's lines go in their order, whole reports at a time. Run twice, or killed, it does no harm. Example: `ucc dead-letters replay --all`.
    """
    from ucc.dead_letters import replay as run
    from ucc.letters_shown import summary, told

    if bool(letters) == every:
        raise BrokenSetting("name dead letters, or say --all", where="replay")
    failed = 0
    with _replaying(_named(letters or [], _centres(centre))) as work:
        for shelf, names in work:
            done: Replayed = run(shelf, names, budget)
            budget -= len(done.done)
            failed += done.failed
            typer.echo(json.dumps(summary(shelf.centre, done), ensure_ascii=False) if as_json else told(shelf.centre, done))
            if budget <= 0:
                break
    raise typer.Exit(1 if failed else 0)


@app.command()
def dismiss(
    letter: Annotated[str, typer.Argument(help="Its id, or how that begins.")],
    reason: Annotated[str, typer.Option(help="Why it is not to be tried again; it is kept with the decision.")],
    budget: Annotated[int, typer.Option(min=1, help="At most so many of the lines behind it are replayed.")] = 200,
    centre: _Centre = "",
    as_json: _Json = False,
) -> None:
    """Ends the line of a dead letter as refused, for a reason; what waited behind it is replayed. Noted in audit.log. Exit code 1: some of that failed.

    Example: `ucc dead-letters dismiss 3f2a91c4 --reason "sent by mistake; the source knows"`.
    """
    from ucc.dismissal import dismiss as run
    from ucc.letters_shown import summary, told

    if not reason.strip():
        raise BrokenSetting("say why: the reason is kept", where="--reason")
    failed = 0
    with _replaying(_named([letter], _centres(centre))) as work:
        for shelf, names in work:
            done = run(shelf, names[0], reason, budget, _noted)
            became = done.outcome.outcome.value if done.outcome is not None else "waiting"
            failed += done.behind.failed
            if as_json:
                typer.echo(
                    json.dumps({"dead_letter_id": done.letter.dead_letter_id, "outcome": became, **summary(shelf.centre, done.behind)}, ensure_ascii=False)
                )
            else:
                typer.echo(f"{done.letter.dead_letter_id[:8]}  {became}, dismissed")
                if done.behind.done:
                    typer.echo(told(shelf.centre, done.behind))
    raise typer.Exit(1 if failed else 0)


def _noted(letter: DeadLetter, reason: str) -> None:
    """Who dismisses a letter, and why."""
    from ucc.audit import trace

    about = {"centre": letter.centre, "source": letter.source, "source_id": letter.source_id, "dead_letter_id": letter.dead_letter_id}
    trace(home().path, "dead letter dismissed", reason, **about)


def _centres(name: str) -> list[Centre]:
    wanted = name or settings().centre
    return [home().centre(wanted)] if wanted else home().centres()


def _read(centres: list[Centre]) -> Iterator[Shelf]:
    """The dead letters of centres, one after the other."""
    served = brokers()
    if served is None:
        from ucc.embedded_shelf import read

        for centre in centres:
            with read(home(), centre) as shelf:
                if shelf is not None:
                    yield shelf
        return
    from ucc.kafka_shelf import read as read_on_kafka

    for centre in centres:
        with read_on_kafka(home(), served, centre) as shelf:
            yield shelf


def _named(names: list[str], centres: list[Centre]) -> list[tuple[Centre, list[str]]]:
    """Centres with the letters that were named of each; all, without names. Raises NotFound."""
    if not names:
        return [(centre, []) for centre in centres]
    from ucc.letters_shown import found

    by_name = {centre.centre: centre for centre in centres}
    whose = {name: shelf.centre for shelf in _read(centres) for name in names if found(shelf, name) is not None}
    for name in names:
        if name not in whose:
            raise NotFound("there is no dead letter with this id", where=name)
    return [(by_name[centre], [name for name in names if whose[name] == centre]) for centre in dict.fromkeys(whose.values())]


@contextmanager
def _replaying(work: list[tuple[Centre, list[str]]]) -> Iterator[list[tuple[Shelf, list[str]]]]:
    centres, names = [centre for centre, _ in work], [of for _, of in work]
    served = brokers()
    with ExitStack() as stack:
        shelves: list[Shelf]
        if served is None:
            from ucc.embedded_shelf import replaying

            shelves = [*stack.enter_context(replaying(home(), centres))]
        else:
            from ucc.kafka_shelf import replaying as replaying_on_kafka

            shelves = [*stack.enter_context(replaying_on_kafka(home(), served, centres))]
        yield list(zip(shelves, names, strict=True))
