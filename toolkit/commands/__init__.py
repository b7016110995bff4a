"""What is typed in a terminal: each command thin, over what the rest of the house does."""
