import io
import json
import logging
import logging.config
from collections.abc import Iterator

import pytest

from zhiji.config import logs


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    yield stream
    logging.config.dictConfig(logs.dictionary("INFO", False))


def _log_a_failure(as_json: bool, stream: io.StringIO) -> str:
    described = logs.dictionary("INFO", as_json)
    described["handlers"]["stderr"]["stream"] = stream
    logging.config.dictConfig(described)
    phone = "13812345678"
    try:
        raise ValueError("no such customer") if phone else AssertionError
    except ValueError:
        logging.getLogger("zhiji.somewhere").exception("look-up failed")
    return stream.getvalue()


def test_a_line_is_json_when_asked(written: io.StringIO) -> None:
    line = json.loads(_log_a_failure(True, written))
    assert (line["event"], line["level"], line["logger"]) == ("look-up failed", "error", "zhiji.somewhere")


@pytest.mark.parametrize("as_json", [True, False])
def test_a_traceback_shows_no_local_values(written: io.StringIO, as_json: bool) -> None:
    text = _log_a_failure(as_json, written)
    assert "no such customer" in text
    assert "13812345678" not in text
