"""`zhiji up`: the whole installation under one supervisor."""

import contextlib
import time
import urllib.error
import urllib.request
from collections.abc import Callable

import typer

from zhiji.config.options import Options
from zhiji.ops import postgres
from zhiji.ops.commands.worker import HELPER, SHARES
from zhiji.ops.fitting import fit
from zhiji.ops.house import Refused, address_of, load_all, open_house, owned, port_is_free
from zhiji.ops.supervisor import Supervisor

ON_A_LAPTOP = {"shared_buffers": "64MB"}  # a demo lives beside what one works with
LARGE = 50_000  # customers from whom on the pipeline has a process of its own from the beginning
Step = Callable[[Supervisor], bool]


def up() -> None:
    """Start the database, the web server and the workers, and keep them running until Ctrl+C."""
    run(open_house(), ready=_say_ready)


def run(options: Options, ready: Callable[[Options], None], prepare: Step = lambda supervisor: True) -> None:
    """Keep an installation running. `prepare` runs on the migrated database; False from it gives up."""
    if not port_is_free(options.host, options.port):
        raise Refused(f"port {options.port} on {options.host} is taken; choose another by ZHIJI_PORT")
    with owned(options.home, wait=30 if _leftover(options) else 0):
        supervisor = Supervisor(_report)
        try:
            if not _brought_up_to_date(_fitting_database(options), supervisor):
                if not supervisor.stopping.is_set():
                    raise Refused("the database could not be brought up to date; what went wrong stands above")
            elif prepare(supervisor):
                load_all()
                supervisor.add("web", "web")
                there = _wait_for_web(options, supervisor)  # people wait for a page: it has the machine to itself
                _add_the_rest(options, supervisor)
                if there:
                    ready(options)
                supervisor.watch(also=lambda: _keep_database(options))
        finally:
            typer.echo("stopping …" if supervisor.children else "stopped", err=True)
            supervisor.end_all()
            if not options.database_url:
                postgres.stop(options.home)


def _add_the_rest(options: Options, supervisor: Supervisor) -> None:
    if supervisor.stopping.is_set():
        return
    if _is_large(address_of(options)):
        for name, share in SHARES.items():
            supervisor.add(name, "worker", *share)
    else:
        supervisor.add("worker", "worker")
        supervisor.add_helper("helper", "worker", "worker", *HELPER)
    if options.demo:
        supervisor.add("mail server", "mailserver")
        if options.demo_shoppers and (options.home / "demo").is_dir():
            supervisor.add("shoppers", "shoppers")


def _is_large(database: str) -> bool:
    """Whether there are so many customers that whatever is done for all of them would keep the pipeline waiting."""
    import psycopg

    with psycopg.connect(database.replace("&pool=0", ""), connect_timeout=10) as connection:
        row = connection.execute(
            "SELECT reltuples FROM pg_class WHERE oid = to_regclass('resolve_customer')"
        ).fetchone()
        return row is not None and row[0] >= LARGE


def address(options: Options) -> str:
    """Where a person's browser finds us."""
    if options.public_url:
        return str(options.public_url)
    host = "127.0.0.1" if options.host in {"0.0.0.0", "::"} else options.host  # noqa: S104 - compared, not bound
    return f"http://{f'[{host}]' if ':' in host else host}:{options.port}"


def _leftover(options: Options) -> bool:
    """Whether processes of a killed supervisor may still be ending."""
    return not options.database_url and postgres.running(options.home) is not None


def _start_database(options: Options) -> str:
    if options.database_url:
        return str(options.database_url)
    postgres.stop(options.home)  # one that somebody left running isn't ours to keep alive
    return postgres.start(options.home, tied=True, **(ON_A_LAPTOP if options.demo else {}))


def _fitting_database(options: Options) -> str:
    address = _start_database(options)
    fit(options, address)
    return address


def _brought_up_to_date(address: str, supervisor: Supervisor) -> bool:
    """Bring tables that are behind up to date, those that hold something only after a back-up."""
    from zhiji.config.settings import INSTALLED_APPS
    from zhiji.ops.migrations_ahead import behind, made

    if not behind(address, INSTALLED_APPS):
        return True
    if made(address) and supervisor.run_to_end("backup", "--going-on"):
        _report("the back-up before the update failed; make room, or say another place by ZHIJI_BACKUP_URL")
        return False
    return not supervisor.run_to_end("migrate", "--quiet")


def _keep_database(options: Options) -> None:
    if options.database_url:
        return
    server = postgres.child(options.home)
    if server is not None and server.poll() is not None:
        _report(f"PostgreSQL ended (code {server.returncode}); starting it again")
        with contextlib.suppress(postgres.Unstartable):
            postgres.start(options.home, tied=True)


def _wait_for_web(options: Options, supervisor: Supervisor) -> bool:
    host = "127.0.0.1" if options.host in {"0.0.0.0", "::"} else options.host  # noqa: S104
    url = f"http://{f'[{host}]' if ':' in host else host}:{options.port}/healthz"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + 60
    while not supervisor.wait(0.05) and time.monotonic() < deadline:
        for child in supervisor.children:
            child.look(supervisor.report)
        with contextlib.suppress(OSError, urllib.error.URLError), opener.open(url, timeout=2):
            return True
    return False


def _say_ready(options: Options) -> None:
    print(f"Zhiji is ready: {address(options)}", flush=True)


def _report(text: str) -> None:
    typer.echo(f"zhiji: {text}", err=True)
