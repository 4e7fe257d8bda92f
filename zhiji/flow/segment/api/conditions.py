"""Conditions by themselves: their schema, their sentences read, what may follow while one is typed."""

from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.utils.translation import get_language
from ninja import Field, Router, Schema

from zhiji.access.tokens import scoped
from zhiji.flow.profile.queries import only_owner
from zhiji.flow.segment.api.shapes import Tree, WarningOut
from zhiji.flow.segment.catalogue import sentence
from zhiji.flow.segment.catalogue.observed_names import warnings
from zhiji.flow.segment.conditions import parse
from zhiji.flow.segment.conditions import schema as condition_schema
from zhiji.flow.segment.conditions.grammar import Suggestion
from zhiji.flow.segment.definitions.readable import refuse_hidden
from zhiji.kernel.shapes import Given, Problem

router = Router(tags=["segments"])
Language = Literal["zh-hans", "en"]


class Said(Given):
    """A sentence as somebody typed it; `language` left out is that of Accept-Language."""

    sentence: str = Field(max_length=20_000)
    language: Language | None = None


class Typed(Said):
    """`cursor`: how many characters stand before it."""

    cursor: Annotated[int, Field(ge=0, le=20_000)]


class ReadOut(Schema):
    """The condition, and its sentence as the house says it."""

    condition: Tree
    sentence: str
    warnings: list[WarningOut]


class SuggestionOut(Schema):
    """`text` stands from `start` on, in place of what is typed there up to the cursor."""

    start: int
    text: str
    label: str


def _language(asked: str | None) -> str:
    return asked or get_language() or "zh-hans"


@router.get("/conditions/schema", response=dict[str, Any], operation_id="condition_schema")
def get_condition_schema(request: HttpRequest) -> dict[str, Any]:
    """The JSON schema of conditions."""
    scoped(request, "segments:read")
    return condition_schema()


@router.post("/conditions/read", response={200: ReadOut, 422: Problem}, operation_id="read_condition")
def read_condition(request: HttpRequest, body: Said) -> dict[str, Any]:
    """The condition that a sentence says; 422 tells the place that can't be read, and the nearest right thing."""
    user = scoped(request, "segments:read")
    language = _language(body.language)
    tree = sentence.read(body.sentence, language)
    refuse_hidden(tree, user)
    node = parse(tree)
    return {
        "condition": tree,
        "sentence": sentence.sentence(node, language),
        "warnings": warnings(node, only_owner(user)),
    }


@router.post("/conditions/suggest", response=list[SuggestionOut], operation_id="suggest_condition")
def suggest_condition(request: HttpRequest, body: Typed) -> list[Suggestion]:
    """What may follow at the cursor of a sentence being typed, the likeliest first."""
    scoped(request, "segments:read")
    return sentence.suggest(body.sentence, body.cursor, _language(body.language))
