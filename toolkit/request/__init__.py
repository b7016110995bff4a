"""What is asked, as values: where, what, ready to be signed, and what came of it."""
