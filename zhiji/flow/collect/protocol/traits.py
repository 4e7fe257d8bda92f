"""The traits of an identify call: attributes under our names, contact values apart."""

from datetime import UTC, datetime
from typing import Any

from zhiji.access import privacy
from zhiji.access.personal import CONTACTS, DROP, about
from zhiji.flow.collect import attributes as attribute
from zhiji.flow.collect.protocol.names import snake
from zhiji.kernel import clock
from zhiji.kernel.values import Refusal as Unfit
from zhiji.kernel.values import moment
from zhiji.kernel.values.nothing import Words
from zhiji.records.models import CustomField
from zhiji.records.queries import Fields

OURS = {
    "created_at": "registered_at",
    "createdat": "registered_at",
    "sex": "gender",
    "birth_date": "birthday",
    "birthdate": "birthday",
    "date_of_birth": "birthday",
    "state": "region",
    "province": "region",
    "姓名": "name",
    "性别": "gender",
    "生日": "birthday",
    "城市": "city",
    "省份": "region",
}
MOMENTS = frozenset({"registered_at"})
MOST_OF_A_KIND = 5


def parted(
    traits: dict[str, Any], words: Words, fields: Fields
) -> tuple[dict[str, Any], dict[str, str | list[str]], dict[str, str]]:
    """Split traits into attributes, contact values by kind, and what was left out with the reason.

    A declared field (`fields`, by names as traits are named) is one whatever its name sounds like. Contact values are
    normalised; of several of a kind the first is the one to be used.
    """
    attributes: dict[str, Any] = {}
    contacts: dict[str, list[str]] = {}
    rejected: dict[str, str] = {}
    for name, value in traits.items():
        if fields and (field := fields.get(snake(name)[:100])):
            _take_field(field, value, words, attributes, rejected)
            continue
        if isinstance(value, str) and value and words.mean(value):
            continue
        kind = about(name).kind
        if kind and not isinstance(value, bool) and name != "consent":
            if kind in CONTACTS:
                _take_contact(kind, value, contacts, rejected, attributes)
            elif kind != DROP:
                attributes[name] = value
        else:
            _take_attribute(name, value, words, attributes, rejected)
    _name(attributes)
    single = {kind: values[0] if len(values) == 1 else values for kind, values in contacts.items()}
    return attributes, single, rejected


def _take_contact(
    kind: str, value: Any, contacts: dict[str, list[str]], rejected: dict[str, str], attributes: dict[str, Any]
) -> None:
    if kind == "address" and isinstance(value, dict):
        for ours, theirs in (("city", "city"), ("region", "state")):
            if isinstance(value.get(theirs), str) and value[theirs].strip():
                attributes.setdefault(ours, value[theirs].strip())
        value = _postal(value)
    if isinstance(value, list):
        for one in value[:MOST_OF_A_KIND]:
            _take_contact(kind, one, contacts, rejected, attributes)
        return
    if value is None or value == "" or len(contacts.get(kind, ())) >= MOST_OF_A_KIND:
        return
    if isinstance(value, dict) or (isinstance(value, float) and not value.is_integer()):
        rejected[kind] = "not a text"
        return
    text = str(int(value)) if isinstance(value, float) else str(value)
    try:
        found = privacy.normalise(kind, text)[:500]
    except ValueError:
        if kind not in contacts:
            rejected[kind] = "not in the form of one"
        return
    rejected.pop(kind, None)
    if found and found not in contacts.setdefault(kind, []):
        contacts[kind].append(found)


def _take_attribute(name: str, value: Any, words: Words, attributes: dict[str, Any], rejected: dict[str, str]) -> None:
    """Read one trait. What is null is taken away, and what words call nothing isn't told."""
    plain = snake(name)[:100]
    ours = OURS.get(plain, plain)
    if not ours:
        return
    if ours == "consent" and isinstance(value, dict):
        attributes[ours] = _consent(value, rejected)
        return
    now = clock.now()
    if ours in MOMENTS and value not in (None, ""):
        found = _moment(value, words, now)
    else:
        found = attribute.read(ours, value, words, now, {})
    if isinstance(found, Unfit):
        rejected[ours] = str(found)
    elif found is not None or value in (None, ""):
        attributes[ours] = found


def _take_field(
    field: CustomField, value: Any, words: Words, attributes: dict[str, Any], rejected: dict[str, str]
) -> None:
    found = attribute.read(field.key, value, words, clock.now(), {field.key: field})
    if isinstance(found, Unfit):
        rejected[field.key] = str(found)
    elif found is not None or value in (None, ""):
        attributes[field.key] = found


def _consent(value: dict[str, Any], rejected: dict[str, str]) -> dict[str, Any]:
    """What is allowed by channel; what is no clear yes or no is left out."""
    read = {channel: attribute.consent(granted) for channel, granted in value.items()}
    rejected |= {f"consent.{channel}": str(found) for channel, found in read.items() if isinstance(found, Unfit)}
    return {channel: found for channel, found in read.items() if not isinstance(found, Unfit)}


def _moment(value: Any, words: Words, now: datetime) -> str | Unfit | None:
    """An ISO text of a moment given as text, or as seconds or milliseconds since 1970; UTC where it names no zone."""
    if isinstance(value, str) and words.mean(value):
        return None
    found = moment.of(value, UTC, now=now)
    return found if isinstance(found, Unfit) else found.isoformat()


def _name(attributes: dict[str, Any]) -> None:
    first, last = attributes.pop("first_name", None), attributes.pop("last_name", None)
    if attributes.get("name"):
        return
    parts = [str(part).strip() for part in (first, last) if part]
    if parts:
        chinese = any("\u4e00" <= letter <= "\u9fff" for part in parts for letter in part)
        attributes["name"] = "".join(reversed(parts)) if chinese else " ".join(parts)


def _postal(address: dict[str, Any]) -> str:
    """One line: large to small in Chinese, small to large elsewhere."""
    order = ("country", "state", "city", "district", "street")
    parts = [str(address[name]).strip() for name in order if address.get(name)]
    code = str(address.get("postalCode") or address.get("postal_code") or "").strip()
    if any("\u4e00" <= letter <= "\u9fff" for part in parts for letter in part):
        return "".join(parts) + (f" {code}" if code else "")
    return ", ".join([*reversed(parts), *([code] if code else [])])
