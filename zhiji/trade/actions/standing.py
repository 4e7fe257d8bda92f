"""What an order comes to when it is told again: the same, paid by now, closed, given back; or another of its number."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import TextChoices
from django.utils.translation import pgettext_lazy

from zhiji.trade.models import Order

State = Order.State
NEAR = timedelta(days=1)
"""The moments that a site, a till and a marketplace's file tell of one order (made, paid, sent) lie within a day."""
NOTHING = Decimal(0)


class Difference(TextChoices):
    """In what an order can't differ from the one of its number without being another."""

    CUSTOMER = "customer", pgettext_lazy("difference", "客户")
    TIME = "time", pgettext_lazy("difference", "时间")
    AMOUNT = "amount", pgettext_lazy("difference", "金额")


@dataclass
class Told:
    """An order as a row or an event tells it. `refunded` is what was given back of it until now; None: not told."""

    number: str
    shop: str
    customer_id: int
    root: int
    placed_at: datetime
    amount: Decimal
    state: str = State.PAID
    paid_at: datetime | None = None
    refunded: Decimal | None = None
    refunded_at: datetime | None = None
    discount: Decimal | None = None
    store_id: int | None = None
    coupon: str = ""
    source_id: int | None = None

    @property
    def pays(self) -> bool:
        return self.state in (State.PAID, State.REFUNDED, State.PART_REFUNDED)

    @property
    def given_back(self) -> Decimal:
        """What it says was given back until now."""
        if self.refunded is None:
            return self.amount if self.state == State.REFUNDED else NOTHING
        return max(NOTHING, min(self.refunded, self.amount))


@dataclass
class Kept:
    """An order as it is kept, or as it will be: `id` is None while it is new. `refunded` is given back of it."""

    number: str
    shop: str
    customer_id: int
    root: int
    placed_at: datetime
    paid_at: datetime | None
    amount: Decimal
    refunded: Decimal
    state: str
    discount: Decimal
    store_id: int | None
    coupon: str
    source_id: int | None = None
    id: int | None = None
    changed: bool = False

    def differs(self, told: Told) -> Difference | None:
        """In what another order of this number differs from it; None when it is the same."""
        if told.root != self.root:
            return Difference.CUSTOMER
        moments = (self.placed_at, self.paid_at), (told.placed_at, told.paid_at)
        if not any(abs(one - other) <= NEAR for one in moments[0] if one for other in moments[1] if other):
            return Difference.TIME
        return Difference.AMOUNT if self.paid_at is not None and told.amount != self.amount else None

    def give_back(self, amount: Decimal) -> Decimal:
        """Lower it by so much, as far as there is something left of what was paid. Returns by how much it was."""
        given = max(NOTHING, min(amount, self.amount - self.refunded)) if self.paid_at is not None else NOTHING
        if given:
            self.refunded += given
            self.state = State.REFUNDED if self.refunded >= self.amount else State.PART_REFUNDED
            self.changed = True
        return given


@dataclass
class Outcome:
    """What came of telling it: whether it was `new`, is `paid` now, and how much more `back` was given of it."""

    kept: Kept
    new: bool = False
    paid: bool = False
    back: Decimal = NOTHING
    mended: bool = False

    @property
    def known(self) -> bool:
        """Whether it said nothing that wasn't kept already."""
        return not (self.new or self.paid or self.back or self.mended)


@dataclass(frozen=True)
class Early:
    """A refund that came before its order; `amount` None is all of it."""

    id: int
    number: str
    shop: str
    root: int
    amount: Decimal | None
    at: datetime


@dataclass
class Book:
    """The orders of some numbers, those that are here and those that are being told; and refunds that wait for one."""

    orders: dict[tuple[str, str], Kept] = field(default_factory=dict)
    numbers: dict[str, list[Kept]] = field(default_factory=dict)
    early: dict[str, list[Early]] = field(default_factory=dict)

    def add(self, kept: Kept) -> None:
        self.orders[kept.number, kept.shop] = kept
        self.numbers.setdefault(kept.number, []).append(kept)

    def find(self, told: Told) -> Kept | None:
        """The order that is meant: of this number and shop, or the very same one, told without its shop."""
        found = self.orders.get((told.number, told.shop))
        if found is not None:
            return found
        others = [one for one in self.numbers.get(told.number, ()) if not (one.shop and told.shop)]
        return next((one for one in others if not one.differs(told)), None)

    def of(self, number: str, shop: str, root: int) -> Kept | None:
        """The customer's order of this number; where its shop isn't told, the only one."""
        found = self.orders.get((number, shop))
        same = self.numbers.get(number, ())
        if found is None and not shop and len(same) == 1:
            found = same[0]
        return found if found is not None and found.root == root else None

    def claimed(self, kept: Kept) -> list[tuple[Early, Decimal]]:
        """The refunds that waited for this order, now that it is paid, and by how much each lowers it."""
        waiting = self.early.get(kept.number, [])
        mine = [one for one in waiting if one.root == kept.root and one.shop in ("", kept.shop)]
        self.early[kept.number] = [one for one in waiting if one not in mine]
        return [(one, kept.give_back(kept.amount if one.amount is None else one.amount)) for one in mine]

    def tell(self, told: Told) -> Outcome:
        """Take in what is told of an order that differs in nothing that may not change."""
        kept = self.find(told)
        if kept is None:
            kept = _new(told)
            self.add(kept)
            return _settled(kept, told, Outcome(kept, new=True, paid=kept.paid_at is not None))
        outcome = Outcome(kept)
        if kept.paid_at is None and told.pays:
            kept.placed_at, kept.amount, kept.state = told.placed_at, told.amount, State.PAID.value
            kept.paid_at, outcome.paid = told.paid_at or told.placed_at, True
        elif kept.paid_at is None:
            before = kept.state, kept.amount
            kept.state, kept.amount = told.state, told.amount
            outcome.mended = before != (kept.state, kept.amount)
        return _settled(kept, told, outcome)


def _new(told: Told) -> Kept:
    return Kept(
        number=told.number,
        shop=told.shop,
        customer_id=told.customer_id,
        root=told.root,
        placed_at=told.placed_at,
        paid_at=(told.paid_at or told.placed_at) if told.pays else None,
        amount=told.amount,
        refunded=NOTHING,
        state=State.PAID if told.pays else told.state,
        discount=told.discount or NOTHING,
        store_id=told.store_id,
        coupon=told.coupon,
        source_id=told.source_id,
    )


def _settled(kept: Kept, told: Told, outcome: Outcome) -> Outcome:
    """What was given back by now, and the particulars that a later word mends."""
    whole = told.state == State.CLOSED and told.refunded is None
    outcome.back = kept.give_back((kept.amount if whole else told.given_back) - kept.refunded)
    for name, value in (("discount", told.discount), ("store_id", told.store_id), ("coupon", told.coupon or None)):
        if value is not None and value != getattr(kept, name):
            setattr(kept, name, value)
            outcome.mended = True
    kept.changed = kept.changed or outcome.paid or outcome.mended
    return outcome
