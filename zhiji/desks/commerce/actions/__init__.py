"""Named writes of the desk: orders and their lines, products, stores."""

from zhiji.desks.commerce.actions.catalogue import record_products, record_stores
from zhiji.desks.commerce.actions.lines import record_lines
from zhiji.desks.commerce.actions.orders import record_orders

__all__ = ["record_lines", "record_orders", "record_products", "record_stores"]
