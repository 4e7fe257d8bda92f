"""The pages and the API of rules: who may, what they say, what is refused."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from zhiji.access.models import AuditLine, User
from zhiji.access.tokens import create_token
from zhiji.flow.act.actions import create_rule, delete_rule, edit_rule
from zhiji.flow.act.definition import RuleRefused
from zhiji.flow.act.entering import enter
from zhiji.flow.act.models import Rule, RuleEntry, RuleVersion
from zhiji.flow.act.stepping import round_once
from zhiji.flow.act.tests.cast import NOON, TAG, customer, live_rule
from zhiji.flow.act.triggers import Candidate

pytestmark = pytest.mark.django_db
PAID = {"kind": "fact", "fact": "order_paid"}
Browser = Callable[[User], Client]
FORM = {
    "name": "感谢首单", "trigger": "fact", "t_fact": "order_paid",
    "t_where": '[{"property": "amount", "op": "ge", "value": 100}]',
    "audience": "everyone", "step": ["b", "a"], "a.kind": "set_priority", "a.priority": "2",
    "b.kind": "tag", "b.tag": "首单", "holdout": "20", "reentry": "after", "reentry_days": "30",
    "goal_days": "7", "goal_fact": "order_paid",
}  # fmt: skip


def api(user: User, *scopes: str) -> dict[str, str]:
    token = create_token(by=None, user=user, name="t", scopes=scopes)
    return {"Authorization": f"Bearer {token}"}


class TestTheForm:
    def test_makes_a_rule_switched_off_with_steps_in_their_order(self, mark: User, signed_in: Browser) -> None:
        assert signed_in(mark).post("/rules/new/", FORM).status_code == 302
        rule = Rule.objects.get()
        assert rule.enabled_at is None and rule.created_by == mark and float(rule.holdout) == 0.2
        assert [step["kind"] for step in rule.steps] == ["tag", "set_priority"]
        assert rule.trigger["where"] == [{"property": "amount", "op": "ge", "value": 100}]

    def test_shows_again_what_it_refused(self, mark: User, signed_in: Browser) -> None:
        answer = signed_in(mark).post("/rules/new/", {**FORM, "b.tag": "", "name": "留着这个名字"})
        assert answer.status_code == 422 and not Rule.objects.exists()
        assert "留着这个名字" in answer.content.decode() and "请填写「标签」" in answer.content.decode()

    def test_reads_back_what_it_wrote(self, mark: User, signed_in: Browser) -> None:
        browser = signed_in(mark)
        browser.post("/rules/new/", FORM)
        rule = Rule.objects.get()
        page = browser.get(f"/rules/{rule.key}/edit/").content.decode()
        tokens = re.findall(r'name="step" value="(\w+)"', page)
        again = {key: value for key, value in FORM.items() if not re.match(r"[ab]\.", key)}
        renamed = {f"{tokens['ba'.index(key[0])]}.{key[2:]}": v for key, v in FORM.items() if re.match(r"[ab]\.", key)}
        browser.post(f"/rules/{rule.key}/edit/", {**again, "step": tokens, **renamed, "version": "1"})
        assert RuleVersion.objects.count() == 1, "nothing changed, so no new version"

    def test_refuses_to_save_over_somebody_elses_version(self, mark: User, signed_in: Browser) -> None:
        rule = create_rule(by=None, name="r", trigger=PAID, steps=TAG)
        edit_rule(rule, by=None, name="theirs")
        answer = signed_in(mark).post(f"/rules/{rule.key}/edit/", {**FORM, "version": "1"})
        assert answer.status_code == 422 and Rule.objects.get().name == "theirs"

    def test_says_what_will_happen_while_one_types(self, mark: User, signed_in: Browser) -> None:
        told = signed_in(mark).post("/rules/preview/", FORM).content.decode()
        assert "金额 ≥ 100" in told and "打标签「首单」" in told and "20% 的客户作为对照组" in told

    def test_offers_the_fields_of_a_step(self, mark: User, signed_in: Browser) -> None:
        told = signed_in(mark).get("/rules/step/?kind=assign_owner").content.decode()
        assert "轮流" in told and signed_in(mark).get("/rules/step/?kind=nonsense").status_code == 404


class TestWhoMay:
    def test_sales_read_but_do_not_write(self, bob: User, signed_in: Browser) -> None:
        rule, browser = live_rule(PAID), signed_in(bob)
        assert browser.get(f"/rules/{rule.key}/").status_code == 200
        for path in ("/rules/new/", f"/rules/{rule.key}/switch/", f"/rules/{rule.key}/removal/"):
            assert browser.post(path, FORM).status_code == 403
        rule.refresh_from_db()
        assert rule.enabled_at is not None and Rule.objects.count() == 1

    def test_the_run_log_shows_sales_their_own_customers_only(self, bob: User, mona: User, signed_in: Browser) -> None:
        rule, his, other = live_rule(PAID), customer(owner=bob, name="张三"), customer(name="李四")
        enter(rule, [Candidate(one, f"fact:{one}", NOON) for one in (his, other)], NOON)
        round_once(as_of=NOON)
        seen = signed_in(bob).get(f"/rules/{rule.key}/entries/").content.decode()
        assert "张三" in seen and "李四" not in seen
        assert "李四" in signed_in(mona).get(f"/rules/{rule.key}/entries/?step=1&result=done").content.decode()

    def test_strangers_are_sent_to_sign_in(self, client: Client) -> None:
        assert client.get("/rules/").status_code == 302


class TestPages:
    def test_the_switch_answers_the_row_and_leaves_an_audit_line(self, mark: User, signed_in: Browser) -> None:
        rule = create_rule(by=None, name="规则一", trigger=PAID, steps=TAG)
        url, headers = f"/rules/{rule.key}/switch/", {"HX-Request": "true"}
        answer = signed_in(mark).post(url, {"on": "1"}, headers=headers)
        assert 'aria-checked="true"' in answer.content.decode()
        assert AuditLine.objects.get(verb="rule switched on").user == mark

    def test_where_no_step_failed_there_is_none_to_try_again(self, alice: User, signed_in: Browser) -> None:
        rule = live_rule(PAID)
        enter(rule, [Candidate(customer(), "fact:1", NOON)], NOON)
        url, browser = f"/rules/{rule.key}/retries/", signed_in(alice)
        assert "没有失败的步骤要重试" in browser.post(url, follow=True).content.decode()
        RuleEntry.objects.update(state="failed")
        assert "正在为 1 位客户重试" in browser.post(url, follow=True).content.decode()

    @pytest.mark.parametrize("language", ["zh-hans", "en"])
    def test_every_page_opens(self, alice: User, signed_in: Browser, language: str) -> None:
        rule, browser = live_rule(PAID, holdout=0.1), signed_in(alice)
        enter(rule, [Candidate(customer(), "fact:1", NOON)], NOON)
        browser.cookies["django_language"] = language
        for path in ("", "new/", *(f"{rule.key}/{part}" for part in ("", "edit/", "entries/", "history/"))):
            assert browser.get(f"/rules/{path}").status_code == 200, path

    def test_the_flow_counts_link_to_the_customers_behind_them(self, mona: User, signed_in: Browser) -> None:
        rule, one = live_rule(PAID), customer(name="王五")
        enter(rule, [Candidate(one, "fact:1", NOON)], NOON)
        round_once(as_of=NOON)
        page = signed_in(mona).get(f"/rules/{rule.key}/?span=all").content.decode()
        link = re.search(r'href="([^"]*step=1&amp;result=done)"', page)
        assert link is not None
        assert "王五" in signed_in(mona).get(link[1].replace("&amp;", "&")).content.decode()

    def test_versions_show_what_changed(self, mona: User, signed_in: Browser) -> None:
        rule = create_rule(by=None, name="r", trigger=PAID, steps=TAG)
        edit_rule(rule, by=mona, steps=[{"kind": "tag", "tag": "later"}])
        page = signed_in(mona).get(f"/rules/{rule.key}/history/").content.decode()
        assert "<del>打标签「seen」</del><ins>打标签「later」</ins>" in page


class TestRemoving:
    def test_a_rule_nobody_entered_is_gone(self) -> None:
        assert delete_rule(create_rule(by=None, name="r", trigger=PAID, steps=TAG), by=None)
        assert not Rule.objects.exists()

    def test_a_rule_with_a_history_is_archived_and_stays_off(self) -> None:
        rule = live_rule(PAID)
        enter(rule, [Candidate(customer(), "fact:1", NOON)], NOON)
        assert not delete_rule(rule, by=None)
        rule.refresh_from_db()
        assert rule.archived_at is not None and rule.enabled_at is None
        with pytest.raises(RuleRefused):
            edit_rule(rule, by=None, name="x")


class TestAdvice:
    @pytest.mark.parametrize(
        ("changes", "place", "told"),
        [
            ({"trigger": {"kind": "class_entered", "scheme": "nope", "class": "x"}}, "trigger", "没有分类方案「nope」"),
            ({"trigger": {"kind": "segment_entered", "segment": "nope"}}, "trigger", "没有客群「nope」"),
            ({"trigger": {"kind": "sundown"}}, "trigger", "sundown"),
            ({"trigger": {"kind": "absence", "after": "a", "days": 0, "without": "b"}}, "trigger", "days"),
            ({"steps": []}, "steps", "至少加一个步骤"),
            ({"steps": [{"kind": "fly"}]}, "steps.0", "没有步骤「fly」"),
            ({"steps": [{"kind": "tag", "tag": "a", "colour": "red"}]}, "steps.0", "colour"),
            ({"audience": {"kind": "nonsense"}}, "audience", "nonsense"),
            ({"audience": {"kind": "segment", "segment": "nope"}}, "audience", "nope"),
            ({"holdout": "0.9"}, "holdout", "50%"),
            ({"reentry_days": -1}, "reentry_days", "3650"),
            ({"goal": {"fact": "", "days": 3}}, "goal", "目标"),
        ],
    )
    def test_names_the_place_and_what_to_do(self, changes: dict[str, Any], place: str, told: str) -> None:
        with pytest.raises(RuleRefused) as refused:
            create_rule(by=None, **{"name": "r", "trigger": PAID, "steps": TAG, **changes})
        assert told in refused.value.problems[place] and not Rule.objects.exists()


class TestTheApi:
    BODY = {"name": "by api", "trigger": PAID, "steps": TAG}

    def test_makes_switches_changes_and_lists(self, mark: User, client: Client) -> None:
        headers = api(mark, "rules:read", "rules:write")
        made = client.post("/api/rules", self.BODY, "application/json", headers=headers)
        assert made.status_code == 201 and made.json()["enabled_at"] is None
        url = f"/api/rules/{made.json()['key']}"
        assert client.post(f"{url}/switch?to=on", headers=headers).json()["enabled_at"]
        changed = client.patch(url, {"reentry_days": 3}, "application/json", headers=headers).json()
        assert (changed["version"], changed["reentry_days"]) == (2, 3)
        enter(Rule.objects.get(), [Candidate(customer(), "fact:1", NOON)], NOON)
        assert client.get(f"{url}/entries", headers=headers).json()["rows"][0]["version"] == 2
        assert (
            client.get("/api/rules", headers=headers).json()["rows"][0]["sentence"].startswith("客户发生「支付订单」")
        )

    def test_refuses_with_advice_and_makes_nothing(self, mark: User, client: Client) -> None:
        headers = api(mark, "rules:write")
        refused = client.post("/api/rules", {**self.BODY, "steps": []}, "application/json", headers=headers)
        assert refused.status_code == 422 and "步骤" in refused.json()["detail"] and not Rule.objects.exists()

    def test_a_token_without_the_scope_and_a_user_without_the_role_are_refused(
        self, mark: User, bob: User, client: Client
    ) -> None:
        for headers in (api(mark, "rules:read"), api(bob, "rules:write")):
            answer = client.post("/api/rules", self.BODY, "application/json", headers=headers)
            assert answer.status_code == 403
        assert not Rule.objects.exists()
