"""`zhiji token`: make an API token."""

from datetime import timedelta

import typer

from zhiji.ops.fitting import at_work
from zhiji.ops.house import Refused


def token(
    username: str = typer.Argument(help="Whose token it is; it may never do more than this person's role."),
    scope: list[str] = typer.Option([], help="Such as customers:read. All that the role grants by default."),
    name: str = typer.Option("command line", help="What it is for, shown in the list of tokens."),
    days: int = typer.Option(0, min=0, help="Days it lasts; 0 is for ever."),
) -> None:
    """Make an API token and print it. It can't be read again."""
    with at_work():
        from zhiji.access.models import User
        from zhiji.access.roles import permissions
        from zhiji.access.tokens import create_token
        from zhiji.kernel import clock

        user = User.objects.filter(username=username).first()
        if user is None:
            raise Refused(f"nobody is called {username}; `zhiji createuser {username}` makes the account")
        scopes = scope or [one.name for one in permissions().values() if user.role in one.roles]
        expires_at = clock.now() + timedelta(days=days) if days else None
        try:
            made = create_token(by=None, user=user, name=name, scopes=scopes, expires_at=expires_at)
        except ValueError as error:
            raise Refused(str(error)) from error
        typer.echo(made)
