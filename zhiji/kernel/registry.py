"""Offers: what an app gives the rest, found by conventional name.

A kind of offer is a class with `offered_in = "<module>"`; an app gives some by a module
`offers/<module>.py` that holds `OFFERS`, a sequence of instances. A new one is a new file and no other edit.
"""

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any, TypeVar

from django.apps import apps

T = TypeVar("T")


class BadOffer(TypeError):
    """A module of offers holds something of the wrong kind; mend the module it names."""


@cache
def offered(kind: type[T]) -> tuple[T, ...]:
    """Everything the installed apps offer of `kind`, in the order of the apps."""
    module: str = kind.offered_in  # type: ignore[attr-defined]
    found: list[T] = []
    for app in apps.get_app_configs():
        if not app.name.startswith("zhiji.") or find_spec(f"{app.name}.offers") is None:
            continue
        name = f"{app.name}.offers.{module}"
        if find_spec(name) is None:
            continue
        offers: Any = getattr(import_module(name), "OFFERS", ())
        for offer in offers:
            if not isinstance(offer, kind):
                raise BadOffer(f"{name} offers {offer!r}, which is no {kind.__name__}")
            found.append(offer)
    return tuple(found)
