"""Seals by SM2 and SM3: the published examples, keys in the form that others read, and a log that is sealed and broken."""

import base64
import stat
from pathlib import Path

import gmalg
import pytest
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from audit import keys, proof
from audit.chain import Chain
from audit.pending import Watched
from audit.sealer import Cadence, Sealer
from audit.signing import ALGORITHMS, signer
from govbus.cli import build
from govbus.errors import SetupError
from govbus.ports import NullObserver
from govbus.settings import Home
from tests.unit.audit import sealed
from tests.unit.audit.sealed import record, verdict
from tests.unit.audit.test_sealer import Log

SM = ALGORITHMS["sm2-sm3"]
# GB/T 32918.5-2017 A.2: key, nonce and signature over "message digest"
PRIVATE = bytes.fromhex("3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8")
POINT = bytes.fromhex(
    "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
)
NONCE = 0x59276E27D506861A16680F3AD9C02DCCEF3CC1FA3CDBE4CE6D54B80DEAC1BC21
R = 0xF5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3
S = 0xB1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA


def pem(private: bytes) -> str:
    """As openssl writes it: PKCS 8 with an ECPrivateKey on SM2's curve, private key and point."""
    head = bytes.fromhex("308187020100301306072a8648ce3d020106082a811ccf5501822d046d306b0201010420")
    body = base64.b64encode(head + private + bytes.fromhex("a144034200") + POINT).decode()
    return f"-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n"


def test_the_published_examples() -> None:
    assert SM.digest(b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert SM.digest(b"abcd" * 16).hex() == "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"
    public = SM.public(pem(PRIVATE))
    assert base64.b64decode("".join(public.splitlines()[1:-1])).endswith(POINT)
    assert SM.verify(public, encode_dss_signature(R, S), b"message digest")
    assert not SM.verify(public, encode_dss_signature(R, S), b"message digesT")
    one = gmalg.SM2(PRIVATE, b"1234567812345678", rnd_fn=lambda _: NONCE)
    assert [int.from_bytes(part) for part in one.sign(b"message digest")] == [R, S]


@settings(max_examples=10)
@given(st.binary(max_size=200), st.integers(0, 69))
def test_a_signature_holds_for_its_text_alone_and_is_always_the_same(text: bytes, at: int) -> None:
    private = pem(PRIVATE)
    signature, public = SM.sign(private, text), SM.public(private)
    assert SM.sign(private, text) == signature
    assert SM.verify(public, signature, text)
    assert not SM.verify(public, signature, text + b"\0")
    place = at % len(signature)
    assert not SM.verify(public, signature[:place] + bytes([signature[place] ^ 1]) + signature[place + 1 :], text)


@pytest.mark.parametrize("public", ["", "-----BEGIN PUBLIC KEY-----\n?\n-----END PUBLIC KEY-----\n", sealed.KEYS[sealed.SIGNER.key_id]])
def test_what_is_no_key_of_it_verifies_nothing(public: str) -> None:
    assert not SM.verify(public, encode_dss_signature(R, S), b"message digest")


def test_a_key_knows_its_algorithm_and_nonsense_is_refused() -> None:
    assert signer(pem(PRIVATE)).algorithm == "sm2-sm3"
    assert sealed.SIGNER.algorithm == "ed25519-sha256"
    with pytest.raises(SetupError, match="sealer-key"):
        signer("f00d" * 16)


def test_its_seals_hold_and_name_what_was_changed() -> None:
    by = signer(SM.generate())
    public = {by.key_id: SM.public(by.private)}
    records = [record(offset) for offset in range(40)]
    whole, log = sealed.seal_all(records, 10, by=by), sealed.packed(records)
    assert verdict(sealed.told(whole, log, keys=public)) is None
    broken = [*log[:23], log[23][:-1] + b"!", *log[24:]]
    assert verdict(sealed.told(whole, broken, keys=public)) == ("changed", 23)
    made = proof.from_leaves(whole.seals[2], whole.kept.leaves(20, 10) or [], 3)
    assert proof.check(made, public) == ""
    assert verdict(sealed.told(whole, log)) == ("forged", -1), "another site's keys"


def test_a_chain_keeps_its_algorithm(tmp_path: Path) -> None:
    place = Watched("housing.verdict", 0, 1, True)
    folder = tmp_path / "seals"
    old = Sealer(folder, sealed.SIGNER, Log([record(0)]), lambda _: None, NullObserver(), Cadence(1))
    old.watch([place], {})
    old.round()
    old.close()
    assert Chain(folder, "housing.verdict", 0).last()
    new = Sealer(folder, signer(SM.generate()), Log([]), lambda _: None, NullObserver(), Cadence(1))
    with pytest.raises(SetupError, match="one algorithm"):
        new.watch([place], sealed.KEYS)


def test_the_command_makes_a_key_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "site.yaml").write_text("kafka: {bootstrap: x, ca: x}\nregistry: {url: x}\n")
    monkeypatch.setenv("GOVBUS_HOME", str(tmp_path))
    home, words = Home(tmp_path), ["audit", "seal", "key", "--algorithm", "sm2-sm3"]
    made = CliRunner().invoke(build(), words).stdout.strip()
    assert stat.S_IMODE((tmp_path / "secrets" / keys.SECRET).stat().st_mode) == 0o600
    assert list(keys.read([tmp_path / "seals" / keys.PUBLIC])) == [made]
    with pytest.raises(SetupError, match="never written over"):
        keys.create(home, "sm2-sm3")
    with pytest.raises(SetupError, match="ed25519-sha256 or sm2-sm3"):
        keys.create(home, "rsa")
