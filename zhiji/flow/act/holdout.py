"""对照组: which customers a rule leaves alone, so that its effect can be measured."""

import hashlib


def lot(rule_key: str, customer_id: int) -> float:
    """A number in [0, 1) that a customer draws once per rule, whatever its version: blake2b of both."""
    drawn = hashlib.blake2b(f"{rule_key}\0{customer_id}".encode(), digest_size=7).digest()
    return int.from_bytes(drawn) / 2**56


def held_out(rule_key: str, customer_id: int, share: float) -> bool:
    """Whether the customer is among the `share` left alone. A larger share only adds customers."""
    return lot(rule_key, customer_id) < share
