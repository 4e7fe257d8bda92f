"""Properties of mapped events: renamed, checked, and what a list of products says about the whole."""

from typing import Any

from django.conf import settings

from zhiji.flow.collect.protocol.names import Plan
from zhiji.flow.collect.protocol.reasons import Refusal
from zhiji.kernel.values import Refusal as Unfit
from zhiji.kernel.values import coupon, currency, flag, identifier, money, number
from zhiji.kernel.values.items import counted
from zhiji.kernel.values.nothing import Words
from zhiji.kernel.values.number import LARGEST

FIGURES = ("money", "number")
NEVER_BELOW_NOTHING = ("sum", "count")
NUMBERS = (*FIGURES, *NEVER_BELOW_NOTHING)
WORDLESS = ("flag", "currency", *NUMBERS)
CODES = {"identifier": identifier.parse, "coupon": coupon.parse}


def shaped(found: dict[str, Any], plan: Plan, words: Words) -> None:
    """Rename, derive and check the properties of an event, in place. Raises Refusal.

    A declared figure or flag whose text is one of the `words` for nothing isn't told.
    """
    for ours, theirs in plan.renames:
        if found.get(ours) is None:
            for name in theirs:
                if found.get(name) is not None:
                    found[ours] = found.pop(name)
                    break
    if plan.sums and isinstance(found.get("products"), list):
        _read_products(found)
        _sum_up(found)
    if plan.checks:
        _check(found, plan, words)
    for name in plan.required:
        if found.get(name) in (None, ""):
            raise Refusal(f"properties.{name}", "missing")


def _check(found: dict[str, Any], plan: Plan, words: Words) -> None:
    """Make declared properties what their types say; what already is passes quickly."""
    for name, sort in plan.checks:
        value: Any = found.get(name)
        kind = type(value)
        if kind is str and value and sort == "text":
            continue
        if (kind is int or kind is float) and value >= 0 and sort in NUMBERS and value < LARGEST:
            continue
        if name in found:
            if kind is str and sort in WORDLESS and words.mean(value):
                value = None
            value = checked(value, sort, f"properties.{name}")
            if value is None:
                del found[name]
            else:
                found[name] = value


def checked(value: Any, sort: str, place: str) -> Any:
    """A value as its declared type wants it; None for an empty one. Raises Refusal."""
    if value is None or value == "":
        return None
    if sort in NUMBERS:
        return _figure(value, sort, place)
    if sort == "flag":
        read = flag.of(value)
        if isinstance(read, Unfit):
            raise Refusal(place, "bad_flag")
        return read
    if sort == "list":
        return value if isinstance(value, list) else [value]
    if isinstance(value, (dict, list)):
        raise Refusal(place, "bad_value")
    text = value if isinstance(value, str) else _text(value)
    if sort == "currency":
        return _own_currency(text, place)
    if sort in CODES:
        code = CODES[sort](text)
        return text if isinstance(code, Unfit) else code
    return text


def _figure(value: Any, sort: str, place: str) -> int | float:
    """A number or an amount of money, from a number or from a text by the same reading as in a file. Raises Refusal."""
    found = (
        money.parse(value, expected=settings.CURRENCY)
        if isinstance(value, str) and sort in ("money", "sum")
        else number.of(value)
    )
    if isinstance(found, Unfit):
        raise Refusal(place, "bad_number")
    if found < 0 and sort in NEVER_BELOW_NOTHING:
        raise Refusal(place, "below_nothing")
    return number.plain(found)


def _own_currency(text: str, place: str) -> str:
    """The workspace's currency: amounts in another one would be added to its own. Raises Refusal."""
    code = currency.own(text, settings.CURRENCY)
    if isinstance(code, Unfit):
        raise Refusal(place, "other_currency", settings.CURRENCY)
    return code


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


LISTED = {"price": "money", "quantity": "count", "discount": "sum", "product_id": "identifier", "sku": "identifier"}
"""How what a listed product says is read. A price may be below nothing: some shops list a discount as a product."""


def _read_products(found: dict[str, Any]) -> None:
    """Read what `products` say, in place: a figure that can't be read would make the whole wrong. Raises Refusal."""
    for position, product in enumerate(found["products"]):
        if isinstance(product, dict):
            for name, sort in LISTED.items():
                if product.get(name) is not None:
                    product[name] = checked(product[name], sort, f"properties.products[{position}].{name}")


def _sum_up(found: dict[str, Any]) -> None:
    """From `products`: how many items, which categories, and the one with the largest share of the money."""
    products = [one for one in found["products"] if isinstance(one, dict)]
    if not products:
        return
    items = 0.0
    shares: dict[str, float] = {}
    total = 0.0
    for product in products:
        quantity = 1.0 if product.get("quantity") is None else float(product["quantity"])
        worth = float(product.get("price") or 0) * quantity
        items += float(counted(quantity))
        total += worth
        category = product.get("category")
        if isinstance(category, str) and category.strip():
            shares[category.strip()] = shares.get(category.strip(), 0.0) + (worth or quantity * 1e-9)
    found.setdefault("items", int(items) if items.is_integer() else items)
    if shares:
        found.setdefault("categories", list(shares))
        if not isinstance(found.get("category"), str):
            found["category"] = max(shares, key=lambda name: shares[name])
    if total and found.get("amount") is None:
        discount = checked(found.get("discount"), "money", "properties.discount") or 0
        found["amount"] = round(total - discount, 2)
