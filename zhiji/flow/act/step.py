"""The protocol of a step: something done to customers, offered by any app in `offers/steps.py`."""

from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, ClassVar, Literal

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from zhiji.access import privacy
from zhiji.flow.act.models import RuleEntry


@dataclass(frozen=True)
class Parameter:
    """A parameter of a step as the rule form asks for it. `choices` gives (value, label) pairs at display time.

    A `secret` is sealed with the master key before the rule is kept: nobody reads it again, only the step gets it.
    """

    name: str
    label: str | Promise
    type: Literal["text", "number", "choice", "flag", "long_text", "secret"]
    required: bool = True
    default: Any = None
    choices: Callable[[], list[tuple[str, str]]] | None = None
    hint: str | Promise = ""


@dataclass(frozen=True)
class Outcome:
    """What a step did to one entry: `state` is a StepRun.State value; `detail` is shown in the run log."""

    state: Literal["done", "skipped", "failed"] = "done"
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Step:
    """A kind of step.

    `run(entries, parameters, as_of)` gets many entries at once, inside the transaction that marks the step
    done, and answers one outcome per entry in order. An entry's `customer_id` is the root, `next_step` the
    position of this step; a fact recorded for it carries `chain.carried(entry)`. It only writes rows: what leaves
    the house goes through `deliver`'s ledgers. `check(parameters)` raises ValueError with advice when they won't
    do, `fits(parameters, before)` when the steps before it (their kinds, in order) don't give what it needs.
    `sentence` tells what it does, in Chinese; `icon` is a Tabler icon.
    """

    offered_in: ClassVar[str] = "steps"
    kind: str
    label: str | Promise
    parameters: tuple[Parameter, ...]
    run: Callable[[Sequence[RuleEntry], dict[str, Any], datetime], list[Outcome]]
    sentence: Callable[[dict[str, Any]], str]
    check: Callable[[dict[str, Any]], None] = lambda parameters: None
    fits: Callable[[dict[str, Any], Sequence[str]], None] = lambda parameters, before: None
    icon: str = "bolt"


def asleep(step: Step, desk: str) -> Step:
    """A step while its desk is off: it is left out and says so, and no rule can be saved with it."""

    def refuse(parameters: dict[str, Any]) -> None:
        raise ValueError(_("“%(desk)s”已关闭，不能用“%(step)s”这一步；请去掉它，或让管理员打开") % told)

    def left_out(entries: Sequence[RuleEntry], parameters: dict[str, Any], as_of: datetime) -> list[Outcome]:
        return [Outcome("skipped", {"reason": gettext_noop("这一步的模块已关闭，没有执行")})] * len(entries)

    def sentence(parameters: dict[str, Any]) -> str:
        return _("%(said)s（“%(desk)s”已关闭，不执行）") % {"said": step.sentence(parameters), "desk": desk}

    told = {"desk": desk, "step": step.label}
    return replace(step, run=left_out, check=refuse, sentence=sentence)


SEALED = "sealed:"


def sealed(step: Step, values: dict[str, Any]) -> dict[str, Any]:
    """The parameters as a rule keeps them: secrets sealed, those that were sealed before as they are."""
    return {
        **values,
        **{
            name: SEALED + b64encode(privacy.seal(str(values[name]).encode(), "step")).decode()
            for name in _secrets(step, values)
            if not str(values[name]).startswith(SEALED)
        },
    }


def opened(step: Step, values: dict[str, Any]) -> dict[str, Any]:
    """The parameters as the step takes them: secrets in clear. Raises ValueError for one that can't be opened."""
    found = dict(values)
    for name in _secrets(step, values):
        kept = str(values[name])
        if kept.startswith(SEALED):
            try:
                found[name] = privacy.unseal(b64decode(kept.removeprefix(SEALED)), "step").decode()
            except (ValueError, privacy.Unreadable):
                raise ValueError(_("无法解开保存的密钥，请重新填写")) from None
    return found


def _secrets(step: Step, values: dict[str, Any]) -> list[str]:
    return [one.name for one in step.parameters if one.type == "secret" and values.get(one.name)]
