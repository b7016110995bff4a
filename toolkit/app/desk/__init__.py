"""The desk: everything that a security lead opens every week, under one roof of tabs."""
