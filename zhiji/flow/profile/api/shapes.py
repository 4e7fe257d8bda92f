"""What the API says of customers and facts."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from ninja import Field, Path, Schema

from zhiji.kernel.shapes import Given

Id = Annotated[int, Path(ge=1, le=2**63 - 1, description="a customer's id; a merged one leads to its root")]


class CustomerOut(Schema):
    """A customer as lists show it. Contact values are in the record only, masked."""

    id: int
    name: str
    gender: str
    birthday: date | None
    birthday_calendar: str
    region: str
    city: str
    owner_id: int | None
    priority: int
    attributes: dict[str, Any]
    registered_at: datetime | None
    first_seen_at: datetime | None
    last_seen_at: datetime | None


class CustomerPage(Schema):
    rows: list[CustomerOut]
    next: str = Field(description="the cursor of the next page, empty on the last")
    previous: str


class ContactOut(Schema):
    kind: str
    masked: str
    state: str
    seen_at: datetime


class ConsentOut(Schema):
    channel: str
    purpose: str
    granted: bool
    at: datetime


class MeasuresOut(Schema):
    as_of: datetime
    first_order_at: datetime | None
    last_order_at: datetime | None
    orders_30d: int
    orders_90d: int
    orders_365d: int
    orders_ever: int
    amount_30d: Decimal
    amount_90d: Decimal
    amount_365d: Decimal
    amount_ever: Decimal
    basket_average: Decimal | None
    favourite_category: str
    favourite_store: str


class RecordOut(CustomerOut):
    """One customer with everything that is kept beside the portrait."""

    tags: list[str]
    contacts: list[ContactOut]
    consents: list[ConsentOut]
    identities: list[str]
    measures: MeasuresOut | None


class FactOut(Schema):
    id: int
    name: str
    customer_id: int = Field(description="whom it was recorded for")
    occurred_at: datetime
    received_at: datetime
    properties: dict[str, Any]


class FactPage(Schema):
    rows: list[FactOut]
    next: str
    previous: str


class MergeOut(Schema):
    id: int
    loser_id: int
    winner_id: int
    proof: str
    laid_at: datetime


class CustomerChanges(Given):
    """What to change; what is left out stays. `attributes` adds and replaces custom fields, null removes one."""

    name: str | None = Field(None, max_length=120)
    gender: str | None = Field(None, max_length=20, description="male, female or other, or a word for one of them")
    birthday: str | None = Field(None, max_length=40, description="a day such as 1990-05-23")
    birthday_calendar: str | None = Field(None, max_length=20, description="solar or lunar")
    region: str | None = Field(None, max_length=40)
    city: str | None = Field(None, max_length=40)
    attributes: dict[str, Any] | None = None
    owner_id: int | None = Field(None, ge=1, le=2**31 - 1, description="a user's id; null for nobody")
    priority: int | None = Field(None, ge=0, le=3)
    add_tags: list[str] | None = Field(None, max_length=20)
    remove_tags: list[str] | None = Field(None, max_length=20)
    consent: dict[str, bool] | None = Field(None, description="channel → allowed, for marketing")


class ContactIn(Given):
    kind: Literal["phone", "email", "address"]
    value: str = Field(min_length=1, max_length=500)


class CustomerIn(Given):
    """A new customer. The same `key` of the same user again answers the customer that it made, with 200.

    At least one of `name`, a phone or e-mail, and `member` is given. With a number, address or member number that a
    customer has whom the user sees, the answer is 409 and says who; `anyway` makes another all the same.
    """

    key: str = Field(min_length=1, max_length=200)
    kind: Literal["person", "organisation"] = "person"
    name: str = Field("", max_length=120)
    gender: str = Field("", max_length=20, description="male, female or other, or a word for one of them")
    birthday: str = Field("", max_length=40, description="a day such as 1990-05-23")
    birthday_calendar: Literal["solar", "lunar"] = "solar"
    region: str = Field("", max_length=40)
    city: str = Field("", max_length=40)
    member: str = Field("", max_length=120, description="member number; becomes the identity user:<member>")
    contacts: list[ContactIn] = Field([], max_length=20)
    attributes: dict[str, Any] = Field({}, description="custom fields")
    tags: list[str] = Field([], max_length=20)
    owner_id: int | None = Field(None, ge=1, le=2**31 - 1, description="a user's id; salespeople own whom they enter")
    priority: int = Field(0, ge=0, le=3)
    consent: dict[str, bool] = Field({}, description="channel → allowed, for marketing")
    proof: str = Field("", max_length=200, description="where the consent was given; needed with `consent`")
    anyway: bool = False


class KnownOut(Schema):
    """Who has one of the numbers already."""

    detail: str
    customers: list[int]


class MergeIn(Given):
    other: int = Field(ge=1, le=2**63 - 1, description="the customer to merge into this one")
    proof: str = Field("", max_length=400)
