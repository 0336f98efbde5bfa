"""Rounds of testing: laboratories' files become results by buckets of persons (docs/decisions/0010)."""
