"""The audit's lines in words, for its page and for panels that show some of them: `{% load audit_words %}`."""

from django import template

from zhiji.access.particulars import particulars
from zhiji.access.words import told

register = template.Library()
register.filter("told", told)
register.filter("particulars", particulars)
