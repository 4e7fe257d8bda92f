"""Names for keys: what people call the schemes, classes, segments and facts that a trigger mentions."""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from zhiji.flow.segment.models import Scheme, SchemeClass, Segment
from zhiji.kernel.facts import asleep, fact_types


@dataclass(frozen=True)
class Names:
    """Read once, used for every sentence of a page."""

    schemes: dict[str, str] = field(default_factory=dict)
    classes: dict[tuple[str, str], str] = field(default_factory=dict)
    segments: dict[str, str] = field(default_factory=dict)

    def scheme(self, key: str) -> str:
        return self.schemes.get(key, key)

    def scheme_class(self, scheme: str, key: str) -> str:
        return self.classes.get((scheme, key), key)

    def segment(self, key: str) -> str:
        return self.segments.get(key, key)

    def fact(self, name: str) -> str:
        kind = fact_types().get(name)
        label = _(str(kind.label)) if kind else name
        if name not in asleep():
            return label
        return _("%(fact)s（“%(desk)s”已关闭）") % {"fact": label, "desk": asleep()[name]}


def names() -> Names:
    """The names in use now: three small reads."""
    return Names(
        schemes=dict(Scheme.objects.values_list("key", "name")),
        classes={
            (scheme, key): name for scheme, key, name in SchemeClass.objects.values_list("scheme__key", "key", "name")
        },
        segments=dict(Segment.objects.filter(archived_at=None).values_list("key", "name")),
    )
