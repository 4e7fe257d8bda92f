"""Segments and schemes that refer to a segment or to a scheme."""

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from zhiji.flow.segment.definitions.registry import definitions
from zhiji.flow.segment.definitions.uses import Use, Users, What


def _segments(what: What, key: str) -> Sequence[Use]:
    known = definitions()
    found = []
    for one in known.segments.values():
        reads = known.reads(one.node)
        if key in (reads.segments if what == "segment" else reads.schemes) and (what, key) != ("segment", one.key):
            found.append(Use(known.names.segments.get(one.key, one.key), reverse("segment", args=[one.key])))
    return found


def _schemes(what: What, key: str) -> Sequence[Use]:
    known = definitions()
    found = []
    for one in known.schemes:
        reads = known.scheme_reads(one)
        if key in (reads.segments if what == "segment" else reads.schemes) and (what, key) != ("scheme", one):
            found.append(Use(known.names.schemes[one], reverse("scheme", args=[one])))
    return found


OFFERS = (Users(_("客群"), 20, _segments), Users(_("分类方案"), 30, _schemes))
