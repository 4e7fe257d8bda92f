"""May a letter go? Whatever a customer said, over each channel and for each purpose, in each order, alone and merged.

A plain oracle answers: of what all that are one said of e-mail and the letter's purpose, the last word holds. A
marketing letter needs a yes, a service letter goes unless there is a no.
"""

from dataclasses import dataclass
from itertools import product

import pytest
from django.db.models import F

from zhiji.flow.deliver import ledger, queries, reasons
from zhiji.flow.deliver.channels.email.channel import EMAIL
from zhiji.flow.deliver.models import DeliverySettings, Message, Purpose
from zhiji.flow.profile import actions as profile
from zhiji.flow.profile import contacts
from zhiji.flow.profile.channels import channel_labels
from zhiji.flow.profile.models import Portrait
from zhiji.flow.resolve.models import Customer, Redirect
from zhiji.kernel import clock
from zhiji.kernel.pipeline import run_once

OURS = "email"  # the channel that letters go over
WORDS = list(product("ab", (True, False)))
STORIES = [(), *((one,) for one in WORDS), *product(WORDS, WORDS)]
"""What is said: who says yes or no, one after the other; silence, a refusal, a withdrawal and a return among them."""


@dataclass(frozen=True)
class Case:
    """`merged`: b becomes one with a before the word at this place (None: never); `parted`: at the end not any more."""

    channel: str
    purpose: str
    story: tuple[tuple[str, bool], ...]
    merged: int | None
    parted: bool = False

    def may_go(self, purpose: str) -> str:
        """Why a letter to a for `purpose` may not go; "" when it may."""
        one = self.merged is not None and not self.parted
        word = None
        for who, granted in self.story:
            if (one or who == "a") and (self.channel, self.purpose) == (OURS, purpose):
                word = granted
        if word is False:
            return reasons.REVOKED
        return reasons.NO_CONSENT if word is None and purpose == Purpose.MARKETING else ""


def cases() -> list[Case]:
    found = []
    for purpose, story in product(Purpose.values, STORIES):
        if purpose == Purpose.MARKETING or len(story) < 2 or story[0] == ("a", True):
            found.append(Case(OURS, purpose, story, None))
            found += [Case(OURS, purpose, story, place) for place in range(len(story) // 2, len(story) + 1)]
    found += [Case(OURS, Purpose.MARKETING, story, 2, parted=True) for story in STORIES if len({*dict(story)}) == 2]
    for channel, purpose, word in product(channel_labels(), Purpose.values, WORDS):
        if channel != OURS:
            found.append(Case(channel, purpose, (word,), 1 if word[0] == "b" else None))
    return found


def _people(count: int) -> list[int]:
    """So many customers with an address, who said nothing."""
    made = Customer.objects.bulk_create([Customer(root_id=0) for _ in range(count)])
    Customer.objects.update(root_id=F("id"))
    Portrait.objects.bulk_create([Portrait(customer=one) for one in made])
    contacts.keep(contacts.NewContact(one.pk, "email", f"c{one.pk}@mail.example", clock.now()) for one in made)
    return [one.pk for one in made]


def _tell(cases: dict[Case, dict[str, int]], *, logged: bool) -> None:
    """Everything is said and merged in order, of all cases at once; `logged`: the pipeline has taken in each word."""
    for place in range(3):
        for case, people in cases.items():
            if case.merged == place:
                profile.merge_customers(loser=people["b"], winner=people["a"], by=None)
        said: dict[tuple[str, str, bool], set[int]] = {}
        for case, people in cases.items():
            if place < len(case.story):
                who, granted = case.story[place]
                said.setdefault((case.channel, case.purpose, granted), set()).add(people[who])
        for (channel, purpose, granted), whom in said.items():
            profile.set_consent(customer_ids=whom, channel=channel, purpose=purpose, granted=granted, by=None)
        if logged:
            run_once()
    for case, people in cases.items():
        if case.parted:
            profile.unmerge_customers(redirect=Redirect.objects.get(loser_id=people["b"]), by=None)


@pytest.mark.parametrize("logged", [True, False])
def test_a_letter_goes_only_to_whom_the_last_word_allows_it(house: DeliverySettings, logged: bool) -> None:
    house.cap_per_day = house.cap_per_week = 99
    house.save()
    every = [one for one in cases() if logged or one.merged == len(one.story)]
    made = iter(_people(2 * len(every)))
    people = {case: {"a": next(made), "b": next(made)} for case in every}
    _tell(people, logged=logged)
    asked = {f"{at}:{purpose}": (case, purpose) for at, case in enumerate(every) for purpose in Purpose.values}
    Message.objects.bulk_create(
        Message(send_key=key, customer_id=people[case]["a"], purpose=purpose, written={"subject": "a", "text": "b"})
        for key, (case, purpose) in asked.items()
    )
    held, looked_at = ledger.take(EMAIL, "one", queries.delivery_settings(), clock.now(), limit=len(asked))
    assert looked_at == len(asked)
    found = {key: (state, reason) for key, state, reason in Message.objects.values_list("send_key", "state", "reason")}
    why = {key: case.may_go(purpose) for key, (case, purpose) in asked.items()}
    wanted = {key: ("refused" if reason else "sending", reason) for key, reason in why.items()}
    wrong = {asked[key]: (found[key], wanted[key]) for key in asked if found[key] != wanted[key]}
    assert not wrong, f"(in the ledger, rightly): {wrong}"
    assert {one.message.send_key for one in held} == {key for key, reason in why.items() if not reason}
    assert set(why.values()) == {"", reasons.NO_CONSENT, reasons.REVOKED}
