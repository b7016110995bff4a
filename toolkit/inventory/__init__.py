"""Who holds what: everything that the credentials at hand can see, at one moment, as values."""
