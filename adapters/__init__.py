"""The doors: adapters beside the departments' old systems. Each is one YAML in ``adapters/declared`` and one of five kinds of code."""
