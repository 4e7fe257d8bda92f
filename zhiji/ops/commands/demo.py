"""`zhiji demo`: a real retailer's year, ready to click through."""

import os
import sys
from pathlib import Path

import typer

from zhiji.config.options import Options, load
from zhiji.ops.commands.up import address, run
from zhiji.ops.fitting import at_work
from zhiji.ops.house import Refused, open_house, set_up_django
from zhiji.ops.lifeline import follow_parent
from zhiji.ops.supervisor import Supervisor

LOADED = "demo-loaded"
ADDRESS = "{address}"
CHECKOUT = Path(__file__).resolve().parents[3]


def demo() -> None:
    """Load a retailer's year (the first time) and start everything on it. Ctrl+C ends it all."""
    options = demo_house()
    run(options, ready=_welcome, prepare=lambda supervisor: load_once(options, supervisor))


def load_demo() -> None:
    """Load the demo's data into the running database; `zhiji demo` calls this."""
    follow_parent()
    with at_work() as options:
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            SpinnerColumn,
            TextColumn,
            TimeElapsedColumn,
        )

        from zhiji.ops.demo import load as loading

        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, TimeElapsedColumn()) as progress:
            loading.run(progress)
        from zhiji.ops.demo import welcome

        (options.home / LOADED).write_text(welcome.text(ADDRESS), "utf-8")


def demo_house() -> Options:
    """The demo's data folder, made and marked as such. Raises Refused when it holds an installation of one's own."""
    _choose_home()
    _mark_as_demo(open_house(load()).home)
    return load()


def _choose_home() -> None:
    """`.zhiji` in the checkout when nobody said otherwise."""
    if "ZHIJI_HOME" not in os.environ:
        home = CHECKOUT / ".zhiji" if (CHECKOUT / "Makefile").exists() else Path("~/.zhiji-demo").expanduser()
        os.environ["ZHIJI_HOME"] = str(home)


def _mark_as_demo(home: Path) -> None:
    """Write `demo = true` in the data folder's settings, so that no later start takes it for a real house."""
    file = home / "zhiji.toml"
    if file.exists():
        if not load().demo:
            raise Refused(f"{home} holds an installation of your own; choose another ZHIJI_HOME for the demo")
        return
    if (home / "postgres").exists() and not (home / LOADED).exists():
        raise Refused(f"{home} holds an installation of your own; choose another ZHIJI_HOME for the demo")
    file.write_text("# Made by `zhiji demo`: invented people, and mail that never leaves this machine.\ndemo = true\n")


def load_once(options: Options, supervisor: Supervisor) -> bool:
    """Load the demo's data into the running, migrated database if it isn't there. Whether it is now."""
    if (options.home / LOADED).exists():
        return True
    typer.echo("Loading a retailer's year, once; this takes two or three minutes.", err=True)
    return supervisor.run_to_end("load-demo") == 0


def _welcome(options: Options) -> None:
    """The text that the load left: so a later start needn't load Django to greet."""
    from rich.console import Console
    from rich.panel import Panel

    text = (options.home / LOADED).read_text("utf-8").replace(ADDRESS, address(options))
    Console(file=sys.stdout).print(Panel(text, title="知己 Zhiji", expand=False), markup=False)
    sys.stdout.flush()


def mailserver() -> None:
    """The demo's mail server, which keeps every mail, and beside it its SMS platform; `zhiji up` starts it."""
    open_house()
    follow_parent()
    set_up_django()
    from zhiji.flow.deliver.channels.email import mailserver as server
    from zhiji.flow.deliver.channels.email.smtp import demo_address
    from zhiji.flow.deliver.channels.sms.simulator import here

    here.beside()
    server.run(*demo_address())


def shoppers() -> None:
    """The demo's shoppers of today, who visit and buy through the tracking protocol; `zhiji up` starts them."""
    options = open_house()
    follow_parent()
    set_up_django()
    from zhiji.ops.demo import shoppers as today

    today.main(f"http://127.0.0.1:{options.port}", options.home / "demo")
