"""Secrets are random, private and kept; the certificate is one that a strict client accepts for this machine only."""

import ipaddress
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from audit.signing import signer
from local import secrets_certs


def test_secrets_are_private_random_and_kept(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    secrets_certs.ensure_secrets(folder)
    before = {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}
    assert {each.stat().st_mode & 0o777 for each in (folder, *folder.rglob("*")) if each.is_dir()} == {0o700}
    assert {path.stat().st_mode & 0o777 for path in folder.rglob("*") if path.is_file()} == {0o600}
    assert len(set(before.values())) == len(before)
    assert "purpose.epidemic/1" in before
    assert signer(before.pop("sealer-key")).key_id, "the sealer's is a private key, all others are random bits"
    assert all(len(bytes.fromhex(text)) == 32 for text in before.values())
    secrets_certs.ensure_secrets(folder)
    assert before.items() <= {name: (folder / name).read_text() for name in before}.items()


def test_a_purpose_whose_keys_are_destroyed_gets_none_again(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    secrets_certs.ensure_secrets(folder)
    (folder / "purpose.epidemic" / "1").unlink()
    secrets_certs.ensure_secrets(folder)
    assert not list((folder / "purpose.epidemic").iterdir())


def _verify(folder: Path, subject: x509.GeneralName) -> None:
    store = Store(x509.load_pem_x509_certificates((folder / "ca.pem").read_bytes()))
    leaf = x509.load_pem_x509_certificate((folder / "server.crt").read_bytes())
    PolicyBuilder().store(store).build_server_verifier(subject).verify(leaf, [])  # type: ignore[arg-type]


def test_a_strict_verifier_accepts_the_certificate_for_its_hosts_only(tmp_path: Path) -> None:
    secrets_certs.ensure_certs(tmp_path, ("kafka",))
    for host in ("localhost", "kafka"):
        _verify(tmp_path, x509.DNSName(host))
    _verify(tmp_path, x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
    with pytest.raises(VerificationError):
        _verify(tmp_path, x509.DNSName("elsewhere"))
    assert (tmp_path / "server.key").stat().st_mode & 0o777 == 0o600


def test_certificates_of_one_instance_mean_nothing_to_another(tmp_path: Path) -> None:
    mine, theirs = tmp_path / "mine", tmp_path / "theirs"
    for folder in (mine, theirs):
        secrets_certs.ensure_certs(folder)
    (theirs / "ca.pem").replace(mine / "ca.pem")
    with pytest.raises(VerificationError):
        _verify(mine, x509.DNSName("localhost"))
