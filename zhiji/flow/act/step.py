"""The protocol of a step: something done to customers, offered by any app in `offers/steps.py`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Literal

from django.utils.functional import Promise

from zhiji.flow.act.models import RuleEntry


@dataclass(frozen=True)
class Parameter:
    """A parameter of a step as the rule form asks for it. `choices` gives (value, label) pairs at display time."""

    name: str
    label: str | Promise
    type: Literal["text", "number", "choice", "flag", "long_text"]
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
    do. `sentence` tells what it does, in Chinese.
    """

    offered_in: ClassVar[str] = "steps"
    kind: str
    label: str | Promise
    parameters: tuple[Parameter, ...]
    run: Callable[[Sequence[RuleEntry], dict[str, Any], datetime], list[Outcome]]
    sentence: Callable[[dict[str, Any]], str]
    check: Callable[[dict[str, Any]], None] = lambda parameters: None
