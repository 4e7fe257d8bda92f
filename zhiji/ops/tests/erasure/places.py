"""Search everything that an installation keeps for values: every column of every table, every file of its folder.

Nothing is named here: a table, a column or a file that comes later is searched, too, and what the house sealed under
its master key is opened. Left out are the database's own files (what is in them is read as tables), keys, and what is
sealed under a key that is gone.
"""

import base64
import contextlib
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import psycopg
import pyarrow.parquet as pq
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from psycopg import sql

from zhiji.access.privacy import NONCE
from zhiji.config.keys import master_key

OWN_FILES = "postgres"
PURPOSES = ("quarantine", "traits", "step", "second step")


def found(home: Path, values: Iterable[str]) -> dict[str, set[str]]:
    """{place: the values there}; a place is `table.column` or a file's folder, as its name has a number."""
    wanted = {value: _forms(value) for value in values}
    places: dict[str, set[str]] = {}
    for place, text in [*_tables(home), *_files(home)]:
        plain, digits = text.casefold(), None
        for value, forms in wanted.items():
            here = any(form in plain for form in forms if not form.isdigit() or len(form) < 7)
            if not here and any(form.isdigit() for form in forms):
                digits = digits if digits is not None else re.sub(r"[ .()-]", "", plain)
                here = any(form in digits for form in forms if form.isdigit())
            if here:
                places.setdefault(place, set()).add(value)
    return places


def _forms(value: str) -> set[str]:
    folded = value.casefold()
    digits = re.sub(r"\D", "", value)
    escaped = value.encode("unicode_escape").decode().casefold()
    return {folded, escaped} | ({digits} if len(digits) >= 7 and not re.search(r"[^\d\s+-]", value) else set())


def _tables(home: Path) -> Iterator[tuple[str, str]]:
    with psycopg.connect((home / "postgres.url").read_text().strip()) as reading:
        columns = reading.execute(
            "SELECT table_name, column_name FROM information_schema.columns JOIN information_schema.tables"
            " USING (table_schema, table_name) WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        ).fetchall()
        key = AESGCM(master_key(home, ""))
        for table, column in columns:
            asked = sql.SQL("SELECT DISTINCT {} FROM {}").format(sql.Identifier(column), sql.Identifier(table))
            if _comparable(reading, table, column):
                rows = reading.execute(asked).fetchall()
            else:
                rows = reading.execute(sql.SQL(str(asked.as_string(reading)).replace("DISTINCT ", ""))).fetchall()
            for (value,) in rows:
                if value is not None:
                    yield f"{table}.{column}", _text(_opened(value, key))


def _comparable(reading: psycopg.Connection[Any], table: str, column: str) -> bool:
    kind = reading.execute(
        "SELECT data_type FROM information_schema.columns WHERE table_schema = 'public' AND table_name = %s"
        " AND column_name = %s",
        [table, column],
    ).fetchone()
    return kind is not None and kind[0] not in ("json", "bytea")


def _opened(value: Any, key: AESGCM) -> Any:
    """What is sealed under the master key in clear, all else as it is."""
    if isinstance(value, bytes | memoryview):
        for purpose in PURPOSES:
            with contextlib.suppress(InvalidTag, ValueError):
                return key.decrypt(bytes(value)[:NONCE], bytes(value)[NONCE:], purpose.encode())
    return value


def _text(value: Any) -> str:
    """A value as text; bytes as they are, as the mail or the packed text that they may be."""
    if isinstance(value, bytes | memoryview):
        return _of_bytes(bytes(value))
    text = value if isinstance(value, str) else repr(value)
    return f"{text} {_unpacked(text)}"


def _of_bytes(content: bytes) -> str:
    texts = [content.decode("utf-8", "replace")]
    if b"\nSubject:" in content or b"\r\nSubject:" in content:
        mail = message_from_bytes(content, policy=default)
        texts += [str(header) for header in mail.values()]
        for part in mail.walk():
            with contextlib.suppress(LookupError, KeyError, AttributeError):
                texts.append(str(part.get_content()))
    return "\n".join(texts)


def _unpacked(text: str) -> str:
    """What Django signed and packed (a session): base64 of a zlib stream."""
    if text.startswith(".") and text.count(":") >= 2:
        packed = text[1:].split(":")[0]
        with contextlib.suppress(ValueError, zlib.error):
            return zlib.decompress(base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4))).decode()
    return ""


def _files(home: Path) -> Iterator[tuple[str, str]]:
    for path in home.rglob("*"):
        inside = path.relative_to(home)
        if not path.is_file() or inside.parts[0].startswith(OWN_FILES):
            continue
        place = "/".join(part for part in inside.parts[:2] if part != path.name) or path.name
        yield place, path.name
        if path.suffix == ".parquet":
            yield place, repr(pq.ParquetFile(path).read().to_pylist())
        elif zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as packed:
                yield from ((place, packed.read(name).decode("utf-8", "replace")) for name in packed.namelist())
        else:
            yield place, _of_bytes(path.read_bytes())
