"""What is defined: segments and schemes as they are now, what they read and refer to, their cut points."""
