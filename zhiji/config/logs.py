"""Structured logs, alike from Django, the web server and the worker: for people, or as JSON lines.

A line says what happened and to which id; names, phones, addresses and what was typed are never logged.
"""

from typing import Any

import structlog

SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
]


def configure(level: str, as_json: bool) -> dict[str, Any]:
    """Set structlog up and return the dictionary that Django's LOGGING takes."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    return dictionary(level, as_json)


QUIET = ("procrastinate", "py4j", "allauth", "mail.log", "httpx")
"""Libraries of which warnings are enough; httpx would say whole addresses, and numbers stand in them."""


def dictionary(level: str, as_json: bool) -> dict[str, Any]:
    """The same for the standard library's logging, which Django and the web server use."""
    rendering: list[Any] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if as_json:
        frames = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
        rendering += [
            structlog.processors.ExceptionRenderer(frames),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    else:
        plain = structlog.dev.plain_traceback  # the other writers print local variables: people's data
        rendering += [structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0, exception_formatter=plain)]
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": SHARED,
        "processors": rendering,
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"structured": formatter},
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "stream": "ext://sys.stderr",
                "formatter": "structured",
            }
        },
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "_granian": {"level": "WARNING", "handlers": ["stderr"], "propagate": False},
            "granian.access": {"level": "WARNING", "handlers": ["stderr"], "propagate": False},
            "django": {"handlers": [], "level": level, "propagate": True},
            "django.server": {"handlers": [], "level": level, "propagate": True},
            "django.request": {"handlers": [], "level": "ERROR", "propagate": True},
            **{name: {"level": "WARNING", "propagate": True} for name in QUIET},
        },
    }
