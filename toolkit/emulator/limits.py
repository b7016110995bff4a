"""How much one emulator keeps and does, in numbers.

Nobody who merely sends requests can make it grow or stand still. Beside the world itself (what
accepted requests have made) the emulator never needs more than ``MEMORY_LIMIT``; over HTTP each
open connection has buffers of its own beside that, of 128 KiB at most. The parts below add up to
less; the rest is the work for the one request it is answering.
"""

from __future__ import annotations

MIB = 1024 * 1024
MEMORY_LIMIT = 100 * MIB

BODY_LIMIT = 1 * MIB  # of one request; a larger one is answered 413 and not done
TARGET_LIMIT = 64 * 1024  # of path and query; a longer one is answered 414

# All bodies that are arriving at the same time. Beyond that, 503 for a body that is larger than a
# small one, so that nobody who holds many open keeps ordinary requests out.
ARRIVING_LIMIT = 16 * MIB
SMALL_BODY = 64 * 1024

# The ledger. Lines about changes that were done are the judge of many a test: they have room of
# their own, and whatever is sent to be refused, or only reads, cannot push them out.
CHANGES = 20_000
CHANGES_BYTES = 24 * MIB
READS = 10_000
READS_BYTES = 8 * MIB
REFUSED = 1_000
REFUSED_BYTES = 8 * MIB

# Characters kept of one text of a line.
CHANGE_TEXT = 64 * 1024
REFUSED_TEXT = 2 * 1024

# What was refused for its signature is kept whole, to be explained on demand.
EXPLAINED = 1_000
EXPLAINED_BYTES = 12 * MIB
LATEST_ACCEPTED = 20
EXPLAIN_LIMIT = 16 * 1024  # characters of target, headers and body whose mistake is looked for
EXPLAIN_NESTING = 12  # of a body whose other spellings are tried
EXPLAIN_PAIRS = 40  # signatures times members whose mistake is looked for

# Requests put off by a late-commit fault.
LATE = 1_000
LATE_BYTES = 4 * MIB

# Answers under a Privy idempotency key: of the last 24 hours, and of no more keys than these. Of an
# answer only what is not in the world itself takes room: 10 MB in all, for keys of 256 characters.
IDEMPOTENCY_KEYS = 20_000

NONCES = 20_000  # remembered, where nonces count
FAULTS = 1_000  # waiting at the same time
API_KEYS = 1_000  # of an organisation
ROLE_SCOPES = 100  # roles, and addresses, of a key
NAME_LIMIT = 1_000  # characters of a name that is set by hand

NESTING = 100  # JSON deeper than this is refused
SIGNATURE_DIGITS = 1_024  # of a Cobo signature in hex; a longer one is none
# Signatures times members times texts that one Privy request may ask to be verified.
VERIFICATIONS = 10_000

# Webhooks: the latest, of which some still wait for a try.
DELIVERIES = 1_000
DELIVERIES_BYTES = 4 * MIB
DELIVERIES_AT_ONCE = 8
