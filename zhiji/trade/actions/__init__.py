"""Named writes of the desk: orders and their lines, products, stores."""

from zhiji.trade.actions.catalogue import record_products, record_stores
from zhiji.trade.actions.lines import record_lines
from zhiji.trade.actions.orders import record_orders

__all__ = ["record_lines", "record_orders", "record_products", "record_stores"]
