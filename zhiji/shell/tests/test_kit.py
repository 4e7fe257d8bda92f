"""The kit's tags: what a page gets for what it gives."""

from types import SimpleNamespace
from typing import Any

import pytest
from django import forms
from django.template import Context, Template
from django.test import RequestFactory

from zhiji.shell import icons


def drawn(source: str, **given: Any) -> str:
    return Template(source).render(Context(given))


def test_a_pager_keeps_the_other_parameters(rf: RequestFactory) -> None:
    page = SimpleNamespace(next="n:1", previous="")
    html = drawn("{% pager page %}", page=page, request=rf.get("/customers/?region=浙江&cursor=old"))
    assert "/customers/?region=%E6%B5%99%E6%B1%9F&amp;cursor=n%3A1" in html
    assert "old" not in html
    assert 'rel="prev"' not in html


def test_a_single_page_needs_no_pager(rf: RequestFactory) -> None:
    page = SimpleNamespace(next="", previous="")
    assert not drawn("{% pager page %}", page=page, request=rf.get("/")).strip()


def test_a_chart_carries_its_option_as_data_and_its_table_as_rows() -> None:
    html = drawn(
        '{% chart "weekly" option height=255 table=rows %}',
        option={"title": {"text": "</script><script>alert(1)"}},
        rows=[["周", "收入"], [("第 1 周", "/orders/"), 3]],
    )
    assert "<script>alert" not in html
    assert 'class="zj-chart-canvas zj-h-260"' in html
    assert '<a href="/orders/">第 1 周</a>' in html


def test_what_a_customer_is_called_cannot_become_markup() -> None:
    evil = "<img src=x onerror=alert(1)>"
    html = drawn("{% person evil evil '/x' %}{% badge evil %}{% stat evil evil %}{% empty evil %}", evil=evil)
    assert "<img" not in html


def test_a_person_without_a_name_still_has_an_initial() -> None:
    assert ">?</span>" in drawn('{% person "" %}')


def test_an_unknown_colour_is_gray() -> None:
    assert "bg-secondary-lt" in drawn('{% badge "x" "chartreuse" %}')


class Sample(forms.Form):
    name = forms.CharField(label="姓名", help_text="全名")
    keep = forms.BooleanField(required=False)
    kind = forms.ChoiceField(choices=[("a", "A")])
    many = forms.MultipleChoiceField(choices=[("a", "A")], widget=forms.CheckboxSelectMultiple)


def test_fields_are_labelled_and_say_what_is_wrong() -> None:
    html = drawn("{% fields form %}", form=Sample({"kind": "b"}))
    assert 'for="id_name"' in html and "全名" in html
    assert "is-invalid" in html and 'aria-invalid="true"' in html
    assert 'class="form-select is-invalid"' in html and "form-check-input" in html


@pytest.mark.skipif(not icons.TABLE.is_file(), reason="the front end isn't fetched")
def test_an_icon_is_drawn_inline_and_hidden_from_screen_readers() -> None:
    assert 'aria-hidden="true"><path' in drawn('{% icon "users" %}')
