"""Ibis expressions over few rows, computed by NumPy: an engine starts a query in milliseconds, an array in one of them.

`program` turns an expression into steps over whole columns; what it doesn't know is left to the engine.
"""
