"""One program a contestant: ``BOOTSTRAP SOURCE TARGET GROUP [GUARANTEE]``, runs until SIGTERM. Each is written as its own guide says."""
