"""The sunset of a purpose: its keys are destroyed, its plaintext deleted, and a receipt says what is gone and what remains.

For people: docs/health-code.md, section Sunset; why keys: docs/decisions/0009-purpose-keys.md.
"""
