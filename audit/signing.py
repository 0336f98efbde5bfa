"""How seals are signed: a registry of algorithms by the id that each statement names, so that another can follow without a new format."""

import base64
from collections.abc import Mapping
from typing import NamedTuple, Protocol

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from audit.signing_sm import Sm2
from audit.tree import sha256
from govbus.errors import SetupError


class Algorithm(Protocol):
    """A signature and the digest that goes with it. Keys are PEM texts."""

    def digest(self, data: bytes) -> bytes:
        """The digest of leaves, nodes and statements."""
        ...

    def generate(self) -> str:
        """A new private key."""
        ...

    def owns(self, private: str) -> bool:
        """Whether the text is a private key of this algorithm."""
        ...

    def public(self, private: str) -> str:
        """The public key of a private one."""
        ...

    def sign(self, private: str, data: bytes) -> bytes:
        """The signature over ``data``."""
        ...

    def verify(self, public: str, signature: bytes, data: bytes) -> bool:
        """Whether it is one."""
        ...


class Ed25519:
    """Ed25519 (RFC 8032) over SHA-256 trees; the same statement always gets the same signature."""

    digest = staticmethod(sha256)  # straight to the function: it is called twice a record

    def generate(self) -> str:
        """See :class:`Algorithm`."""
        return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    def owns(self, private: str) -> bool:
        """See :class:`Algorithm`."""
        try:
            self._private(private)
        except SetupError:
            return False
        return True

    def public(self, private: str) -> str:
        """See :class:`Algorithm`."""
        found = self._private(private).public_key()
        return found.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def sign(self, private: str, data: bytes) -> bytes:
        """See :class:`Algorithm`."""
        return self._private(private).sign(data)

    def verify(self, public: str, signature: bytes, data: bytes) -> bool:
        """See :class:`Algorithm`."""
        try:
            key = load_pem_public_key(public.encode())
        except (ValueError, UnsupportedAlgorithm):
            return False
        if not isinstance(key, Ed25519PublicKey):
            return False
        try:
            key.verify(signature, data)
        except InvalidSignature:
            return False
        return True

    def _private(self, text: str) -> Ed25519PrivateKey:
        try:
            key = load_pem_private_key(text.encode(), None)
        except (ValueError, UnsupportedAlgorithm):
            key = None
        if not isinstance(key, Ed25519PrivateKey):
            msg = "the sealer's private key is no Ed25519 key in PEM form: remove the secret sealer-key and make a new one"
            raise SetupError(msg)
        return key


ALGORITHMS: Mapping[str, Algorithm] = {"ed25519-sha256": Ed25519(), "sm2-sm3": Sm2()}
DEFAULT = "ed25519-sha256"


class Signer(NamedTuple):
    """A private key ready to sign. Its ``repr`` must never be logged."""

    algorithm: str
    key_id: str
    private: str

    def sign(self, data: bytes) -> bytes:
        """The signature over ``data``."""
        return ALGORITHMS[self.algorithm].sign(self.private, data)


def signer(private: str) -> Signer:
    """The signer that the key is for.

    :raises SetupError: no algorithm has such keys
    """
    algorithm = next((name for name, one in ALGORITHMS.items() if one.owns(private)), None)
    if algorithm is None:
        msg = f"the sealer's private key is none in PEM form of {', '.join(ALGORITHMS)}: remove the secret sealer-key and make a new one"
        raise SetupError(msg)
    return Signer(algorithm, key_id(ALGORITHMS[algorithm].public(private)), private)


def key_id(public: str) -> str:
    """Name of a public key: the first 16 hex digits of the SHA-256 of its DER bytes (SubjectPublicKeyInfo)."""
    body = "".join(line for line in public.strip().splitlines() if not line.startswith("-----"))
    return sha256(base64.b64decode(body)).hex()[:16]
