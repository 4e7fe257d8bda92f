"""A soak: definitions, facts, merges and kills at once through the public doors of the processes that ship, held
against a plain oracle at quiet points. `bench/soak.py` runs it for minutes, a test for seconds.
"""
