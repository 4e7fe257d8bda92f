"""Templates are filled in with what we know, and can do nothing else."""

import time as wall

import pytest

from zhiji.access.models import User
from zhiji.access.roles import Forbidden
from zhiji.flow.deliver import actions, queries
from zhiji.flow.deliver.channels.email import letter, starters
from zhiji.flow.deliver.models import DeliverySettings, Template, TemplateVersion
from zhiji.flow.deliver.sandbox import door, language
from zhiji.flow.deliver.sandbox.door import TemplateRefused
from zhiji.flow.deliver.variables import salutation
from zhiji.flow.deliver.wording import Wording

KNOWN = {"customer": {"name": "<王>", "salutation": "王先生"}, "coupon": {}, "attributes": {"pet": "猫"}}


def fill(source: str, html: bool = True) -> str:
    return door.fill([(source, html)], KNOWN).texts[0]


def test_variables_filters_and_conditions_work() -> None:
    assert fill("{{ customer.name }}") == "&lt;王&gt;" and fill("{{ customer.name }}", html=False) == "<王>"
    assert fill("{% if coupon.code %}券{% else %}无{% endif %}") == "无"
    assert fill("{{ attributes.pet|default('狗') }}{{ attributes.car|default('无车') }}") == "猫无车"
    assert (
        fill("{{ 1234.5|money }} {{ '2026-03-04'|day }} {{ '2026-03-04'|day('md') }}")
        == "¥1,234.50 2026年3月4日 3月4日"
    )
    assert fill("{% for one in attributes %}{{ one }}{% endfor %}{{ 'ab'|upper }}") == "petAB"


@pytest.mark.parametrize(
    "source",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ customer.__class__ }}",
        "{{ customer['__class__'].x }}{{ ''|attr('__class__') }}",
        "{{ customer.items() }}",
        "{{ self.__init__.__globals__ }}",
        "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
        "{{ 'x'.format(customer) }}",
        "{{ '%1000000000s'|format(1) }}",
        "{{ 'a' * 1000000000 }}",
        "{{ 'a' ~ 'b' }}",
        "{% set x = 1 %}",
        "{% include 'frame.html' %}",
        "{% import 'os' as os %}",
        "{% macro m() %}{% endmacro %}",
        "{{ lipsum(100000) }}",
        "{{ range(10) }}",
        "{{ settings.SECRET_KEY }}",
        "{{ coupon.vaule }}",
        "{{ 'a'|join('b' * 10) }}",
        "{% if %}",
        "{{ unclosed",
    ],
)
def test_escapes_and_mistakes_are_refused(source: str) -> None:
    with pytest.raises(TemplateRefused):
        fill(source)


@pytest.mark.parametrize(
    "source",
    [
        "{% for a in customer %}" * 20 + "x" + "{% endfor %}" * 20,
        "{{ '" + "a" * 20_001 + "'|upper }}",
        "{{ 'a'|number(999999999) }}" + "{{ '9'|number(999999999) }}" * 60_000,
        "x" * (language.LONGEST_SOURCE + 1),
    ],
)
def test_a_greedy_template_is_stopped_quickly(source: str) -> None:
    began = wall.monotonic()
    with pytest.raises(TemplateRefused):
        door.fill([(source, True)], {"customer": {str(n): n for n in range(50)}})
    assert wall.monotonic() - began < 3


def test_a_mistake_says_what_to_mend_and_where(house: DeliverySettings) -> None:
    with pytest.raises(TemplateRefused, match=r"coupon.*vaule.*code") as caught:
        actions.check_wording(Wording("a", "<p>\n{{ coupon.vaule }}</p>", "b"))
    assert caught.value.line == 2


def test_each_change_of_wording_is_a_version(template: Template, mark: User) -> None:
    for subject in ("新主题", "新主题"):
        saved = actions.save_template(
            by=mark,
            key="care",
            name="关怀",
            purpose="marketing",
            wording=Wording(subject, template.html, template.text),
        )
    assert saved.version == 2
    assert list(TemplateVersion.objects.order_by("version").values_list("version", "by")) == [(1, None), (2, mark.pk)]


def test_only_those_who_may_write_change_templates(template: Template, bob: User) -> None:
    with pytest.raises(Forbidden):
        actions.save_template(by=bob, key="care", name="x", purpose="marketing", wording=Wording("a", "b", "c"))
    template.refresh_from_db()
    assert template.version == 1


def test_a_subject_is_one_line_and_a_script_link_is_taken_out(house: DeliverySettings) -> None:
    wording = Wording("a\nBcc: x@y", '<a href="javascript:alert(1)">x</a>', "t")
    filled = letter.fill(wording, {}, queries.delivery_settings(), message_id=None)
    tracked = letter.fill(wording, {}, queries.delivery_settings(), message_id=1)
    assert filled.subject == "a Bcc: x@y" and "javascript" not in tracked.html


def test_people_are_addressed_properly() -> None:
    assert salutation("欧阳娜娜", "female") == "欧阳女士" and salutation("王小明", "male") == "王先生"
    assert salutation("王小明", "") == "王小明" and salutation("", "male") == "顾客"
    assert salutation("Anna Lee", "female") == "Anna Lee"


def test_the_letters_to_begin_with_are_good_and_made_once(house: DeliverySettings) -> None:
    assert len(starters.install(by=None)) == 6 and starters.install(by=None) == []
