"""Hand work to the worker's jobs by name, in the caller's transaction."""

from procrastinate.contrib.django import app


def build(build_id: int) -> None:
    """Let a worker run an asked build."""
    app.configure_task("segment_build", lock="segment_build").defer(build_id=build_id)
