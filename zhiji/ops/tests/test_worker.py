"""Each loop runs in one of the workers that `zhiji up` starts; the pipeline by itself, with what it keeps in memory."""

from zhiji.kernel.loops import Loop
from zhiji.kernel.registry import offered
from zhiji.ops.commands.worker import SHARES, chosen


def names(only: list[str], but: list[str]) -> set[str]:
    return {loop.name for loop in chosen(offered(Loop), only, but)}


def share(name: str) -> set[str]:
    option, what = SHARES[name]
    return names([what], []) if option == "--only" else names([], [what])


def test_a_worker_runs_every_loop_unless_told_otherwise() -> None:
    assert names([], []) == {loop.name for loop in offered(Loop)}


def test_the_shares_are_all_loops_and_none_twice() -> None:
    assert share("pipeline") | share("worker") == names([], [])
    assert not share("pipeline") & share("worker")


def test_what_is_beside_the_pipeline_runs_where_it_does() -> None:
    assert share("pipeline") == {"pipeline", "following", "set aside", "facts in memory"}
    assert names(["pipeline", "lake"], []) == {"pipeline", "following", "set aside", "facts in memory", "lake"}
    assert names(["pipeline", "lake"], ["pipeline"]) == {"lake"}
