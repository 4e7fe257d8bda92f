"""The audit's lines in words, for its page and for panels that show some of them: `{% load audit_words %}`."""

from django import template

from zhiji.access.particulars import particulars
from zhiji.access.words import object_word, verb_word

register = template.Library()
register.filter("verb_word", verb_word)
register.filter("object_word", object_word)
register.filter("particulars", particulars)
