"""The form that says what a file's columns are: everything that a mapping can say but the file of an order's lines."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from zhiji.flow.collect.files.encodings import CHOICES
from zhiji.flow.collect.files.mapping import suggest
from zhiji.flow.collect.files.preview import Look
from zhiji.flow.collect.files.record import Field, Record
from zhiji.flow.collect.files.typed import FIGURES
from zhiji.kernel.values import number

DELIMITERS = {
    "auto": _("自动识别"),
    ",": _("逗号 ,"),
    "\t": _("制表符"),
    ";": _("分号 ;"),
    "|": _("竖线 |"),
}
TYPES = {
    "text": _("文本"),
    "number": _("数字"),
    "integer": _("整数"),
    "money": _("金额"),
    "date": _("日期"),
    "time": _("时间"),
    "flag": _("是否"),
    "list": _("列表"),
    "": _("不收"),
}
DAYS = ("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%y/%m/%d", "%d %b %Y")
MOMENTS = tuple(f"{day} {time}" for day in DAYS for time in ("%H:%M", "%H:%M:%S"))


@dataclass(frozen=True)
class Line:
    """A field on the form: its column, and how what is written there is read."""

    field: Field
    column: str
    form: str
    constant: str
    values: str
    chosen: Mapping[str, str]

    @property
    def meanings(self) -> dict[str, str]:
        """What words mean: as written, a line each (`待成团 = unpaid`), and as chosen of those nobody knows."""
        found: dict[str, str] = {}
        for line in self.values.replace("＝", "=").splitlines():
            theirs, _equals, ours = line.rpartition("=")
            if theirs.strip():
                found[theirs.strip()] = ours.strip()
        return found | dict(self.chosen)

    @property
    def forms(self) -> str:
        """What kind of format it may have: of figures, of days, of moments, or none."""
        kind = self.field.type
        return "figure" if kind in FIGURES else kind if kind in ("date", "time") else ""

    @property
    def said(self) -> bool:
        """Whether anything but the column is said of it."""
        return bool(self.form or self.constant or self.values)


@dataclass(frozen=True)
class Rest:
    """A column that is no field: by its place in the header, and what it becomes ("" for nothing)."""

    place: int
    column: str
    type: str
    form: str

    @property
    def forms(self) -> str:
        """As of a line."""
        return "figure" if self.type in FIGURES else self.type if self.type in ("date", "time") else ""


@dataclass(frozen=True)
class Draft:
    """The form as it is filled in. What isn't filled in yet is suggested by the header."""

    record: Record
    header: list[str]
    encoding: str
    delimiter: str
    namespace: str
    time_zone: str
    keep_rest: bool
    lines: list[Line]
    rest: list[Rest]

    @property
    def given(self) -> dict[str, Any]:
        """The mapping that it says."""
        rest = [one for one in self.rest if self.keep_rest and one.type]
        extra = {one: f"{self.record.extra}.{one.column}" for one in rest}
        return {
            "kind": self.record.kind,
            "namespace": self.namespace,
            "encoding": self.encoding,
            "delimiter": self.delimiter,
            "time_zone": self.time_zone,
            "columns": {one.field.name: one.column for one in self.lines if one.column}
            | {name: one.column for one, name in extra.items()},
            "constants": {one.field.name: one.constant for one in self.lines if one.constant},
            "formats": {one.field.name: one.form for one in self.lines if one.form and one.forms}
            | {name: one.form for one, name in extra.items() if one.form and one.forms},
            "values": {one.field.name: one.meanings for one in self.lines if one.meanings},
            "types": {name: one.type for one, name in extra.items() if one.type != "text"},
        }


def read(post: QueryDict, record: Record, header: list[str], encoding: str, delimiter: str) -> Draft:
    """The form as posted; of a kind that was just chosen, or before anything was posted, what the header suggests."""
    posted = post.get("kind_was") == record.kind
    suggested = {} if posted else suggest(record, header)
    lines = []
    for one in record.every():
        name = one.name
        column = post.get(f"column-{name}", "") if posted else suggested.get(name, "")
        form, constant, values = (
            post.get(f"{what}-{name}", "").strip() if posted else "" for what in ("form", "constant", "values")
        )
        chosen = _chosen(post, one) if posted else {}
        lines.append(Line(one, column if column in header else "", form, constant, values, chosen))
    used = {one.column for one in lines} | record.ours(header)
    rest = [
        Rest(place, column, post.get(f"rest-type-{place}", "text"), post.get(f"rest-form-{place}", "").strip())
        for place, column in enumerate(header)
        if record.extra and column not in used
    ]
    return Draft(
        record,
        header,
        encoding,
        delimiter,
        post.get("namespace", "").strip() or "user",
        post.get("time_zone", "").strip() or settings.TIME_ZONE,
        bool(post.get("rest")) or not posted,
        lines,
        [one for one in rest if one.type in TYPES],
    )


def context(draft: Draft) -> dict[str, Any]:
    """What the form's template wants besides the draft."""
    return {
        "encodings": CHOICES,
        "delimiters": DELIMITERS.items(),
        "types": TYPES.items(),
        "figures": list(number.FORMS),
        "days": DAYS,
        "moments": MOMENTS,
    }


def words(draft: Draft, look: Look) -> list[dict[str, Any]]:
    """What is written in columns of choices that nobody knows, each with what it was said to mean."""
    return [
        {
            "field": one.field,
            "label": gettext(one.field.label),
            "decides": one.field.required or one.field.decisive,
            "choices": [(choice, one.field.label_of(choice)) for choice in one.field.choices],
            "words": [(word, one.chosen.get(word, "")) for word in look.words[one.field.name]],
        }
        for one in draft.lines
        if one.field.name in look.words
    ]


def _chosen(post: QueryDict, one: Field) -> dict[str, str]:
    """What unknown words of a field were said to mean."""
    said = zip(post.getlist(f"word-{one.name}"), post.getlist(f"meaning-{one.name}"), strict=False)
    return {word: meaning for word, meaning in said if meaning in one.choices}
