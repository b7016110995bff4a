"""How much one emulator keeps and does, in numbers: nobody who merely sends requests can make it grow or stand still.

Beside the world itself (what accepted requests have made) the emulator never needs more than ``MEMORY_LIMIT``; over
HTTP each open connection has buffers of its own beside that, of 128 KiB at most.
The parts below add up to less; the rest is the work for the one request it is answering.
"""

from __future__ import annotations

MIB = 1024 * 1024
MEMORY_LIMIT = 100 * MIB

BODY_LIMIT = 1 * MIB  # of one request; a larger one is answered 413 and not done
TARGET_LIMIT = 64 * 1024  # of path and query; a longer one is answered 414
ARRIVING_LIMIT = (
    16 * MIB
)  # of all bodies that are arriving at the same time; beyond it, 503 for a body that is
SMALL_BODY = (
    64 * 1024
)  # larger than this, so that nobody who holds many open keeps ordinary requests out

# The ledger. Lines about changes that were done are the judge of many a test: they have room of their own, and
# whatever is sent to be refused, or only reads, cannot push them out.
CHANGES, CHANGES_BYTES = 20_000, 24 * MIB
READS, READS_BYTES = 10_000, 8 * MIB
REFUSED, REFUSED_BYTES = 1_000, 8 * MIB
CHANGE_TEXT, REFUSED_TEXT = 64 * 1024, 2 * 1024  # characters kept of one text of a line

# What was refused for its signature is kept whole, to be explained on demand.
EXPLAINED, EXPLAINED_BYTES = 1_000, 12 * MIB
LATEST_ACCEPTED = 20
EXPLAIN_LIMIT = (
    16 * 1024
)  # characters of a request (target, headers and body) whose mistake is looked for
EXPLAIN_NESTING = 12  # of a body whose other spellings are tried
EXPLAIN_PAIRS = 40  # signatures times members whose mistake is looked for

LATE, LATE_BYTES = 1_000, 4 * MIB  # requests put off by a late-commit fault
NONCES = 20_000  # remembered, where nonces count
FAULTS = 1_000  # waiting at the same time

NESTING = 100  # JSON deeper than this is refused
SIGNATURE_DIGITS = 1_024  # of a Cobo signature in hex; a longer one is none
VERIFICATIONS = (
    10_000  # signatures times members times texts that one Privy request may ask to be verified
)
