"""Keys of purposes for tests that need no home."""

from schemas.purposes import Keys

EPIDEMIC = "epidemic"
KEYS = Keys({EPIDEMIC: {1: bytes(range(32))}})
