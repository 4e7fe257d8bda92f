"""Customers of a file: their fields, what is kept of them now, and the facts that a row adds to it."""
