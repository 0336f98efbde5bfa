"""The work: a runtime that knows Faust, shapes that know nothing but data, and exchanges that are data."""
