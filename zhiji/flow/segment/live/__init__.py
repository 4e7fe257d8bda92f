"""Classes and segments kept right as facts come: who is touched, what can have changed, how it is written."""
