"""The watch: metrics, exporters, rules and the commands that look in. It imports every room; no room imports it."""
