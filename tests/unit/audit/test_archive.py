"""Archives alone: the house's verifier, and one that shares no line with it, find every byte that is not as it was sealed."""

import json
import secrets
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from audit import archive, archiving, keys, leaf, proof
from audit.archive import Archive, Part
from audit.chain import Chain
from govbus.errors import SetupError
from local.instance import PROJECT
from tests.unit.audit import sealed
from tests.unit.audit.sealed import KEYS, PLACE, Sealed, record

RECORDS = [record(offset) for offset in range(200) if offset % 7]
EVERY = 12
WHOLE = sealed.seal_all(RECORDS, EVERY)
VERIFIER = PROJECT / "docs" / "audit-verifier.py"


def parts(whole: Sealed, records: list) -> list[Part]:
    packed = sealed.packed(records)
    return [
        Part(seal, packed[told.before : told.before + told.records], whole.kept.all_leaves[told.before : told.before + told.records])
        for seal in whole.seals
        if (told := seal.statement)
    ]


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    whole = parts(WHOLE, RECORDS)
    return [archive.write(tmp_path, some) for some in (whole[:5], whole[5:9], whole[9:])]


def found(paths: list[Path], previous: list[str] | None = None) -> list[tuple[str, int]]:
    return [(one.kind, one.offset) for told in archiving.verify(paths, KEYS, previous, 0) for one in told.findings]


def independent(tmp_path: Path, *paths: Path) -> tuple[int, str]:
    key = tmp_path / "key.pem"
    key.write_text(next(iter(KEYS.values())))
    done = subprocess.run([sys.executable, "-I", VERIFIER, key, *paths], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def rewritten(path: Path, entry: str, change: object) -> Path:
    """The archive with one entry's content changed, as a forger would write it: its checksums are right."""
    with zipfile.ZipFile(path) as old:
        contents = {name: old.read(name) for name in old.namelist()}
    contents[entry] = change(contents[entry])  # type: ignore[operator]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, raw in contents.items():
            new.writestr(name, raw)
    return path


def test_all_together_one_after_another_and_without_the_middle_one(files: list[Path], tmp_path: Path) -> None:
    assert found(files) == []
    assert independent(tmp_path, *files)[0] == 0
    heads = [Archive(path).seals[-1].digest for path in files]
    assert found(files[1:2], [heads[0]]) == []
    assert found(files[1:2], [heads[1]]) == [("broken", -1)]
    assert found(files[1:]) == [("broken", -1)], "the first archive is missing"
    assert found([files[0], files[2]]) == [("broken", -1)]


def test_the_same_records_give_the_same_bytes(files: list[Path], tmp_path: Path) -> None:
    again = archive.write(tmp_path / "again", parts(WHOLE, RECORDS)[:5])
    assert (again.name, again.read_bytes()) == (files[0].name, files[0].read_bytes())


def test_every_record_changed_in_an_archive_is_named(files: list[Path], tmp_path: Path) -> None:
    raw = files[1].read_bytes()
    for one in Archive(files[1]).seals:
        packed = list(archive.Archive(files[1]).records(one))
        for place, whole in enumerate(packed):
            forged = [*packed[:place], whole[:-1] + bytes([whole[-1] ^ 1]), *packed[place + 1 :]]
            rewritten(files[1], f"records/{one.statement.number:010d}", lambda _, forged=forged: archive.frames(forged))
            assert found(files) == [("changed", leaf.place(whole)[0])]
            files[1].write_bytes(raw)
    rewritten(files[1], "records/0000000006", lambda old: old[:-1] + b"?")
    code, told = independent(tmp_path, files[1])
    assert (code, "seal 6: a record is not what was sealed" in told) == (1, True)


def test_a_flipped_byte_anywhere_in_the_file_is_found(files: list[Path], tmp_path: Path) -> None:
    """ZIP's own tables too: either it is no archive any more, or something is missing; or the byte means nothing to anybody."""
    raw, missed = files[1].read_bytes(), []
    for at in range(0, len(raw), 23):
        files[1].write_bytes(raw[:at] + bytes([raw[at] ^ 0x55]) + raw[at + 1 :])
        try:
            silent = not found(files)
        except SetupError:
            silent = False
        if silent and [packed for one in Archive(files[1]).seals for packed in Archive(files[1]).records(one)] != sealed.packed(
            RECORDS[5 * EVERY : 9 * EVERY]
        ):
            missed.append(at)
    assert missed == []


def test_a_record_is_found_by_its_key(files: list[Path]) -> None:
    wanted = [one[0] for one in RECORDS[: 5 * EVERY] if one[2] == b"k4"]
    assert [one.offset for one in Archive(files[0]).of_key(b"k4")] == wanted


def test_what_is_no_archive_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"PK")
    with pytest.raises(SetupError, match="is no sealed archive"):
        found([tmp_path / "x.zip"])


def test_erasing_a_subject_s_key_keeps_every_seal_valid(tmp_path: Path) -> None:
    """The leaf covers the ciphertext. With the key gone nobody reads the value, and everything still verifies."""
    key, nonce = AESGCM.generate_key(256), secrets.token_bytes(12)
    secret = nonce + AESGCM(key).encrypt(nonce, "叶安 449999".encode(), b"housing.verdict")
    records = [record(0), record(1, value=secret), record(2)]
    whole = sealed.seal_all(records, 3)
    path = archive.write(tmp_path, parts(whole, records))
    del key
    assert found([path]) == []
    assert independent(tmp_path, path)[0] == 0
    (one,) = Archive(path).of_key(b"k1")
    assert one.value == secret
    assert b"449999" not in path.read_bytes()
    gone = rewritten(path, "records/0000000000", lambda raw: raw.replace(secret, bytes(len(secret))))
    assert found([gone]) == [("changed", 1)], "erasing the bytes themselves would be tampering"


# ---- proofs


def chain_of(tmp_path: Path) -> Chain:
    one = Chain(tmp_path / "seals", *PLACE[:2])
    for part in parts(WHOLE, RECORDS):
        one.append(part.seal, part.leaves, [])
    return one


def test_every_record_can_be_proven_and_no_other(tmp_path: Path) -> None:
    one = chain_of(tmp_path)
    for raw in RECORDS[::5]:
        told = proof.inclusion(one, raw[0], leaf.pack(*raw))
        assert proof.check(told, KEYS) == ""
        assert proof.check(told | {"offset": raw[0] + 1}, KEYS) == "its seal is of another place"
        assert proof.check(told | {"leaf": "00" * 32}, KEYS) == "its path does not lead to the sealed root"
        assert proof.check(told | {"record": "AAAA"}, KEYS) == "the record in it is another one"
        assert proof.check(told, {}) == "no given key signed its seal"
        path = tmp_path / "proof.json"
        path.write_text(json.dumps(told))
    assert independent(tmp_path, path)[0] == 0
    path.write_text(json.dumps(told | {"path": [*told["path"][:-1], "00" * 32]}))
    assert independent(tmp_path, path)[0] == 1
    with pytest.raises(SetupError, match="is under no seal"):
        proof.inclusion(one, 7)
    assert "record" not in proof.inclusion(one, 8)
    assert proof.check({"format": "x"}, KEYS) == "its format x is not known"
    assert proof.check({}, KEYS) == "it is no proof of ours"


def test_a_later_seal_stands_on_every_earlier_one(tmp_path: Path) -> None:
    one, last = chain_of(tmp_path), len(WHOLE.seals) - 1
    for new in range(1, last + 1):
        for old in range(new):
            told = proof.consistency(one, old, new)
            assert proof.check(told, KEYS) == ""
            other = proof.consistency(one, old - 1, new) if old else proof.consistency(one, new - 1, new)
            if other["old"] != told["old"]:
                assert proof.check(told | {"old": other["old"]}, KEYS) == "the later seal does not stand on the earlier one"
    with pytest.raises(SetupError, match="has no seals 3 and 3"):
        proof.consistency(one, 3, 3)


def test_public_keys_are_read_from_files_and_folders(tmp_path: Path) -> None:
    path = keys.publish(tmp_path, next(iter(KEYS.values())))
    assert keys.read([path]) == keys.read([path.parent]) == KEYS
    with pytest.raises(SetupError, match="no public key"):
        keys.read([tmp_path / "keys" / ".."])
    (tmp_path / "x.pem").write_text("no key")
    with pytest.raises(SetupError, match="cannot be read"):
        keys.read([tmp_path / "x.pem"])
