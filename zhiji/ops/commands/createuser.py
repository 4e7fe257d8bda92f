"""`zhiji createuser`: make an account."""

import typer

from zhiji.ops.fitting import at_work
from zhiji.ops.house import Refused


def createuser(
    username: str = typer.Argument(help="What the person signs in with."),
    role: str = typer.Option("administrator", help="administrator, manager, marketer, sales, service, analyst"),
    name: str = typer.Option("", help="The name shown on screens."),
    email: str = typer.Option("", help="The person's own address."),
    password: str = typer.Option(
        ..., prompt=True, confirmation_prompt=True, hide_input=True, envvar="ZHIJI_NEW_PASSWORD", show_envvar=False
    ),
) -> None:
    """Make an account. Asks for the password."""
    with at_work():
        from django.contrib.auth.password_validation import validate_password
        from django.core.exceptions import ValidationError
        from django.db import transaction

        from zhiji.access.audit import audit
        from zhiji.access.models import Role, User

        if role not in Role.values:
            raise Refused(f"no role is called {role}; there are {', '.join(Role.values)}")
        if User.objects.filter(username=username).exists():
            raise Refused(f"{username} is there already; choose another name")
        user = User(username=username, role=role, display_name=name, email=email)
        user.is_staff = user.is_superuser = False
        try:
            validate_password(password, user)
        except ValidationError as error:
            raise Refused(" ".join(error.messages)) from error
        user.set_password(password)
        with transaction.atomic():
            user.save()
            audit("user created", user, by=None, role=role, way="command line")
        typer.echo(f"{username} may now sign in as {role}.")
