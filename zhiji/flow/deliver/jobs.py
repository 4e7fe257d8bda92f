"""What is done about messages by the calendar."""

from procrastinate.contrib.django import app

from zhiji.flow.deliver import actions
from zhiji.kernel import clock


@app.periodic(cron="24 * * * *")
@app.task(name="drop_unused_pictures", queueing_lock="drop_unused_pictures", pass_context=False)
def drop_unused_pictures(timestamp: int) -> None:
    """Delete pictures that were put into a template that was never saved."""
    actions.drop_unused_pictures(by=None, as_of=clock.now())
