"""Whatever the audit and the timeline say is in words: each verb, particular, kind of fact and property has its own."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from django.core.checks import run_checks
from django.utils.translation import gettext, override

from zhiji.access.audit import audit
from zhiji.access.emitted import unsaid
from zhiji.access.models import AuditLine, User
from zhiji.access.particulars import particulars
from zhiji.access.words import name_objects, told, verb_word, words_of
from zhiji.config.tests.test_told_in_words import PACKAGE, named
from zhiji.flow.segment.catalogue.sentence import said
from zhiji.flow.segment.models import Segment
from zhiji.kernel.facts import fact_types

ALONE = {
    "contact looked up",
    "channel account resumed",
    "channel account set",
    "delivery settings changed",
    "holidays changed",
    "pictures dropped",
    "signed in",
    "webhook secret revealed",
    "words for nothing changed",
    "working hours changed",
}
"""Verbs without an object: there is only one, or it is the one who did it."""


def calls() -> Iterator[ast.Call]:
    for file in sorted(PACKAGE.rglob("*.py")):
        if not {"tests", "migrations", "node_modules"} & set(file.parts):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Call) and named(node.func) in ("audit", "_tell", "audit_limited") and node.args:
                    yield node


def test_every_verb_and_permission_that_the_code_says_is_offered() -> None:
    assert [one.msg for one in run_checks() if one.id == "zhiji.E002"] == []


def test_a_verb_or_permission_that_nobody_offers_is_named(tmp_path: Path) -> None:
    actions = tmp_path / "actions.py"
    actions.write_text('require(by, "rules:read"); audit("rule edited", rule, by=by)')
    assert list(unsaid([tmp_path])) == []
    actions.write_text('require(by, "rules:bend"); audit("rule bent" if bent else "rule edited", rule, by=by)')
    assert list(unsaid([tmp_path])) == [
        f"{actions}: no app offers the permission “rules:bend”",
        f"{actions}: no app offers words for the audit's verb “rule bent”",
    ]


def test_a_verb_is_a_sentence_about_its_object_in_both_languages() -> None:
    holes = re.compile(r"%\(\w+\)s")
    for verb, words in words_of("verbs").items():
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


def test_particulars_speak_as_the_screens_do_and_what_has_a_name_is_called_by_it(db: None, alice: User) -> None:
    condition = {"kind": "tag", "tag": "VIP"}
    segment = Segment.objects.create(key="loyal", name="回头客 <3", condition=condition)
    trigger = {"kind": "fact", "fact": "order_paid"}
    audit("import started", segment, by=alice, kind="order")
    audit("segment created", segment, by=alice, condition=condition)
    audit("rule edited", segment, by=alice, before={"trigger": trigger, "audience": condition, "steps": []})
    audit("segment archived", alice, by=alice)
    lines = list(AuditLine.objects.order_by("id"))
    name_objects(lines)
    started, created, edited = (dict(particulars(line)) for line in lines[:3])
    assert started == {"类型": "订单"}
    assert created["条件"] == said(condition) and "VIP" in created["条件"] and "{" not in created["条件"]
    assert said(condition) in edited["之前"] and "{" not in edited["之前"]
    assert "“回头客 &lt;3”" in told(lines[1]) and "“" not in told(lines[3])
    with override("en"):
        assert dict(particulars(lines[0])) == {"Kind": "Orders"}
        assert dict(particulars(lines[1]))["Condition"] == said(condition, "en")


def test_every_particular_that_the_code_writes_down_has_a_label() -> None:
    named_ = {word.arg for call in calls() if named(call.func) == "audit" for word in call.keywords if word.arg}
    assert {"before", "customers", "proof"} <= named_
    assert named_ - {"by"} - set(words_of("particulars")) == set()


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
