"""Keys of the sealer: the private one is the secret ``sealer-key``, each public one a file that auditors are given."""

import os
from pathlib import Path

from audit.signing import ALGORITHMS, DEFAULT, Signer, key_id, signer
from govbus.errors import SetupError
from govbus.settings import Home

SECRET = "sealer-key"  # noqa: S105  # its name
PUBLIC = "keys"


def folder_of(home: Home) -> Path:
    """Where the seals of a running set are kept, outside the brokers' data."""
    return home.folder / "seals"


def generate(algorithm: str = DEFAULT) -> str:
    """A new private key, PEM."""
    return ALGORITHMS[algorithm].generate()


def create(home: Home, algorithm: str) -> str:
    """Make the sealer's key of a set that has none, and publish its public half; the id.

    :raises SetupError: it has one, or there is no such algorithm
    """
    if algorithm not in ALGORITHMS:
        msg = f"seals are not made by {algorithm}, but by {' or '.join(ALGORITHMS)}"
        raise SetupError(msg)
    path, private = home.folder / "secrets" / SECRET, generate(algorithm)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(private)
    except FileExistsError:
        msg = f"{path} is there, and a key is never written over: move it away first, when the sealer has stopped"
        raise SetupError(msg) from None
    publish(folder_of(home), ALGORITHMS[algorithm].public(private))
    return signer(private).key_id


def open_signer(home: Home) -> Signer:
    """The sealer's own signer; its public key is put beside the seals.

    :raises SetupError: no secret, or no key in it
    """
    found = signer(home.secret(SECRET).get_secret_value())
    publish(folder_of(home), ALGORITHMS[found.algorithm].public(found.private))
    return found


def publish(seals: Path, public: str) -> Path:
    """Write a public key under its id; what is there stays, for old seals name old keys."""
    path = seals / PUBLIC / f"{key_id(public)}.pem"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        path.write_text(public)
        path.chmod(0o600)  # as all files of a home: it is handed out by a person, not by a file mode
    return path


def publish_own(home: Path) -> Path:
    """Publish the key that belongs to the home's secret; for the set-up of a site, before any sealer runs."""
    found = signer((home / "secrets" / SECRET).read_text())
    return publish(home / "seals", ALGORITHMS[found.algorithm].public(found.private))


def read(paths: list[Path]) -> dict[str, str]:
    """Public keys by id, from files or folders of them.

    :raises SetupError: there is none
    """
    files = [file for path in paths for file in (sorted(path.glob("*.pem")) if path.is_dir() else [path])]
    try:
        found = {key_id(text): text for text in (file.read_text() for file in files)}
    except (OSError, ValueError) as error:
        msg = f"a public key cannot be read ({error}): --key takes the PEM file that the sealer's site has published"
        raise SetupError(msg) from error
    if not found:
        msg = f"no public key in {', '.join(map(str, paths))}: --key takes the PEM file that the sealer's site has published"
        raise SetupError(msg)
    return found
