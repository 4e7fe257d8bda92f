"""Which customer stands for each, as a pure function of the redirects.

Redirects are folded in the order of their ids: each joins the tree of its loser under the root of its winner, or
does nothing where both are in one tree already. So lifting one leaves exactly what the others alone would have made.
"""

from collections.abc import Iterable, Sequence


class Forest:
    """Customers and whom they follow, in memory: the part of the redirects that a decision needs."""

    def __init__(self, customers: Iterable[int] = ()) -> None:
        self._above: dict[int, int] = {one: one for one in customers}

    def root(self, customer: int) -> int:
        above = self._above
        path = []
        while (parent := above.setdefault(customer, customer)) != customer:
            path.append(customer)
            customer = parent
        for one in path:
            above[one] = customer
        return customer

    def join(self, loser: int, winner: int) -> bool:
        """Put the loser's tree under the winner's root; False where they were one tree already."""
        lost, won = self.root(loser), self.root(winner)
        self._above[lost] = won
        return lost != won

    def roots(self) -> dict[int, int]:
        return {customer: self.root(customer) for customer in list(self._above)}


def roots(customers: Iterable[int], redirects: Sequence[tuple[int, int]]) -> dict[int, int]:
    """The root of each customer, from (loser, winner) pairs in the order they were laid."""
    forest = Forest(customers)
    for loser, winner in redirects:
        forest.join(loser, winner)
    return forest.roots()
