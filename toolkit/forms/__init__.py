"""The form machinery, which knows no vendor: drawing, and nothing else."""
