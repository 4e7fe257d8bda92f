"""Sentences of conditions, both ways: `say` a condition, `read` one that somebody typed, `suggest` what may follow.

How each kind is said stands in kinds.py, once for both directions.
"""

from zhiji.flow.segment.conditions.grammar.refusal import Unreadable
from zhiji.flow.segment.conditions.grammar.sentences import read, say
from zhiji.flow.segment.conditions.grammar.suggestions import Suggestion, suggest

__all__ = ["Suggestion", "Unreadable", "read", "say", "suggest"]
