"""Properties of mapped events: renamed, checked, and what a list of products says about the whole."""

from decimal import Decimal, InvalidOperation
from typing import Any

from zhiji.flow.collect.protocol.contacts import finite
from zhiji.flow.collect.protocol.names import Plan
from zhiji.flow.collect.protocol.reasons import Refusal
from zhiji.kernel.facts import PropertyType

LARGEST = 10**13
FIGURES = ("money", "number")
FLAGS = {"true": True, "false": False, "1": True, "0": False, "yes": True, "no": False}


def shaped(found: dict[str, Any], plan: Plan) -> None:
    """Rename, derive and check the properties of an event, in place. Raises Refusal."""
    for ours, theirs in plan.renames:
        if found.get(ours) is None:
            for name in theirs:
                if found.get(name) is not None:
                    found[ours] = found.pop(name)
                    break
    if plan.sums and "products" in found:
        _sum_up(found)
    if plan.checks:
        _check(found, plan)
    for name in plan.required:
        if found.get(name) in (None, ""):
            raise Refusal(f"properties.{name}", "missing")


def _check(found: dict[str, Any], plan: Plan) -> None:
    """Make declared properties what their types say; what already is passes quickly."""
    for name, sort in plan.checks:
        value: Any = found.get(name)
        kind = type(value)
        if kind is str and value and sort == "text":
            continue
        if (kind is int or kind is float) and sort in FIGURES and -LARGEST < value < LARGEST:
            continue
        if name in found:
            value = checked(value, sort, f"properties.{name}")
            if value is None:
                del found[name]
            else:
                found[name] = value


def checked(value: Any, sort: PropertyType, place: str) -> Any:
    """A value as its declared type wants it; None for an empty one. Raises Refusal."""
    if value is None or value == "":
        return None
    if sort in ("number", "money"):
        return number(value, place)
    if sort == "flag":
        flag = value if isinstance(value, bool) else FLAGS.get(str(value).lower())
        if flag is None:
            raise Refusal(place, "bad_flag")
        return flag
    if sort == "list":
        return value if isinstance(value, list) else [value]
    if isinstance(value, (dict, list)):
        raise Refusal(place, "bad_value")
    return value if isinstance(value, str) else _text(value)


def number(value: Any, place: str) -> int | float:
    """A finite number below ten trillion, from a number or a decimal text. Raises Refusal."""
    try:
        if isinstance(value, str):
            exact = Decimal(value.strip())
            value = int(exact) if exact == exact.to_integral_value() and abs(exact) < LARGEST else float(exact)
    except (InvalidOperation, ValueError, OverflowError):
        raise Refusal(place, "bad_number") from None
    if not finite(value) or abs(value) >= LARGEST:
        raise Refusal(place, "bad_number")
    return value  # type: ignore[no-any-return]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _sum_up(found: dict[str, Any]) -> None:
    """From `products`: how many items, which categories, and the one with the largest share of the money."""
    products = (
        [one for one in found.get("products") or () if isinstance(one, dict)]
        if (isinstance(found.get("products"), list))
        else []
    )
    if not products:
        return
    items = 0.0
    shares: dict[str, float] = {}
    total = 0.0
    for product in products:
        quantity = _figure(product.get("quantity"), 1.0)
        worth = _figure(product.get("price"), 0.0) * quantity
        items += quantity
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
        found["amount"] = round(total - _figure(found.get("discount"), 0.0), 2)


def _figure(value: Any, otherwise: float) -> float:
    try:
        return float(number(value, "")) if not isinstance(value, bool) and value is not None else otherwise
    except Refusal:
        return otherwise
