"""interim"""
import typer
app = typer.Typer(help="Topics.", no_args_is_help=True)
@app.callback()
def group() -> None:
    """Topics."""
@app.command("apply")
def apply_() -> None:
    """interim"""
    from connectors.kafka_topics import apply
    from ucc.settings import brokers
    apply(brokers())
