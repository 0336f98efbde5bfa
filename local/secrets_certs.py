"""Secrets and certificates of one instance: made at random on first start, kept afterwards, never shown."""

import datetime as dt
import ipaddress
import os
import secrets
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from audit import keys
from local import site_plan
from schemas import purposes

_YEARS = 3
_USES = {"digital_signature", "key_cert_sign", "crl_sign", "key_encipherment"}


def ensure_secrets(folder: Path) -> None:
    """One file a secret, 0600, hex of 256 random bits, or the sealer's private key; existing ones stay. A folder of keys a purpose."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in site_plan.secret_names():
        if not (folder / name).exists():
            write_private(folder / name, keys.generate() if name == keys.SECRET else secrets.token_hex(32))
    for purpose in purposes.declared():
        own = purposes.key_folder(folder.parent, purpose)
        if not own.exists():  # one that is there and empty is a purpose that has ended: it never gets a key again
            own.mkdir(mode=0o700)
            write_private(own / "1", secrets.token_hex(32))


def write_private(path: Path, text: str | bytes) -> None:
    """Write ``path`` with mode 0600 from its first byte on, whole or not at all."""
    half = path.with_name(path.name + ".part")
    half.unlink(missing_ok=True)
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(text.encode() if isinstance(text, str) else text)
    half.replace(path)


def ensure_certs(folder: Path, hosts: tuple[str, ...] = ()) -> None:
    """An own authority and one server certificate for localhost and ``hosts``, EC P-256.

    Leaves ``ca.pem``; ``server.crt`` and ``server.key``; and ``broker.pem`` (PKCS 8 key, certificate, authority), the form Kafka reads.
    The authority's key is not kept: nothing else is ever to be signed by it.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if (folder / "broker.pem").exists():
        return
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca = _sign(ca_key, ca_key, "govbus local authority", None)
    # The broker is known to its own listeners by this name: super.users has User:CN=broker.
    cert = _sign(key, ca_key, "broker", ca, ("localhost", *hosts))
    ca_pem, cert_pem = ca.public_bytes(Encoding.PEM), cert.public_bytes(Encoding.PEM)
    key_pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    write_private(folder / "ca.pem", ca_pem)
    write_private(folder / "server.crt", cert_pem)
    write_private(folder / "server.key", key_pem)
    write_private(folder / "broker.pem", key_pem + cert_pem + ca_pem)


def _sign(
    key: ec.EllipticCurvePrivateKey, by: ec.EllipticCurvePrivateKey, name: str, ca: x509.Certificate | None, hosts: tuple[str, ...] = ()
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    uses = {"digital_signature", "key_encipherment"} if ca else {"key_cert_sign", "crl_sign"}
    others = {"content_commitment", "data_encipherment", "key_agreement", "encipher_only", "decipher_only"}
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(ca.subject if ca else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=365 * _YEARS))
        .add_extension(x509.BasicConstraints(ca=ca is None, path_length=None if ca else 0), critical=True)
        .add_extension(x509.KeyUsage(**{use: use in uses for use in _USES | others}), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False)
    )
    if ca:
        names = [*map(x509.DNSName, hosts), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(by, hashes.SHA256())
