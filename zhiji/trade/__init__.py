"""What is sold: stores, products, orders, refunds. A layer under the desks, which all may use it."""
