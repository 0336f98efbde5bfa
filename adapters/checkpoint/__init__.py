"""Colours for checkpoints: a sink keeps one line a person, a door answers from it; two processes, so that neither can stop the other."""
