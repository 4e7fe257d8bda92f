"""By what a database knows the master key that it was sealed with, and a key from another."""

import hmac


def mark_of(master: bytes) -> bytes:
    """What a master key makes of a known text."""
    return hmac.digest(master, b"zhiji master key", "sha256")
