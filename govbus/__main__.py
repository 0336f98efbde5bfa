"""``python -m govbus`` and the console script."""

import sys

from govbus.cli import run


def main() -> None:
    """Leave with the command's exit code."""
    sys.exit(run())


if __name__ == "__main__":
    main()
