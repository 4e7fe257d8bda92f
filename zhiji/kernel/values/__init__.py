"""One reading for each kind of value, whatever door it comes through: file, tracking, API, form or search.

A module a kind, each with `parse(text) -> value | Refusal`. What a value *is* is decided here and nowhere else, so
that the same writing means the same from everywhere, and what can't be read surely is refused with a reason.
"""

from zhiji.kernel.values.refusal import BadValue, Refusal, sure

__all__ = ["BadValue", "Refusal", "sure"]
