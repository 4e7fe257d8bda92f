"""Which desks there are: trade under the others, the folders of `zhiji/desks`, and packages of their own that an entry
point names. Each can be switched off.

Such a package says `[project.entry-points."zhiji.desks"]` and below it `returns = "acme_returns"`: the desk's name and
the package that holds its `apps.py`.
"""

from functools import cache
from importlib.metadata import entry_points
from pkgutil import iter_modules

import zhiji.desks

GROUP = "zhiji.desks"
ALL = "all"


@cache
def found() -> dict[str, str]:
    """{name: app} of every desk: trade, which the others may stand on, then ours, then packages, each by its name.

    Raises ValueError where two have one name.
    """
    folders = {one.name: f"{GROUP}.{one.name}" for one in iter_modules(zhiji.desks.__path__) if one.ispkg}
    packages = {one.name: one.value for one in entry_points(group=GROUP)}
    if twice := {"trade", *folders} & packages.keys():
        raise ValueError(f"two desks are called {', '.join(sorted(twice))}; take one of the packages out")
    return {"trade": "zhiji.trade", **dict(sorted(folders.items())), **dict(sorted(packages.items()))}


def chosen(text: str) -> dict[str, bool]:
    """{app: whether it is on} by a list of names, or `all`. Raises ValueError for a name that no desk has."""
    desks = found()
    names = set(desks) if text.strip() == ALL else {one.strip() for one in text.split(",") if one.strip()}
    if unknown := sorted(names - desks.keys()):
        raise ValueError(f"there is no desk {', '.join(unknown)}; there are {', '.join(desks)}")
    return {app: name in names for name, app in desks.items()}
