"""Where back-ups are kept: a folder, or object storage, of encrypted pieces and manifests."""

import hmac
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec
import pyarrow as pa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from zhiji.kernel.object_store import opened

PIECE = 4 * 2**20  # bytes of a piece, before it is compressed
NONCE = 12
FORMAT = 1
MARK = "zhiji-back-ups.json"
NEWEST_IN = "newest/"
NEWEST = f"{NEWEST_IN}state"
STAMP = "%Y-%m-%dT%H-%M-%SZ"


class BackupRefused(Exception):
    """A back-up can't be made, read or restored; the message says why and what to do."""


class Table(msgspec.Struct):
    """A table's rows: its columns, how many rows, and the pieces of PostgreSQL's COPY text."""

    columns: list[str]
    rows: int
    pieces: list[str]


class Copied(msgspec.Struct):
    """A file: its mode, size, the moment of its last change, and its pieces."""

    mode: int
    size: int
    changed: int
    pieces: list[str]


class Manifest(msgspec.Struct):
    """What one back-up holds."""

    name: str
    version: str
    migrations: dict[str, list[str]]
    tables: dict[str, Table] = {}
    sequences: dict[str, int] = {}
    lake: dict[str, Copied] = {}
    files: dict[str, Copied] = {}
    settings: dict[str, str] = {}
    seconds: float = 0.0
    written: int = 0

    def pieces(self) -> Iterator[str]:
        """Every piece it names."""
        for table in self.tables.values():
            yield from table.pieces
        for file in (*self.lake.values(), *self.files.values()):
            yield from file.pieces

    @property
    def made_at(self) -> datetime:
        return datetime.strptime(self.name, STAMP).replace(tzinfo=UTC)

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables.values())


class Newest(msgspec.Struct):
    """What is kept in its newest state only: the customers' keys, and who was erased ever since."""

    tables: dict[str, Table] = {}
    erased: list[int] = []


@dataclass
class Repository:
    """The pieces and manifests at `url`, under keys derived from `master`. `known` are the pieces that are there.

    An installation takes one back-up at a time, and nobody else writes there.
    """

    url: str
    master: bytes
    store: Any = field(init=False)
    known: set[str] = field(init=False, default_factory=set)
    written: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self.store = opened(self.url)
        self._cipher = AESGCM(_derived(self.master, b"zhiji back-up encryption"))
        self._naming = _derived(self.master, b"zhiji back-up names")
        self._claim()
        self.known = {path.rsplit("/", 1)[-1] for path in self._listed("pieces/")}

    def keep(self, data: bytes) -> list[str]:
        """Keep `data` in pieces, those that are new; returns their names."""
        return [self._keep(data[at : at + PIECE]) for at in range(0, len(data), PIECE)]

    def piece(self, name: str) -> bytes:
        """Raises BackupRefused when it is missing or damaged."""
        data = self._opened(self._read(f"pieces/{name[:2]}/{name}"), name)
        if self._name(data) != name:
            raise BackupRefused(f"the back-up's piece {name} is damaged; restore an earlier one (zhiji backup --list)")
        return data

    def write(self, path: str, value: Any) -> None:
        """Keep a thing as JSON under a name of its own, over what was there."""
        self._put(path, self._sealed(msgspec.json.encode(value), path))

    def read(self, path: str, kind: Any) -> Any:
        return msgspec.json.decode(self._opened(self._read(path), path), type=kind)

    def names(self) -> list[str]:
        """The finished back-ups, oldest first."""
        return sorted(path.rsplit("/", 1)[-1] for path in self._listed("back-ups/"))

    def manifest(self, name: str) -> Manifest:
        found: Manifest = self.read(f"back-ups/{name}", Manifest)
        return found

    def newest(self) -> Newest:
        found: Newest = self.read(NEWEST, Newest) if self._listed(NEWEST_IN) else Newest()
        return found

    def forget(self, names: Iterable[str]) -> int:
        """Delete these back-ups, and the pieces that no other one names. Returns how many pieces went."""
        import obstore

        for name in names:
            obstore.delete(self.store, f"back-ups/{name}")
        named = {piece for name in self.names() for piece in self.manifest(name).pieces()}
        named |= {piece for table in self.newest().tables.values() for piece in table.pieces}
        gone = [path for path in self._listed("pieces/") if path.rsplit("/", 1)[-1] not in named]
        for path in gone:
            obstore.delete(self.store, path)
        return len(gone)

    def _claim(self) -> None:
        """Mark an empty place as ours, or see that it is and that the master key is the one it was made with."""
        try:
            mark = msgspec.json.decode(self._read(MARK), type=dict[str, Any])
        except BackupRefused:
            if self._listed(""):
                raise BackupRefused(f"{self.url} holds something else; name an empty place for back-ups") from None
            check = hmac.digest(self._naming, b"check", "sha256").hex()
            self._put(MARK, msgspec.json.encode({"format": FORMAT, "check": check}))
            return
        if mark.get("format") != FORMAT:
            raise BackupRefused(f"{self.url} is written in format {mark.get('format')}; use a newer Zhiji")
        if not hmac.compare_digest(str(mark.get("check")), hmac.digest(self._naming, b"check", "sha256").hex()):
            raise BackupRefused(f"the back-ups at {self.url} were made under another master key; give that one")

    def _keep(self, data: bytes) -> str:
        name = self._name(data)
        if name not in self.known:
            self._put(f"pieces/{name[:2]}/{name}", self._sealed(data, name))
            self.known.add(name)
        return name

    def _name(self, data: bytes) -> str:
        return hmac.digest(self._naming, data, "sha256").hex()

    def _sealed(self, data: bytes, bound: str) -> bytes:
        nonce = os.urandom(NONCE)
        small = len(data).to_bytes(8, "big") + pa.compress(data, codec="zstd", asbytes=True)
        return nonce + self._cipher.encrypt(nonce, small, bound.encode())

    def _opened(self, sealed: bytes, bound: str) -> bytes:
        try:
            small = self._cipher.decrypt(sealed[:NONCE], sealed[NONCE:], bound.encode())
        except InvalidTag as error:
            raise BackupRefused(f"the back-up's part {bound} is damaged; restore an earlier one") from error
        size = int.from_bytes(small[:8], "big")
        return bytes(pa.decompress(small[8:], decompressed_size=size, codec="zstd", asbytes=True)) if size else b""

    def _put(self, path: str, data: bytes) -> None:
        import obstore

        obstore.put(self.store, path, data)
        self.written += len(data)

    def _read(self, path: str) -> bytes:
        import obstore

        try:
            return bytes(obstore.get(self.store, path).bytes())
        except FileNotFoundError as error:
            raise BackupRefused(
                f"{path} isn't at {self.url}; is it a place of back-ups (zhiji backup --list)?"
            ) from error

    def _listed(self, prefix: str) -> list[str]:
        import obstore

        return [entry["path"] for batch in obstore.list(self.store, prefix=prefix) for entry in batch]


def _derived(master: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=purpose).derive(master)
