"""Object storage or a folder, by one way: what keeps the lake's files and the back-ups opens it here."""

import json
import os
from pathlib import Path
from typing import Any

PLAIN = "AWS_ALLOW_HTTP"


def options() -> dict[str, str]:
    """Options of object storage, from ZHIJI_LAKE_STORAGE (JSON); the providers' own variables work too."""
    return dict(json.loads(os.environ.get("ZHIJI_LAKE_STORAGE", "{}")))


def opened(url: str) -> Any:
    """The storage at s3://…, gs://…, az://…, by the same options and variables as the Delta tables; or a folder's path.

    A folder is made if it isn't there.
    """
    from obstore.store import LocalStore, from_url

    if "://" not in url:
        folder = Path(url).expanduser().absolute()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return LocalStore(folder)
    given = options()
    plain = given.pop(PLAIN, os.environ.get(PLAIN, "")).lower() in ("true", "1")
    return from_url(url, config=given, client_options={"allow_http": plain})  # type: ignore[call-overload]
