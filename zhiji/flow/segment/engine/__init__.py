"""From conditions to verdicts: one compilation, any slice."""
