"""What people and customers do to the house: each act is told to the truth once the house has taken it."""

import random as chances
from collections.abc import Callable
from datetime import datetime
from typing import Any

from zhiji.flow.segment.tests.trees import lengths
from zhiji.ops.tests.soak import draws
from zhiji.ops.tests.soak.client import Client, Refused
from zhiji.ops.tests.soak.truth import Edit, Event, Link, Truth

CLASSES = ("a", "b", "rest")
MOST = 60  # segments at once
USERS, VISITORS, OTHERS = 30, 8, 6  # others are second accounts of users


class Act:
    """The acts; each thread has one of its own. `now` is the house's clock."""

    def __init__(self, client: Client, truth: Truth, now: Callable[[], datetime], seed: Any) -> None:
        self.client, self.truth, self.now, self.random = client, truth, now, chances.Random(str(seed))
        self.made, self.sent, self.refused, self.merges, self.unmerges = 0, 0, 0, 0, 0

    # Customers.

    def move_in(self) -> None:
        """Everybody comes once, with a name by which we find out who they are in the house."""
        names = [f"u-{at}" for at in range(USERS)] + [f"a-{at}" for at in range(VISITORS)]
        names += [f"x-{at}" for at in range(OTHERS)]
        self._tell([self._event(name, "customer_identified", f"born {name}", self.now()) for name in names])

    def meet(self, rows: list[dict[str, Any]]) -> None:
        self.truth.ids = {row["name"]: row["id"] for row in rows}
        assert len(self.truth.ids) == USERS + VISITORS + OTHERS, sorted(self.truth.ids)

    def happen(self) -> None:
        """Some facts in one batch: late, in no order, some sent twice."""
        with self.truth.lock:
            spans = lengths([*self.truth.segments.values()])
        events = []
        for _ in range(self.random.randint(1, 12)):
            name, who = self.random.choice(list(draws.SENT)), self.random.choice(list(self.truth.ids))
            self.sent += 1
            message = f"{self.random.getrandbits(64):x} {self.sent}"
            at = draws.moment(self.random, self.now(), spans)
            given = draws.properties(self.random, name, message) | self._given_back(name, who)
            events.append(Event(message, who, name, at.replace(microsecond=at.microsecond // 1000 * 1000), given))
        self._tell(events)
        if self.random.random() < 0.3:
            self._tell(self.random.sample(events, min(3, len(events))))

    def _given_back(self, name: str, who: str) -> dict[str, Any]:
        """What a refund says of an order of theirs that the house has taken, if there is one that nobody gave back."""
        with self.truth.lock:
            orders = self.truth.orders(who) if name == "order_refunded" and self.random.random() < 0.8 else []
            if not orders:
                return {}
            order = self.random.choice(orders)
            self.truth.given_back.add(order.message)
        amount: float = order.properties["amount"]
        return {"order_id": order.message, "amount": self.random.choice((amount, min(amount, 10)))}

    def _event(self, who: str, name: str, message: str, at: datetime) -> Event:
        return Event(message, who, name, at.replace(microsecond=at.microsecond // 1000 * 1000))

    def _tell(self, events: list[Event], **more: Any) -> None:
        shuffled = self.random.sample(events, len(events))
        self.client.send([{**_wire(one), **more} for one in shuffled])
        with self.truth.lock:
            for one in shuffled:
                self.truth.tell(one)

    def edit(self) -> None:
        """Somebody says something of a customer; it counts for who is the root, unless it was so already: what
        changes nothing says nothing, and so wins over nobody when the customer is merged.
        """
        who = self.truth.ids[self.random.choice(list(self.truth.ids))]
        part, value = draws.edit(self.random)
        with self.truth.lock:
            known = self.client.ask("GET", f"/customers/{who}")
            record = self.client.ask("PATCH", f"/customers/{who}", draws.asked(part, value))
            if not draws.stands(known, part, value):
                self.truth.edits.append(Edit(record["id"], part, value))

    def link(self) -> None:
        """A visitor turns out to be a user, or a user to have a second account: facts prove it."""
        linked = {one.other for one in self.truth.links if one.merge is None}
        kind, count = self.random.choice((("a", VISITORS), ("x", OTHERS)))
        at = self.random.randrange(count)
        user, other = f"u-{at}", f"{kind}-{at}"
        if self.truth.ids[other] in linked:
            return
        with self.truth.lock:
            if kind == "a":
                event = self._event(user, "customer_identified", f"link {other}", self.now())
                self._tell([event], anonymousId=other)
            else:
                event = self._event(user, "identity_aliased", f"link {other}", self.now())
                self._tell([event], previousId=other)
            self.truth.links.append(Link(self.truth.ids[user], self.truth.ids[other]))

    def merge(self) -> None:
        """Somebody merges two customers by hand."""
        users = [self.truth.ids[f"u-{at}"] for at in range(USERS)]
        with self.truth.lock:
            one, other = self.random.sample(users, 2)
            groups = self.truth.groups()
            if groups[one] == groups[other]:
                return
            try:
                made = self.client.ask("POST", f"/customers/{one}/merges", {"other": other})
            except Refused:  # done by what was cut off
                made = self.client.ask("GET", f"/customers/{one}/merges")[0]
            self.truth.links.append(Link(made["winner_id"], made["loser_id"], made["id"]))
            self.merges += 1

    def unmerge(self) -> None:
        """They were two after all."""
        with self.truth.lock:
            merged = [one for one in self.truth.links if one.merge is not None]
            if not merged:
                return
            link = self.random.choice(merged)
            try:
                self.client.ask("DELETE", f"/customers/{link.one}/merges/{link.merge}")
            except Refused as error:
                assert error.status == 404, error
            self.truth.links.remove(link)
            self.unmerges += 1

    # Definitions.

    def tree(self, segments: list[str], schemes: list[str]) -> Any:
        known = dict.fromkeys(schemes, CLASSES)
        return draws.Draws(self.random, self.now().date(), segments, known).tree(depth=self.random.choice((1, 2, 3)))

    def burst(self) -> None:
        """Segments are made, a few or many at once."""
        for _ in range(self.random.choice((1, 1, 2, 5, 12, 40))):
            if len(self.truth.segments) >= MOST:
                self.archive()
            self.made += 1
            key = f"s{self.made}"
            known = list(self.truth.segments)
            tree = self.tree(self.random.sample(known, min(3, len(known))), list(self.truth.schemes))
            body = {"key": key, "name": key, "condition": tree}
            if self._define("POST", "/segments", body, key):
                self._know(key, tree)

    def redefine(self) -> None:
        """A segment gets another condition, which refers only to older ones."""
        if self.truth.segments:
            key = self.random.choice(list(self.truth.segments))
            older = [one for one in self.truth.segments if int(one[1:]) < int(key[1:])]
            tree = self.tree(self.random.sample(older, min(3, len(older))), [])
            if self._define("PATCH", f"/segments/{key}", {"condition": tree}, key):
                self._know(key, tree)

    def archive(self) -> None:
        """A segment goes out of use, if nothing refers to it."""
        if self.truth.segments:
            key = self.random.choice(list(self.truth.segments))
            if self._define("DELETE", f"/segments/{key}", None, key):
                self._know(key, None)

    def _know(self, key: str, tree: Any) -> None:
        with self.truth.lock:
            if tree is None:
                del self.truth.segments[key]
            else:
                self.truth.segments[key] = tree

    def scheme(self) -> None:
        """A scheme is made, up to three, or its classes change; they refer to no segment, so nothing goes round."""
        self.made += 1
        fresh = len(self.truth.schemes) < 3 and self.random.random() < 0.5
        if not (fresh or self.truth.schemes):
            return
        key = f"p{self.made}" if fresh else self.random.choice(list(self.truth.schemes))
        trees = [self.tree([], []), self.tree([], []), None]
        rows = [{"key": one, "name": one, "condition": tree} for one, tree in zip(CLASSES, trees, strict=True)]
        body: dict[str, Any] = {"classes": rows}
        if fresh:
            body |= {"key": key, "name": key}
        if self._define("POST" if fresh else "PATCH", "/schemes" if fresh else f"/schemes/{key}", body, key):
            self.truth.schemes[key] = list(zip(CLASSES, trees, strict=True))

    def _define(self, method: str, path: str, body: Any, key: str) -> bool:
        """Whether the house took it; a key that is taken was taken by what was cut off."""
        cut = self.client.cut
        try:
            self.client.ask(method, path, body)
            return True
        except Refused as error:
            again = self.client.cut > cut
            if again and ((method == "POST" and key in str(error)) or (method == "DELETE" and error.status == 404)):
                return True
            assert error.status == 422, error
            self.refused += 1
            return False


def _wire(one: Event) -> dict[str, Any]:
    """An event as an SDK sends it."""
    who = "anonymousId" if one.who.startswith("a-") else "userId"
    sent: dict[str, Any] = {who: one.who, "messageId": one.message, "timestamp": one.at.isoformat()}
    if one.name == "customer_identified":
        return sent | {"type": "identify", "traits": {"name": one.who} if one.message.startswith("born") else {}}
    if one.name == "identity_aliased":
        return sent | {"type": "alias"}
    return sent | {"type": "track", "event": draws.SENT[one.name], "properties": dict(one.properties)}
