"""Figures over many customers: sizes, flows, overlaps, reviews, previews and what one more act would change."""
