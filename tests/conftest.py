"""Hypothesis on a shared machine: an example may take as long as it takes; what is checked is what it finds."""

from hypothesis import HealthCheck, settings

settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared")
