"""The pages of ``docs/``: what writes those that are made from the code, and what holds all of them to it."""
