"""How long facts have waited: in the inbox for the log, in the log for classes and rules."""

from dataclasses import dataclass

from django.db import connection

from zhiji.kernel import clock
from zhiji.kernel.taking import FOLLOWED


@dataclass(frozen=True)
class Waiting:
    """Seconds that the oldest fact has waited for the loop `pipeline`, and for `following`; 0 when none waits."""

    pipeline: float
    following: float

    @property
    def longest(self) -> float:
        return max(self.pipeline, self.following)

    @property
    def loop(self) -> str:
        """The loop that keeps the oldest fact waiting; empty when none does."""
        if not self.longest:
            return ""
        return "pipeline" if self.pipeline >= self.following else "following"


def waiting() -> Waiting:
    """How long facts have waited, by the clock that stamped them when they came in."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT received_at FROM kernel_accepted ORDER BY id LIMIT 1),"
            " (SELECT received_at FROM kernel_fact WHERE id >"
            " coalesce((SELECT fact_id FROM kernel_watermark WHERE name = %s), 0) ORDER BY id LIMIT 1)",
            [FOLLOWED],
        )
        told, followed = cursor.fetchone()
    now = clock.now()
    return Waiting(*(max(0.0, (now - one).total_seconds()) if one else 0.0 for one in (told, followed)))
