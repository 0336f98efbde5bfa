"""The same bare job done by the agent runtime and by its peers, on one broker, in turn: ``python -m benchmarks.peers``."""
