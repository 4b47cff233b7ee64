"""`ucc`: the commands of the unified command centre's pipeline.

Exit codes: 0 done; 1 a check falls short (not balanced, a file that broke off); 2 something has to be mended first (arguments,
data, an installation); 75 try again later (the home is busy, a part is away).
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from schemas.errors import Broken, NotFound, Refused, UccError, Unavailable
from ucc.commands import (
    audit,
    command,
    dead_letters,
    demo,
    doctor,
    doors,
    explain,
    importing,
    keys,
    migrate,
    opening,
    reconcile,
    reference,
    schema,
    simulate,
    sink,
    sql,
    topics,
    up,
    worker,
    write_back,
)

app = typer.Typer(
    name="ucc",
    help="Event pipeline of a unified command centre: from a city's reports to cases.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(reference.app, name="reference")
app.add_typer(schema.app, name="schema")
app.add_typer(dead_letters.app, name="dead-letters")
app.add_typer(topics.app, name="topics")
app.add_typer(keys.app, name="keys")
app.command("up")(up.up)
app.command("demo")(demo.demo)
app.command("doors")(doors.doors)
app.command("import")(importing.import_file)
app.command("simulate")(simulate.simulate)
app.command("command")(command.command)
app.command("sql")(sql.sql)
app.command("migrate")(migrate.migrate)
app.command("reconcile")(reconcile.reconcile)
app.command("explain")(explain.explain)
app.command("open")(opening.open_report)
app.command("audit")(audit.audit)
app.command("doctor")(doctor.doctor)
app.command("worker")(worker.worker)
app.command("sink")(sink.sink)
app.command("write-back")(write_back.write_back)


@app.callback()
def options(home: Annotated[str, typer.Option(help="Folder of the installation (UCC_HOME).", show_default=False)] = "") -> None:
    """Options that every command has."""
    if home:
        import os  # noqa: PLC0415  the one place where an option becomes a setting

        os.environ["UCC_HOME"] = home


def main() -> None:
    """Runs a command; an error of ours is one sentence for the person, without a traceback."""
    try:
        app()
    except (Refused, Broken, NotFound) as error:
        _say(error, 2)
    except Unavailable as error:
        _say(error, 75)
    except UccError as error:
        _say(error, 1)


def _say(error: UccError, code: int) -> None:
    print(f"ucc: {error} [{error.code}]", file=sys.stderr)  # noqa: T201  the command line speaks to people
    sys.exit(code)
