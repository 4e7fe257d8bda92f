"""Customers and facts by API: the twin of the pages over the same queries and actions."""

from ninja import Router

from zhiji.flow.profile.api.edits import router as customers
from zhiji.flow.profile.api.facts import router as facts

router = Router()
router.add_router("/", customers, tags=["customers"])
router.add_router("/", facts, tags=["facts"])
