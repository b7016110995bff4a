"""What users call: sent once, and known what became of it."""
