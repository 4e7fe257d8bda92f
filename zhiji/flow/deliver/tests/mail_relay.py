"""A mail server that says what it is told to, at each step: a script on a real socket, with and without TLS."""

import socket
import ssl
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

STEPS = ("greeting", "ehlo", "auth", "mail", "rcpt", "data", "content")
"""What may be answered, in order; `starttls` comes between `ehlo` and a second `ehlo`."""
USUAL = {
    "greeting": b"220 relay ESMTP\r\n",
    "ehlo": b"250-relay\r\n250-AUTH PLAIN LOGIN\r\n250 8BITMIME\r\n",
    "auth": b"235 2.7.0 welcome\r\n",
    "mail": b"250 2.1.0 ok\r\n",
    "rcpt": b"250 2.1.5 ok\r\n",
    "data": b"354 go on\r\n",
    "content": b"250 2.0.0 taken\r\n",
    "starttls": b"220 ready\r\n",
    "rset": b"250 2.0.0 ok\r\n",
    "quit": b"221 bye\r\n",
    "noop": b"250 ok\r\n",
}
HANGS_UP: bytes | None = None
"""Instead of an answer: the line ends."""
Said = bytes | Callable[[], bytes | None] | None


def keeps_silent() -> bytes | None:
    """Instead of an answer: none for longer than anybody waits, and the line ends."""
    time.sleep(1)
    return HANGS_UP


@dataclass
class Relay:
    """`says[step]` are the next answers at a step, each once, before the usual one; after some the line ends."""

    says: dict[str, list[Said]] = field(default_factory=dict)
    then_hangs_up: set[bytes] = field(default_factory=set)
    starttls: bool = False
    implicit: bool = False
    named: str = "127.0.0.1"
    mails: list[bytes] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    port: int = 0

    def start(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self) -> None:
        self._socket.close()

    def _accept(self) -> None:
        while True:
            try:
                line, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(line,), daemon=True).start()

    def _talk(self, line: socket.socket) -> None:
        try:
            if self.implicit:
                line = server_context(self.named).wrap_socket(line, server_side=True)
            _Talk(self, line).run()
        except OSError:
            pass
        finally:
            line.close()


class _Talk:
    def __init__(self, relay: Relay, line: socket.socket) -> None:
        self.relay, self.line, self.safe = relay, line, relay.implicit
        self.file = line.makefile("rb")
        self.open = False

    def run(self) -> None:
        going = self.say("greeting")
        while going and (heard := self.file.readline()):
            verb = heard.split(b" ", 1)[0].strip().lower().decode("ascii", "replace")
            self.relay.heard.append(verb)
            going = self.one(verb, heard)

    def one(self, verb: str, heard: bytes) -> bool:
        if verb in ("ehlo", "helo"):
            if self.relay.starttls and not self.safe and not self.relay.says.get("ehlo"):
                self.line.sendall(b"250-relay\r\n250-STARTTLS\r\n250 8BITMIME\r\n")
                return True
            return self.say("ehlo")
        if verb == "starttls":
            return self.say("starttls") and self.make_safe()
        if verb == "mail" and self.open:
            self.line.sendall(b"503 5.5.1 nested MAIL command\r\n")
            return True
        if verb == "data":
            return self.take()
        going = self.say(verb if verb in USUAL else "noop")
        self.open = self.open if verb == "rcpt" else verb == "mail"
        return going

    def take(self) -> bool:
        if not self.say("data"):
            return False
        if not self.last.startswith(b"354"):
            return True
        content = b""
        while not content.endswith(b"\r\n.\r\n"):
            part = self.file.readline()
            if not part:
                return False
            content += part
        self.open = False
        self.relay.mails.append(content)  # where the line ends without an answer nobody knows; here it was taken
        going = self.say("content")
        if self.last and not self.last.startswith(b"2"):
            self.relay.mails.remove(content)
        return going

    def say(self, step: str) -> bool:
        waiting = self.relay.says.get(step)
        answer = waiting.pop(0) if waiting else USUAL[step]
        self.last = answer = (answer() if callable(answer) else answer) or b""
        self.line.sendall(answer)
        return bool(answer) and answer not in self.relay.then_hangs_up

    def make_safe(self) -> bool:
        if self.last.startswith(b"220"):
            self.line = server_context(self.relay.named).wrap_socket(self.line, server_side=True)
            self.file, self.safe = self.line.makefile("rb"), True
        return True


@cache
def certificate(named: str) -> tuple[bytes, bytes]:
    """(certificate, key) as PEM, signed by itself, good for this name or address; "expired" is good no more."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "relay")])
    now = datetime.now(UTC)
    shown = "127.0.0.1" if named == "expired" else named
    try:
        whose: x509.GeneralName = x509.IPAddress(ip_address(shown))
    except ValueError:
        whose = x509.DNSName(shown)
    until = now - timedelta(days=1) if named == "expired" else now + timedelta(days=9)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=9)).not_valid_after(until)
        .add_extension(x509.SubjectAlternativeName([whose]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    form = serialization.PrivateFormat.PKCS8
    private = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    return made.public_bytes(serialization.Encoding.PEM), private


def server_context(named: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "relay.pem"
        path.write_bytes(b"".join(certificate(named)))
        context.load_cert_chain(path)
    return context
