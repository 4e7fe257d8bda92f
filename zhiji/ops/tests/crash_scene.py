"""What the crash test's child processes do, each on the installation that the environment names.

python -m zhiji.ops.tests.crash_scene set-up      a source, segments, a scheme, letters and rules
python -m zhiji.ops.tests.crash_scene left        how much work is left
python -m zhiji.ops.tests.crash_scene state       what there is in the end, as JSON without any row's id
python -m zhiji.ops.tests.crash_scene nursery     loads everything once, then forks a worker per line of input
"""

import asyncio
import json
import os
import signal
import sys
from collections import Counter, defaultdict
from typing import Any

from zhiji.ops.house import set_up_django
from zhiji.ops.lifeline import end_with_parent

KEY = "crash-test-write-key"
LETTER = "thanks"


STEPS: dict[str, list[dict[str, Any]]] = {
    "first-order": [
        {"kind": "tag", "tag": "buyer"},
        {"kind": "send_message", "template": LETTER},
        {"kind": "open_task", "title": "致谢", "task_kind": "call", "due_days": 3},
    ],
    "big-spender": [{"kind": "issue_coupon", "offer": "gift"}, {"kind": "set_priority", "priority": "3"}],
    "each-big-order": [{"kind": "issue_coupon", "offer": "gift"}],
}
TRIGGERS: dict[str, dict[str, Any]] = {
    "first-order": {"kind": "segment_entered", "segment": "buyers"},
    "big-spender": {"kind": "segment_entered", "segment": "spenders"},
    "each-big-order": {
        "kind": "fact",
        "fact": "order_paid",
        "where": [{"property": "amount", "op": "ge", "value": 200}],
    },
}


def set_up() -> None:
    """Conditions without windows, rules without hold-out: what they do doesn't hang on when or on row ids."""
    from zhiji.desks.loyalty.actions import create_offer
    from zhiji.flow.act.actions import create_rule, switch_on
    from zhiji.flow.collect.models import Source
    from zhiji.flow.deliver.actions import save_template
    from zhiji.flow.deliver.wording import Wording
    from zhiji.flow.segment import actions as segment
    from zhiji.kernel import clock

    Source.objects.create(key="shop", name="商城", write_key=KEY)
    segment.create_segment(by=None, key="buyers", name="买过", condition=_orders("count", 1))
    segment.create_segment(by=None, key="spenders", name="花过 500", condition=_orders("sum", 500, property="amount"))
    segment.build(clock.now())
    create_offer(by=None, key="gift", name="礼券", value=5, minimum=0, valid_days=30)
    wording = Wording("谢谢 {{ customer.name }}", "<p>谢谢 {{ customer.name }}</p>", "谢谢")
    save_template(by=None, key=LETTER, name="谢谢", purpose="service", wording=wording)
    for key, trigger in TRIGGERS.items():
        again = 0 if key == "each-big-order" else None
        rule = create_rule(by=None, key=key, name=key, trigger=trigger, steps=STEPS[key], holdout=0, reentry_days=again)
        switch_on(rule, by=None)


def _orders(measure: str, value: float, **more: Any) -> dict[str, Any]:
    tree = {"kind": "behaviour", "fact": "order_paid", "measure": measure, "window": None, "op": "ge", "value": value}
    return {**tree, **more}


def left() -> dict[str, int]:
    """Work that is not done yet, by kind; all 0 when everything has come to rest."""
    from zhiji.flow.act.models import RuleEntry
    from zhiji.flow.deliver.models import Message
    from zhiji.kernel.models import Accepted

    return {
        "facts": Accepted.objects.count(),
        "entries": RuleEntry.objects.filter(state="running").count(),
        "messages": Message.objects.filter(state__in=["planned", "sending"]).count(),
    }


def state() -> dict[str, Any]:
    """By customer (named by the user ids that are theirs): facts, segments, tags, entries, steps, messages, …"""
    from django.db import connection

    found: dict[str, Any] = {"": {}}
    people: dict[int, str] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT root_id, string_agg(key, ' ' ORDER BY key) FROM resolve_identity i"
            " JOIN resolve_customer c ON c.id = i.customer_id GROUP BY root_id"
        )
        people = dict(cursor.fetchall())
        for kind, query in QUERIES.items():
            cursor.execute(query)
            counted: dict[str, Counter[str]] = defaultdict(Counter)
            for root, *what in cursor.fetchall():
                counted[people[root]][" ".join(map(str, what))] += 1
            for person, counts in counted.items():
                found.setdefault(person, {})[kind] = dict(sorted(counts.items()))
        cursor.execute("SELECT message_key::text FROM kernel_fact WHERE source_id IS NOT NULL ORDER BY 1")
        found[""]["keys"] = [key for (key,) in cursor.fetchall()]
        cursor.execute("SELECT envelope_to, count(*) FROM deliver_receivedmail GROUP BY 1 ORDER BY 1")
        found[""]["mails"] = dict(cursor.fetchall())
    return found


ROOT = "SELECT c.root_id, {what} FROM {table} t JOIN resolve_customer c ON c.id = t.customer_id {more}"
QUERIES = {
    "facts": ROOT.format(what="t.name", table="kernel_fact", more="WHERE t.name <> 'message_opened'"),
    "redirects": "SELECT c.root_id, 'redirect' FROM resolve_redirect r JOIN resolve_customer c ON c.id = r.loser_id",
    "segments": ROOT.format(
        what="s.key", table="segment_segmentmembership", more="JOIN segment_segment s ON s.id = t.segment_id"
    ),
    "changes": ROOT.format(
        what="s.key, t.entered",
        table="segment_membershipchange",
        more="JOIN segment_segment s ON s.id = t.segment_id",
    ),
    "tags": ROOT.format(what="g.name", table="profile_tagging", more="JOIN profile_tag g ON g.id = t.tag_id"),
    "priority": "SELECT customer_id, priority FROM profile_portrait WHERE NOT merged AND priority > 0",
    "entries": ROOT.format(what="u.key, t.state", table="act_ruleentry", more="JOIN act_rule u ON u.id = t.rule_id"),
    "steps": ROOT.format(
        what="u.key, n.position, n.kind, n.state",
        table="act_ruleentry",
        more="JOIN act_rule u ON u.id = t.rule_id JOIN act_steprun n ON n.entry_id = t.id",
    ),
    "tasks": ROOT.format(what="t.kind, t.state", table="sales_task", more=""),
    "coupons": ROOT.format(what="'coupon'", table="loyalty_coupon", more=""),
    "messages": ROOT.format(what="t.state, t.reason", table="deliver_message", more=""),
}


def nursery() -> None:
    """Fork a worker for each line read, print its process id; the dead are collected by the kernel."""
    from zhiji.kernel.loops import Loop
    from zhiji.kernel.registry import offered
    from zhiji.ops.commands.worker import _run

    offered(Loop)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)  # a worker under load asks for another; here there are two
    print("ready", flush=True)
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            end_with_parent(signal.SIGKILL)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            asyncio.run(_run([loop for loop in offered(Loop) if loop.name != "metrics"], jobs=True))
            os._exit(0)
        print(child, flush=True)


def main(what: str) -> None:
    set_up_django()
    if what == "nursery":
        nursery()
    elif what == "set-up":
        set_up()
    else:
        print(json.dumps({"left": left, "state": state}[what]()))


if __name__ == "__main__":
    main(sys.argv[1])
