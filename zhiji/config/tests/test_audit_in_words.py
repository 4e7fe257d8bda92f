"""Whatever the audit and the timeline say is in words: each verb, particular, kind of fact and property has its own."""

import ast
import re
from collections.abc import Iterator

from django.utils.translation import gettext, override

from zhiji.access.models import AuditLine
from zhiji.access.particulars import LABELS
from zhiji.access.words import VERBS, told, verb_word
from zhiji.config.tests.test_told_in_words import PACKAGE, named
from zhiji.kernel.facts import fact_types

ALONE = {
    "contact looked up",
    "delivery settings changed",
    "pictures dropped",
    "signed in",
    "webhook secret revealed",
    "words for nothing changed",
}
"""Verbs without an object: there is only one, or it is the one who did it."""


def calls() -> Iterator[ast.Call]:
    for file in sorted(PACKAGE.rglob("*.py")):
        if not {"tests", "migrations", "node_modules"} & set(file.parts):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Call) and named(node.func) in ("audit", "_tell", "audit_limited") and node.args:
                    yield node


def texts(node: ast.expr) -> set[str]:
    return {one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str)}


def test_every_verb_that_the_code_writes_down_has_words() -> None:
    written: set[str] = {"contact looked up"}
    for call in calls():
        if named(call.func) == "_tell":
            written |= {name.replace("_", " ") for name in texts(call.args[1])}
        elif named(call.func) == "audit" and not any(isinstance(one, ast.Call) for one in ast.walk(call.args[0])):
            written |= texts(call.args[0])
    assert {"rule edited", "tag added", "template made", "coupon offer reopened", "customer created"} <= written
    assert written - set(VERBS) == set()


def test_a_verb_is_a_sentence_about_its_object_in_both_languages() -> None:
    holes = re.compile(r"%\(\w+\)s")
    for verb, words in VERBS.items():
        chinese = str(words)
        with override("en"):
            english = str(words)
        assert english.replace("“", "").isascii() and english != chinese, verb
        assert holes.findall(english) == holes.findall(chinese), verb
        assert bool(holes.search(chinese)) == (verb not in ALONE), verb


def test_an_audit_line_reads_as_a_sentence_whose_object_is_a_link() -> None:
    line = AuditLine(verb="attributes changed", object_type="resolve.customer", object_id="<12>")
    assert told(line) == '修改客户 <a href="/audit/?type=resolve.customer&amp;id=%3C12%3E">&lt;12&gt;</a> 的属性'
    assert verb_word("attributes changed") == "修改客户的属性" and verb_word("contacts revealed") == "查看…的联系方式"
    unheard = AuditLine(verb="100% <new>", object_type="act.rule", object_id="1")
    with override("en"):
        assert re.sub("</?a.*?>", "", told(unheard)) == "100% &lt;new&gt; rule 1"


def test_every_particular_that_the_code_writes_down_has_a_label() -> None:
    named_ = {word.arg for call in calls() if named(call.func) == "audit" for word in call.keywords if word.arg}
    assert {"before", "customers", "proof"} <= named_
    assert named_ - {"by"} - set(LABELS) == set()


def test_every_declared_fact_and_property_is_named_in_both_languages() -> None:
    declared = fact_types()
    assert {"order_paid", "customer_created", "message_opened"} <= set(declared)
    with override("en"):
        said = {
            (name, one): gettext(str(one))
            for name, kind in declared.items()
            for one in (kind.label, *(part.label for part in kind.properties))
        }
    assert [key for key, english in said.items() if not english or not english.isascii()] == []
