"""The seven shapes, each a pure ``decide(state, event, now) -> Decision`` that runs live, in tests and in an audit replay alike."""
