"""Why a customer is where they are: what decided each part, since when, what would change it, how it reads."""
