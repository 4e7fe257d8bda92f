"""Offers: what an app gives the rest, found by conventional name.

A kind of offer is a class with `offered_in = "<module>"`; an app gives some by a module
`offers/<module>.py` that holds `OFFERS`, a sequence of instances. A new one is a new file and no other edit.
A small app has all of its kinds in one `offers.py`.

A desk can be switched off: it stays installed and keeps its data, and offers nothing but the kinds that are
`kept_when_off`, so that what it left stays erasable, worded and safe from forgery, and goes on when it is on again.
"""

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any, TypeVar

from django.apps import AppConfig, apps
from django.conf import settings

T = TypeVar("T")


class BadOffer(TypeError):
    """A module of offers holds something of the wrong kind; mend the module it names."""


@cache
def ours() -> tuple[AppConfig, ...]:
    """The installed apps that are ours, those of desks that are off and of packages of their own among them."""
    return tuple(app for app in apps.get_app_configs() if is_ours(app))


def is_ours(app: AppConfig) -> bool:
    """Whether an app is a part of the house, or a desk from a package of its own."""
    return app.name.startswith("zhiji.") or app.name in settings.DESKS


def at_work() -> tuple[AppConfig, ...]:
    """Those of our apps that aren't desks that are off."""
    return tuple(app for app in ours() if settings.DESKS.get(app.name, True))


@cache
def offered(kind: type[T]) -> tuple[T, ...]:
    """Everything the apps at work offer of `kind`, in the order of the apps."""
    givers = ours() if getattr(kind, "kept_when_off", False) else at_work()
    return tuple(offer for app in givers for offer in _offers(app, kind))


@cache
def withheld(kind: type[T]) -> tuple[tuple[AppConfig, T], ...]:
    """What the desks that are off would offer of `kind`, each with its desk."""
    return tuple((app, offer) for app in ours() if app not in at_work() for offer in _offers(app, kind))


def _offers(app: AppConfig, kind: type[T]) -> Iterator[T]:
    whole = find_spec(f"{app.name}.offers")
    if whole is None:
        return
    if whole.submodule_search_locations is None:
        yield from (offer for offer in import_module(whole.name).OFFERS if isinstance(offer, kind))
        return
    name = f"{whole.name}.{kind.offered_in}"  # type: ignore[attr-defined]
    offers: Any = getattr(import_module(name), "OFFERS", ()) if find_spec(name) else ()
    for offer in offers:
        if not isinstance(offer, kind):
            raise BadOffer(f"{name} offers {offer!r}, which is no {kind.__name__}")
        yield offer
