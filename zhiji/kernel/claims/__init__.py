"""Claiming so much of a limited thing, once, for a reason: the one place that counts what can run out.

A coupon's stock, one per person, three a day, a number in a row: each is a limited thing, named by its key, and a row
of `kernel_limited` says how much of it is out. Who wants some claims it of one or several things at once, all or
nothing, for a reason; the same reason again gets the first answer and takes nothing. A claim may be a lease first
(reserved until a moment, then settled or given back). What is out is the sum of the claims, so the count can be proved
and made anew (proof.py).

Races: the rows of all the things a claim is about are made, then locked in the order of their keys, and only then is
read what is out, so two claims of one thing come one after the other and no two wait for each other. Claim once in a
transaction, all it needs together; a claim that is a transaction of its own begins again when the database broke it
off. The locks last until the transaction ends: claim late, and commit.
"""

from zhiji.kernel.claims.claiming import Ask, Claimed, Limit, UsedUp, claim, claim_all
from zhiji.kernel.claims.holding import Lapsed, NotClaimed, give_back, settle

__all__ = ["Ask", "Claimed", "Lapsed", "Limit", "NotClaimed", "UsedUp", "claim", "claim_all", "give_back", "settle"]
