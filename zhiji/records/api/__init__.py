"""Custom fields, and records of every kind, by API."""

from ninja import Router

from zhiji.records.api import fields, lists

router = Router()
router.add_router("/", fields.router)
router.add_router("/", lists.router)
