"""What everything stands on: texts, times, HTML, values where they enter, forks and stops."""
