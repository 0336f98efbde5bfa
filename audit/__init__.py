"""The memory: seals over every record, and what proves with them that nothing was changed, removed or added."""
