"""A million generated customers, the same every time: `python -m bench.crowd <count>` loads them into ZHIJI_HOME."""

import json
import os
import random
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉萍红玲芬燕彬宇浩凯健俊帆雪晶莹倩云莲真环雅琳梦岚苑婕馨瑗"
LEVELS = ("普通", "银卡", "金卡", "黑卡")
NOW = datetime(2026, 6, 1, tzinfo=UTC)


def people(count: int, owners: list[int]) -> Iterator[object]:
    """Names by the frequency of surnames, provinces, phones, a long tail of spenders."""
    from zhiji.flow.profile.bulk import Newcomer
    from zhiji.kernel.places import PROVINCES

    chance = random.Random(7)
    weights = [1 / (rank + 2) for rank in range(len(SURNAMES))]
    surnames = chance.choices(SURNAMES, weights, k=count)
    for number in range(count):
        registered = NOW - timedelta(seconds=chance.randrange(4 * 365 * 86400))
        orders = min(int(chance.paretovariate(0.9)) - 1, 120)
        amount = round(orders * chance.lognormvariate(4, 0.7), 2)
        yield Newcomer(
            identity=f"user:{number}",
            name=surnames[number] + "".join(chance.choices(GIVEN, k=chance.choice((1, 2, 2)))),
            registered_at=registered,
            last_seen_at=registered + (NOW - registered) * chance.random(),
            gender=chance.choice(("female", "male", "")),
            birthday=date(1950, 1, 1) + timedelta(days=chance.randrange(20_000)),
            region=chance.choice(PROVINCES),
            owner_id=chance.choice(owners) if number % 5 == 0 else None,
            attributes={"会员等级": chance.choices(LEVELS, (70, 20, 9, 1))[0]},
            contact={"phone": f"1{chance.randrange(30, 100)}{chance.randrange(10**8):08d}"},
            measures={"orders_365d": orders, "amount_365d": amount, "orders_ever": orders, "amount_ever": amount},
        )


AROUND = """
    INSERT INTO profile_tag (name, key) SELECT '标签' || n, '标签' || n FROM generate_series(1, 20) AS n;
    INSERT INTO profile_tagging (customer_id, tag_id, by, at)
        SELECT customer_id, 1 + customer_id % 20 + (SELECT min(id) - 1 FROM profile_tag), 'bench', now()
        FROM profile_portrait WHERE customer_id % 3 = 0;
    INSERT INTO kernel_fact (message_key, name, customer_id, occurred_at, received_at, properties)
        SELECT gen_random_uuid(), 'page_viewed', customer_id, last_seen_at, last_seen_at, '{"title": "首页"}'
        FROM profile_portrait;
    INSERT INTO kernel_fact (message_key, name, customer_id, occurred_at, received_at, properties)
        SELECT gen_random_uuid(), 'order_paid', (SELECT max(customer_id) FROM profile_portrait), at, at, '{"amount": 5}'
        FROM generate_series(now() - interval '500 days', now() - interval '1 day', interval '1 day') AS at;
    INSERT INTO segment_scheme (key, name) VALUES ('value', '价值');
    INSERT INTO segment_schemeclass (scheme_id, key, name, position, colour, condition)
        SELECT id, c.key, c.name, c.position, 'blue', CASE WHEN c.least > 0 THEN jsonb_build_object(
            'kind', 'behaviour', 'fact', 'order_paid', 'measure', 'count', 'op', 'ge', 'value', c.least,
            'window', '{"last": 90, "unit": "days"}'::jsonb) END
        FROM segment_scheme, (VALUES ('high', '高', 0, 50), ('medium', '中', 1, 5), ('low', '低', 2, 0))
            AS c(key, name, position, least);
    ANALYZE;
"""


def classify(cursor: Any) -> None:
    """Put every customer into a class by its id."""
    import numpy as np

    from zhiji.flow.segment.live.membership_bitmap import Of, held
    from zhiji.flow.segment.models import SchemeClass

    cursor.execute("SELECT customer_id FROM profile_portrait ORDER BY 1")
    ids = np.array([one for (one,) in cursor.fetchall()], dtype=np.int64)
    sets = held()
    for one in SchemeClass.objects.all():
        sets.put(Of(scheme=one.scheme_id, scheme_class=one.pk), ids[ids % 3 == one.position], entered=True)
    sets.save(cursor)


def main(count: int) -> None:
    """Load, then print what the benchmark needs to sign in: JSON {session, token, customers}."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhiji.config.settings")
    django.setup()
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.cached_db import SessionStore
    from django.db import connection

    from zhiji.access.models import Role, User
    from zhiji.access.tokens import create_token
    from zhiji.flow.profile import bulk
    from zhiji.flow.segment.definitions.registry import advance

    boss = User.objects.create_user("bench", password="bench bench bench", role=Role.ADMINISTRATOR)
    sellers = [User.objects.create_user(f"seller{n}", role=Role.SALES).pk for n in range(100)]
    began = datetime.now(UTC)
    bulk.load(people(count, sellers), NOW)  # type: ignore[arg-type]
    loaded = (datetime.now(UTC) - began).total_seconds()
    with connection.cursor() as cursor:
        cursor.execute(AROUND)
        classify(cursor)
    advance()
    session = SessionStore()
    session[SESSION_KEY] = str(boss.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = boss.get_session_auth_hash()
    session.save()
    token = create_token(by=None, user=boss, name="bench", scopes=["customers:read", "facts:read"])
    print(json.dumps({"session": session.session_key, "token": token, "seconds": loaded}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
