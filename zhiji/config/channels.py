"""Which channels there are: the folders of `zhiji/flow/deliver/channels`, each an app of its own."""

from pkgutil import iter_modules

import zhiji.flow.deliver.channels as folder


def found() -> list[str]:
    """The app of every channel, by its name."""
    return sorted(f"{folder.__name__}.{one.name}" for one in iter_modules(folder.__path__) if one.ispkg)
