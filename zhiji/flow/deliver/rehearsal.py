"""A wording tried on real customers before it is kept, and on the rules that send it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from zhiji.flow.act.models import Rule
from zhiji.flow.act.stepping import step_of
from zhiji.flow.deliver.models import DeliverySettings
from zhiji.flow.deliver.naming import named
from zhiji.flow.deliver.sandbox import door
from zhiji.flow.deliver.sandbox.door import TemplateRefused
from zhiji.flow.deliver.variables import LINKS_OF_NOBODY, Addressee, EntryVariable, gather
from zhiji.flow.deliver.wording import Wording
from zhiji.kernel.registry import offered

ENOUGH = 20
"""Customers of whom something is said when all of them lack a variable."""


@dataclass
class Rehearsal:
    """What came of trying a wording on `tried` customers: by variable, those for whom it is empty.

    Variables that a rule's step fills were there, as examples; `steps` are those it can't do without.
    """

    tried: int = 0
    empty: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    steps: list["Lacking"] = field(default_factory=list)

    @property
    def stopped(self) -> int:
        """How many of them would not be written to."""
        return len({customer for customers in self.empty.values() for customer in customers})


@dataclass(frozen=True)
class Lacking:
    """A step that fills the variables at `paths`, and isn't there."""

    step: str
    paths: list[str]

    @property
    def label(self) -> str:
        return str(step_of(self.step).label)


def examples() -> dict[str, Mapping[str, Any]]:
    """The variables that rules' steps fill, with something in each."""
    return {one.name: one.example for one in offered(EntryVariable)}


def rehearse(wording: Wording, customers: Sequence[int], settings: DeliverySettings) -> Rehearsal:
    """Fill a wording in for each customer. Raises TemplateRefused when it can't be for one of them."""
    found = Rehearsal(tried=len(customers), steps=lacking(wording, ()))
    gathered = gather([Addressee(one) for one in customers], settings)
    for customer, variables in zip(customers, gathered, strict=True):
        filled = door.fill(wording.sources, {**variables, **LINKS_OF_NOBODY, **examples()})
        for path in filled.empty:
            found.empty[path].append(customer)
    return found


def lacking(wording: Wording, before: Sequence[str]) -> list[Lacking]:
    """The steps a wording can't do without that aren't among `before` (their kinds). Raises TemplateRefused."""
    needed = door.needs(*wording.sources)
    found = []
    for variable in offered(EntryVariable):
        paths = [path for path in needed if path.partition(".")[0] == variable.name]
        if paths and variable.step not in before:
            found.append(Lacking(variable.step, paths))
    return found


def advice(name: str, found: Sequence[Lacking]) -> str:
    """What to do about a template `name` that lacks steps."""
    return _("模板「%(name)s」要用到%(variables)s，前面要先有一步「%(step)s」；或在模板里写明没有时怎么说") % {
        "name": name,
        "variables": named([path for one in found for path in one.paths]),
        "step": "」「".join(one.label for one in found),
    }


def check_rules(step: str, key: str, name: str, wording: Wording) -> None:
    """Refuse a wording that rules which are on send without the step it needs. Raises TemplateRefused naming them."""
    broken = []
    for rule in rules_sending(step, key):
        for before in places_of(rule, step, key):
            if lacking(wording, before):
                broken.append(rule.name)
                break
    if broken:
        steps = lacking(wording, ())
        raise TemplateRefused(
            _(
                "规则「%(rules)s」正开着，用这个模板却没有“%(step)s”一步，改后发出去会缺%(variables)s。先给规则加上这一步，或在模板里写明没有时怎么说"
            )
            % {
                "rules": "」「".join(broken),
                "step": "”“".join(one.label for one in steps),
                "variables": named([path for one in steps for path in one.paths]),
            }
        )


def rules_sending(step: str, key: str, *, on: bool = True) -> list[Rule]:
    """The rules that send the template by this kind of step, those that are on or all on the list."""
    rules = Rule.objects.filter(archived_at=None, steps__contains=[{"kind": step, "template": key}])
    return list((rules.filter(enabled_at__isnull=False) if on else rules).order_by("id"))


def places_of(rule: Rule, kind: str, key: str) -> list[list[str]]:
    """Of each step of this kind in the rule that sends the template, the kinds of the steps before it."""
    kinds = [str(step.get("kind")) for step in rule.steps]
    return [
        kinds[:position]
        for position, step in enumerate(rule.steps)
        if step.get("kind") == kind and step.get("template") == key
    ]


def problem_of(found: Rehearsal) -> str:
    """Why a wording won't do for anybody, or "": a variable that all lack whom we know."""
    everybody = [
        path
        for path, customers in found.empty.items()
        if len(customers) == found.tried >= ENOUGH and not path.startswith("owner")
    ]
    if not everybody:
        return ""
    return _("抽样的 %(tried)s 位客户，%(variables)s都是空的，发给谁都会停下。换一个变量，或写明空着时怎么说") % {
        "tried": found.tried,
        "variables": named(everybody),
    }


def said(error: TemplateRefused) -> str:
    """A refusal with its line."""
    return str(error) + (_("（第 %(line)s 行）") % {"line": error.line} if error.line else "")
