"""Sentences of the conditions that other apps offer: by their own templates, else by the labels of their fields."""

from __future__ import annotations

from functools import cache
from typing import Any

from zhiji.flow.segment.conditions.grammar.forms import Choice, Form
from zhiji.flow.segment.conditions.grammar.kinds import FORMS
from zhiji.flow.segment.conditions.grammar.reading import Found, Reading
from zhiji.flow.segment.conditions.grammar.template import Template
from zhiji.flow.segment.conditions.offered import OfferedCondition, OfferedField, conditions_offered
from zhiji.flow.segment.conditions.words import Words


class Offers(Form):
    """Every offered condition."""

    def say(self, value: Any, words: Words, scope: str | None) -> str | None:
        one = templates().get(value.get("name")) if value.get("kind") == "offered" else None
        return one.say(value.get("with"), words, None) if one else None

    def found(self, reading: Reading, at: int, scope: str | None) -> Found:
        return [
            (
                end,
                {"kind": "offered", "name": name, "with": {key: one for key, one in given.items() if one is not None}},
            )
            for name, template in templates().items()
            for end, given in template.read(reading, at, None)
        ]

    @property
    def forms(self) -> tuple[Form, ...]:
        return tuple(templates().values())


@cache
def templates() -> dict[str, Template]:
    """The template of every offered condition, by its name."""
    return {name: _template(offer) for name, offer in conditions_offered().items()}


def _template(offer: OfferedCondition) -> Template:
    forms = {**FORMS, **{field.name: _form(field) for field in offer.fields}}
    zh, en = offer.sentence or _by_labels(offer)
    return Template(forms, zh, en)


def _form(field: OfferedField) -> Form:
    if field.type == "choice":
        return Choice(dict(field.choices))
    return FORMS[{"text": "text", "number": "number", "window": "window"}[field.type]]


def _by_labels(offer: OfferedCondition) -> tuple[str, str]:
    """“label（field value）（field value）”."""
    zh = "".join(f"[（{one.label[0]} {{{one.name}}}）]" for one in offer.fields)
    en = "".join(f"[ ({one.label[1]} {{{one.name}}})]" for one in offer.fields)
    return offer.label[0] + zh, offer.label[1] + en


OFFERS = Offers()
