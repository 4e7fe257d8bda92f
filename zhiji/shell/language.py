"""Language: what the user chose, else what the browser asks for, else Simplified Chinese."""

from django.middleware.locale import LocaleMiddleware


class LanguageMiddleware(LocaleMiddleware):
    """Django's own, as `set_language` keeps the choice in a cookie."""
