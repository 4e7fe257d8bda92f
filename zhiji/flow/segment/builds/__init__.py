"""Everyone classified in one go: what was asked for, how it is scanned, how it is swapped in."""
