"""A small house with everything in it three times: for each role its own, another's and nobody's.

It is made once, in a transaction that is taken back at the end; each question is asked within it and taken back too.
"""

import json
import re
from collections.abc import Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from allauth.mfa.models import Authenticator
from django.core import signing
from django.core.files.base import ContentFile
from django.db import connection, transaction
from django.db.models import F
from django.test import Client

from zhiji.access import privacy
from zhiji.access.models import ApiToken, Role, User
from zhiji.config.tests.doors.asked import WHOSE
from zhiji.config.tests.doors.digest import digests
from zhiji.config.tests.house import BUYERS, bearer, furnished
from zhiji.desks.loyalty import actions as loyalty
from zhiji.desks.loyalty.models import CouponOffer
from zhiji.desks.sales import actions as sales
from zhiji.flow.act.actions import create_rule
from zhiji.flow.act.entering import enter
from zhiji.flow.act.models import Rule, RuleEntry
from zhiji.flow.act.triggers import Candidate
from zhiji.flow.collect.actions.names import save_name
from zhiji.flow.collect.files import asking
from zhiji.flow.collect.models import ImportRun, Quarantined, Source
from zhiji.flow.deliver import actions as deliver
from zhiji.flow.deliver import tokens
from zhiji.flow.deliver.account_actions import set_account
from zhiji.flow.deliver.channel import channel_of
from zhiji.flow.deliver.models import Message, ReceivedMail, WebhookCall
from zhiji.flow.measure.actions import refresh_metrics
from zhiji.flow.profile import actions as profile
from zhiji.flow.profile.models import ContactPoint, Portrait
from zhiji.flow.profile.web.bulk import SALT
from zhiji.flow.segment import actions as segment
from zhiji.flow.segment.models import MemberExport, Segment
from zhiji.kernel import clock
from zhiji.kernel.facts import NewFact, record
from zhiji.kernel.models import Accepted, Fact, Lane, SetAside
from zhiji.kernel.pipeline import run_once
from zhiji.kernel.registry import offered
from zhiji.portal import links
from zhiji.records.actions import create_field
from zhiji.records.kind import RecordKind
from zhiji.records.models import Deed, SavedView
from zhiji.trade.models import Order, Product
from zhiji.work.comments import actions as comments
from zhiji.work.notices.tests.told import notice

NAMES = {"another": "旁人甲某", "nobody": "无主乙某", **{role: f"本人甲{role}" for role in Role.values}}
ORDERS = {"another": "ZZ7731", "nobody": "ZZ8842", **{role: f"MY{role}" for role in Role.values}}
OTHERS = [text for mine in (NAMES, ORDERS) for who, text in mine.items() if who in WHOSE]
"""What an answer to a salesperson never holds."""
NAME = re.compile(r"\{(\w+)\}")


class World:
    """Who asks and what there is; `things[who][name]`, who is a role, "another", "nobody" or "" for the house's."""

    def __init__(self) -> None:
        self.users = {role: _user(role, role) for role in Role.values}
        self.ben, self.cai = _user("ben", Role.SALES), _user("cai", Role.SALES)
        self.alice = self.users[Role.ADMINISTRATOR]
        self.things: dict[str, dict[str, Any]] = {"": {}}
        self.clients = {role: Client() for role in Role.values}
        for role, client in self.clients.items():
            client.force_login(self.users[role])
        self.headers = {role: bearer(user) for role, user in self.users.items()}
        _house(self)
        _customers(self)
        for who in NAMES:
            _things_of(self, who)
        for _ in range(4):
            run_once()
        segment.build(clock.now())
        refresh_metrics(clock.now(), force=True)
        ApiToken.objects.update(last_used_at=clock.now())
        _set_aside(self.things[""])
        Authenticator.objects.create(user=self.ben, type=Authenticator.Type.TOTP, data={})
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        self.base = digests()

    def known(self, role: str, whose: str) -> dict[str, Any]:
        """The names that an ask may use, when `role` asks about things of `whose`."""
        who = role if whose == "own" else whose
        return {**self.things[""], "me": self.users[role].pk, **self.things[who]}


def _user(name: str, role: str) -> User:
    return User.objects.create_user(
        f"asks-{name}", f"{name}@house.example", "correct horse battery", role=role, display_name=f"同事{name}"
    )


def _house(world: World) -> None:
    """What belongs to nobody in particular."""
    alice, common = world.alice, world.things[""]
    furnished(alice)
    trigger, steps = {"kind": "fact", "fact": "order_paid"}, [{"kind": "tag", "tag": "谢"}]
    create_rule(by=alice, key="idle", name="闲着", trigger=trigger, steps=steps)
    source = Source.objects.get()
    line = save_name(by=alice, theirs="Thing Happened", ours="thing_happened", properties={})
    ticket = asking.keep("a.csv", ContentFile("会员号,姓名\n9001,张三\n".encode()), by=alice)
    body = json.dumps({"type": "track", "userId": "q", "event": "Seen"}).encode()
    waiting = [
        Quarantined.objects.create(source=source, body=privacy.seal(body, "quarantine"), place="x", code="bad_number")
        for _ in range(2)
    ]
    offer = CouponOffer.objects.get(key="ten")
    runs = {
        state: ImportRun.objects.create(kind="customer", file="/a.csv", fingerprint=state, mapping={}, state=state)
        for state in ("waiting", "cancelled")
    }
    segment.create_segment(by=alice, key="spare", name="备用", condition=BUYERS)
    loyalty.create_offer(by=alice, name="闲券", value=Decimal(3), key="shut")
    view = SavedView.objects.create(kind="customers", user=None, name="大家的", query="")
    fields = [create_field(by=alice, label=one, type="date") for one in ("到期日", "投保日")]
    common |= {
        "offer": offer.key, "source": source.key, "line": line.pk, "ticket": str(ticket), "shared_view": view.pk,
        "waiting_run": runs["waiting"].pk, "stopped_run": runs["cancelled"].pk, "quarantined": waiting[0].pk,
        "quarantined_too": waiting[1].pk, "build": segment.ask_build(by=alice, segments=["buyers"]).pk,
        "field": fields[0].pk, "inbound": _account(),
        "ben": world.ben.pk, "cai": world.cai.pk, "mail": _mail(), "today": clock.day_of(clock.now()).isoformat(),
        "tomorrow": (clock.day_of(clock.now()) + timedelta(days=1)).isoformat(), "condition": json.dumps(BUYERS),
        "tree": BUYERS, "monday": (clock.day_of(clock.now()) - timedelta(days=clock.now().weekday())).isoformat(),
    }  # fmt: skip


def _set_aside(common: dict[str, Any]) -> None:
    """A fact that a stage couldn't take, and a fact name that the lake can't be given."""
    late = {"since": clock.now(), "detail": "x", "tries": 1, "next_try": clock.now() + timedelta(days=1)}
    told = {"occurred_at": clock.now(), "message_key": uuid4(), "name": "seen", "properties": {}, "stage": "log"}
    common["aside"] = SetAside.objects.create(**told, **late).pk
    Lane.objects.create(name="seen", **late)


def _account() -> str:
    """A channel's account that its provider refused; answers the key of its address."""
    given = {"key_id": "k", "key_secret": "s"}
    row = set_account(by=None, channel=channel_of("sms"), mode="simulator", given=given)
    channel_of("sms").faulted("no money")
    return row.inbound_key


def _mail() -> int:
    raw = b"Subject: hello\r\nContent-Type: text/html\r\n\r\n<p>hello</p>"
    return ReceivedMail.objects.create(
        message_id="1", envelope_from="a@b.example", envelope_to="c@d.example", raw=raw
    ).pk


def _customers(world: World) -> None:
    """Three of everybody: the one, one merged into it, and one more. They buy once they are classified."""
    now, known, bought = clock.now(), [], []
    for who, name in NAMES.items():
        for number, part in enumerate((name, f"{name}二", f"{name}三")):
            identity, key = f"user:{who}-{number}", f"{who}-{number}"
            traits = {"traits": {"name": part, "region": "浙江", "city": "杭州", "birthday": "1990-05-03"}}
            known.append(NewFact("customer_identified", now - timedelta(days=40), "t", key, traits, identity=identity))
            said = {"order_id": f"{ORDERS[who]}-{number}", "amount": 10, "store": "东店",
                    "products": [{"product_id": "p1", "name": "商品", "price": 5, "quantity": 2}]}  # fmt: skip
            bought.append(NewFact("order_paid", now - timedelta(hours=1), "t", key, said, identity=identity))
    for facts in (known, bought):
        record(facts)
        while Accepted.objects.exists():
            run_once()
        Fact.objects.filter(name="customer_identified").update(received_at=F("occurred_at"))
        segment.build(clock.now())
    world.things[""]["product"] = Product.objects.get().pk


def _things_of(world: World, who: str) -> None:
    """What hangs on the customers of `who`, and what is `who`'s own."""
    alice, owner = world.alice, {"another": world.ben, "nobody": None}.get(who, world.users.get(who))
    mine = list(Portrait.objects.filter(name__startswith=NAMES[who]).order_by("customer_id"))
    one, second, other = (portrait.pk for portrait in mine)
    profile.set_contact(customer_id=one, kind="email", value=f"{who}@buyer.example", by=alice)
    profile.set_consent(customer_ids=[one], channel="email", granted=True, by=alice)
    redirect = profile.merge_customers(loser=second, winner=one, by=alice)
    if owner:
        profile.assign_owner(customer_ids=[one, other], owner=owner, by=alice)
    profile.add_tag(customer_ids=[one], tag="老客", by=alice)
    letter = {"subject": "你好", "text": "谢谢"}
    planned = [
        deliver.plan(by=alice, customer_id=one, send_key=f"{who}{number}", written=letter) for number in range(2)
    ]
    Message.objects.filter(pk=planned[1].pk).update(state=Message.State.FAILED)
    rule = Rule.objects.get(key="thanks")
    enter(rule, [Candidate(one, f"by hand:{one}", clock.now())], clock.now())
    entry = RuleEntry.objects.filter(rule=rule, customer_id=one).order_by("id")[0]
    RuleEntry.objects.filter(pk=entry.pk).update(state=RuleEntry.State.FAILED)
    call = WebhookCall.objects.create(
        send_key=f"call {who}", entry=entry, customer_id=one, url="https://x.example/", host="x.example", body={},
        secret=b"", state=WebhookCall.State.FAILED,
    )  # fmt: skip
    coupon = loyalty.give_coupon(CouponOffer.objects.get(key="ten"), by=alice, customer_id=one)
    due = clock.day_of(clock.now())
    task = sales.open_task(by=alice, customer_id=one, title=f"回访{NAMES[who]}", due_on=due, owner=owner)
    if owner is None:
        type(task).objects.filter(pk=task.pk).update(owner=None)
    world.things[who] = {
        "customer": one, "other": other, "redirect": redirect.pk, "task": task.pk, "message": planned[0].pk,
        "coupon": coupon.pk,
        "failed": planned[1].pk, "call": call.pk, "point": ContactPoint.objects.get(customer_id=one).pk,
        "fact": Fact.objects.filter(customer_id=one).order_by("id")[0].pk,
        "order": Order.objects.filter(customer_id=one).values_list("pk", flat=True)[0],
        "undo": signing.dumps([["tag", "撤回", [one]]], salt=SALT, compress=True),
        "own_page": links.make(one, clock.now()).rsplit("/", 1)[-1],
        "letter": tokens.make(tokens.PREFERENCES, planned[0].pk), **(_own(owner, who, task) if owner else {}),
    }  # fmt: skip


def _own(owner: User, who: str, task: Any) -> dict[str, Any]:
    wanted = {"segment": Segment.objects.get(key="buyers"), "form": "csv"}
    return {
        "token": ApiToken.objects.create(user=owner, name="t", digest=f"digest {who}", scopes=[]).pk,
        "view": SavedView.objects.create(kind="customers", user=owner, name=f"视图{who}", query="").pk,
        **{
            f"view_{one.key}": SavedView.objects.create(kind=one.key, user=owner, name=f"视图{who}", query="").pk
            for one in offered(RecordKind)
        },
        "deed": Deed.objects.create(
            kind="all_tasks", act="postpone", by=owner, at=clock.now(), changes=_later(task)
        ).pk,
        "export": MemberExport.objects.create(by=owner, **wanted).pk,
        "notice": notice(owner, who, ("segment.segment", wanted["segment"].pk)),
        "comment": comments.write(by=owner, subject="resolve.customer", subject_id=task.customer_id, text="记").pk,
    }


def _later(task: Any) -> list[Any]:
    """What a task was before it was put off, and is."""
    return [[task.pk, {"due_on": str(task.due_on + timedelta(days=1))}, {"due_on": str(task.due_on)}]]


def names(template: Any) -> set[str]:
    """The names of the world that a text, list or mapping uses."""
    if isinstance(template, str):
        return set(NAME.findall(template))
    parts: Iterable[Any] = template.values() if isinstance(template, Mapping) else template
    return {name for part in parts for name in names(part)} if isinstance(template, (Mapping, list, tuple)) else set()


def filled(template: Any, known: Mapping[str, Any]) -> Any:
    """The template with the world's values; a text that is one name alone becomes its value."""
    if isinstance(template, str):
        alone = NAME.fullmatch(template)
        return known[alone[1]] if alone else NAME.sub(lambda found: str(known[found[1]]), template)
    if isinstance(template, Mapping):
        return {key: filled(value, known) for key, value in template.items()}
    return [filled(one, known) for one in template] if isinstance(template, (list, tuple)) else template


@contextmanager
def taken_back():  # type: ignore[no-untyped-def]
    """What happens within leaves nothing."""
    with transaction.atomic():
        try:
            yield
        finally:
            transaction.set_rollback(True)


@dataclass(frozen=True)
class Answer:
    status_code: int
    text: str


def put(world: World, role: str, method: str, where: str, body: Any = None, **how: Any) -> Answer:
    """Ask as `role`, and read the whole answer; what isn't text comes as it may."""
    client, data = world.clients[role], {"data": body or {}}
    if where.startswith("/api/"):
        client, data = Client(headers=world.headers[role]), {}
    client.raise_request_exception = False
    if (where.startswith("/api/") and body) or how.get("json"):
        data = {"data": json.dumps(body), "content_type": "application/json"}
    if files := how.get("files"):
        data = {"data": {name: ContentFile(content, name="a.csv") for name, content in files.items()}}
    answer = getattr(client, method.lower())(where, **data)
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return Answer(answer.status_code, content.decode(errors="replace"))
