"""What stands on everything else: connecting, checking."""
