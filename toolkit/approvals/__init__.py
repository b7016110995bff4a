"""Sign together: a change that several people sign goes round as one file, and no key with it."""
