"""Small data folders as each version left them, one archive a version, and what that version said of them."""
