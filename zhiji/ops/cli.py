"""The command `zhiji`: a file in `commands/` for each verb. Their heavy imports wait until they run."""

import os
import sys
from collections.abc import Sequence

import typer

from zhiji.config.options import BadOption
from zhiji.ops import closed_folder
from zhiji.ops.commands import (
    backup,
    createuser,
    demo,
    doctor,
    importing,
    migrate,
    recount,
    settings,
    spark_demo,
    token,
    up,
    web,
    worker,
)
from zhiji.ops.house import Refused
from zhiji.ops.postgres import Unstartable

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Zhiji: know your customers, classify them live, act on it. Settings: `zhiji settings`.",
)
app.command()(up.up)
app.command()(demo.demo)
app.command(name="spark-demo")(spark_demo.spark_demo)
app.command(hidden=True, name="load-demo")(demo.load_demo)
app.command(hidden=True)(demo.mailserver)
app.command(hidden=True)(demo.shoppers)
app.command()(web.web)
app.command()(worker.worker)
app.command()(migrate.migrate)
app.command()(recount.recount)
app.command()(createuser.createuser)
app.command()(token.token)
app.command(name="import")(importing.import_file)
app.command()(backup.backup)
app.command()(backup.restore)
app.command()(doctor.doctor)
app.command()(settings.settings)


os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # nothing here multiplies matrices


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command, that of the command line unless told. What the user can mend is one clean line and exit code 2,
    never a traceback."""
    closed_folder.begin()
    try:
        app(arguments, prog_name="zhiji")
    except (BadOption, Refused, Unstartable) as error:
        print(f"zhiji: {error}", file=sys.stderr)
        sys.exit(2)
