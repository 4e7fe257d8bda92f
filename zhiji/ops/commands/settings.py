"""`zhiji settings`: everything that can be set."""

import typer

from zhiji.config import options


def settings() -> None:
    """Print every setting, what it is now and where that comes from (environment, file or default)."""
    from rich.console import Console
    from rich.table import Table

    problem = ""
    try:
        options.load()
    except options.BadOption as error:
        problem = str(error)
    table = Table("setting", "now", "from", "what it is", show_lines=False)
    for option, text, source in options.described():
        table.add_row(f"ZHIJI_{option.name}", text, source, option.help)
    Console().print(table)
    typer.echo("Set them as environment variables, or in lower case without ZHIJI_ in zhiji.toml in the data folder.")
    if problem:
        typer.echo(f"zhiji: {problem}", err=True)
        raise typer.Exit(2)
