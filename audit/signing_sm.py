"""SM2 signatures over SM3 trees (GB/T 32918.2, GB/T 32905; 密码法 Art 27), for sites that have to use commercial cryptography.

SM3 is the one in ``cryptography``; SM2 is gmalg's, which is pure Python and takes no care of timing: sign with it on a machine of the
sealer's own. It is optional (``govbus[sm]``): without it a seal of this algorithm is neither made nor verified.
"""

import base64
import hmac
import textwrap
from typing import Any

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SM3, Hash

from govbus.errors import SetupError

UID = b"1234567812345678"
"""The signer's identity where none is agreed on (GM/T 0009 §10)."""
_CURVE = "301306072a8648ce3d020106082a811ccf5501822d"  # id-ecPublicKey, 1.2.156.10197.1.301: SM2's curve
_PUBLIC = bytes.fromhex(f"3059{_CURVE}034200")  # SubjectPublicKeyInfo (RFC 5480); the point follows, 65 bytes
_PRIVATE = bytes.fromhex(f"308187020100{_CURVE}046d306b0201010420")  # PKCS 8 (RFC 5958, 5915); 32 bytes follow
_POINT = bytes.fromhex("a144034200")
_WIDTH = 32


class Sm2:
    """See :class:`audit.signing.Algorithm`. Signatures are DER, as GM/T 0009 has them; the same statement always gets the same one."""

    def digest(self, data: bytes) -> bytes:
        """SM3, 32 bytes."""
        one = Hash(SM3())
        one.update(data)
        return one.finalize()

    def generate(self) -> str:
        """A new private key."""
        private, public = _sm2().generate_keypair()
        return _pem("PRIVATE KEY", _PRIVATE + private.rjust(_WIDTH, b"\0") + _POINT + public)

    def owns(self, private: str) -> bool:
        """Whether the text is a private key of this algorithm."""
        return _der(private).startswith(_PRIVATE)

    def public(self, private: str) -> str:
        """The public key of a private one."""
        return _pem("PUBLIC KEY", _PUBLIC + _sm2().generate_pk(_scalar(private)))

    def sign(self, private: str, data: bytes) -> bytes:
        """The signature over ``data``."""
        key = _scalar(private)
        r, s = _sm2(sk=key, uid=UID, rnd_fn=_Nonces(key, data)).sign(data)
        return encode_dss_signature(int.from_bytes(r), int.from_bytes(s))

    def verify(self, public: str, signature: bytes, data: bytes) -> bool:
        """Whether it is one."""
        found = _der(public)
        if not found.startswith(_PUBLIC) or len(found) != len(_PUBLIC) + 2 * _WIDTH + 1:
            return False
        try:
            r, s = (part.to_bytes(_WIDTH) for part in decode_dss_signature(signature))
            return bool(_sm2(pk=found[len(_PUBLIC) :], uid=UID).verify(data, r, s))
        except (ValueError, OverflowError):
            return False


class _Nonces:
    """Random bits that follow from key and text, as in RFC 6979 §3.2: a weak source of randomness cannot give the key away."""

    def __init__(self, key: bytes, data: bytes) -> None:
        self._key, self._data, self._count = key, data, 0

    def __call__(self, bits: int) -> int:
        self._count += 1
        return int.from_bytes(hmac.digest(self._key, self._count.to_bytes(4) + self._data, "sha512")) >> 512 - bits


def _sm2(**given: Any) -> Any:
    try:
        from gmalg import SM2  # noqa: PLC0415  # optional
    except ImportError:
        msg = "seals of algorithm sm2-sm3 need the optional package gmalg: pip install 'govbus[sm]'"
        raise SetupError(msg) from None
    return SM2(**given)


def _scalar(private: str) -> bytes:
    found = _der(private)
    if not found.startswith(_PRIVATE):
        msg = "the sealer's private key is no SM2 key in PEM form: remove the secret sealer-key and make a new one"
        raise SetupError(msg)
    return found[len(_PRIVATE) : len(_PRIVATE) + _WIDTH]


def _der(pem: str) -> bytes:
    body = "".join(line for line in pem.strip().splitlines() if not line.startswith("-----"))
    try:
        return base64.b64decode(body, validate=True)
    except ValueError:
        return b""


def _pem(what: str, der: bytes) -> str:
    lines = "\n".join(textwrap.wrap(base64.b64encode(der).decode(), 64))
    return f"-----BEGIN {what}-----\n{lines}\n-----END {what}-----\n"
