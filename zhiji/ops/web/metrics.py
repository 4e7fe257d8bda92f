"""Figures for Prometheus: requests by route, the inbox, the pipeline's lag, the loops' heartbeats."""

from collections.abc import Iterator

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from prometheus_client import REGISTRY, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from zhiji.access.roles import may
from zhiji.access.tokens import BearerToken
from zhiji.access.web.gate import public
from zhiji.kernel.loops import pulses
from zhiji.kernel.waiting import waiting

LOOPBACK = {"127.0.0.1", "::1"}
DEEPEST = 100_000  # the inbox is counted up to here, so that a scrape stays cheap

REQUESTS = Histogram(
    "zhiji_request_seconds",
    "Time to answer a request, by route (its pattern, never its values)",
    ["method", "route", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)


class FromDatabase(Collector):
    """What the database knows at the moment of the scrape; nothing when it is away."""

    def describe(self) -> Iterator[Metric]:
        """Nothing, so that registering doesn't ask the database."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        try:
            depth, seconds, loops = inbox_depth(), waiting().longest, pulses()
        except DatabaseError:
            yield GaugeMetricFamily("zhiji_database_up", "Whether the database answers", value=0)
            return
        yield GaugeMetricFamily("zhiji_database_up", "Whether the database answers", value=1)
        yield GaugeMetricFamily("zhiji_inbox_facts", f"Facts that wait for the pipeline, up to {DEEPEST}", value=depth)
        yield GaugeMetricFamily(
            "zhiji_pipeline_lag_seconds", "How long the oldest fact has waited to be classified", value=seconds
        )
        family = GaugeMetricFamily("zhiji_heartbeat_age_seconds", "Since a loop's last sign of life", labels=["loop"])
        for one in loops:
            if one.seconds is not None:
                family.add_metric([one.name], one.seconds)
        yield family


REGISTRY.register(FromDatabase())


def inbox_depth() -> int:
    """How many facts wait in the inbox, counted up to DEEPEST."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM (SELECT FROM kernel_accepted LIMIT %s) AS waiting", [DEEPEST])
        (depth,) = cursor.fetchone()
    return int(depth)


@public
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """The figures, for a scraper on this machine or one with a token of the scope settings:read; else 403."""
    if not (_from_here(request) or _by_token(request)):
        return HttpResponse(
            "metrics are read from this machine, or with a bearer token of the scope settings:read\n",
            content_type="text/plain",
            status=403,
        )
    return HttpResponse(generate_latest(REGISTRY), content_type="text/plain; version=0.0.4; charset=utf-8")


def _from_here(request: HttpRequest) -> bool:
    """From loopback and not passed on by a proxy, which would come from loopback for everybody."""
    forwarded = {"X-Forwarded-For", "Forwarded", "X-Real-Ip", "Via"} & {name.title() for name in request.headers}
    return request.META.get("REMOTE_ADDR") in LOOPBACK and not forwarded


def _by_token(request: HttpRequest) -> bool:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    user = BearerToken().authenticate(request, token) if kind.lower() == "bearer" and token else None
    return user is not None and "settings:read" in request.scopes and may(user, "settings:read")  # type: ignore[attr-defined]
