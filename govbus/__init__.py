"""The core every room of the county bus may use. It names no client library and imports no room (design §4)."""
