"""Template tags of the kit, built in to every template."""

from django import template

register = template.Library()
