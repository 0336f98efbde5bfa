"""Synthetic departments: databases and a file drop in the shapes that old systems really have, each unlike the others."""
