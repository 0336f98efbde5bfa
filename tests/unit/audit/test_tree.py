"""Trees against RFC 6962 as it is written: recursion by powers of two, its published vectors, and every path and proof of small trees."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import tree
from audit.tree import Peaks

# The test vectors of RFC 6962's own implementations (certificate-transparency, merkle_tree_test): leaves and the roots of their first n.
TEXTS = ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
LEAVES = [bytes.fromhex(text) for text in TEXTS]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def as_written(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962 §2.1, over leaf hashes, by its own recursion."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + as_written(leaves[:split]) + as_written(leaves[split:])).digest()


def hashes(count: int) -> list[bytes]:
    return [tree.leaf(b"%d" % number) for number in range(count)]


def test_published_vectors() -> None:
    assert tree.root([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    for size, root in enumerate(ROOTS, 1):
        assert tree.root([tree.leaf(one) for one in LEAVES[:size]]).hex() == root


@pytest.mark.parametrize("size", range(1, 34))
def test_every_leaf_s_path_leads_to_the_root_and_to_no_other(size: int) -> None:
    leaves = hashes(size)
    root = tree.root(leaves)
    assert root == as_written(leaves)
    for index in range(size):
        way = tree.path(leaves, index)
        assert tree.root_by_path(leaves[index], index, size, way) == root
        assert tree.root_by_path(tree.leaf(b"other"), index, size, way) != root
        if size > 1:
            assert tree.root_by_path(leaves[index], index ^ 1 if index ^ 1 < size else 0, size, way) != root
        assert tree.root_by_path(leaves[index], index, size, [*way, root]) == b""
        assert tree.root_by_path(leaves[index], index, size, way[:-1]) != root or size == 1
    assert tree.root_by_path(leaves[0], size, size, []) == b""


@pytest.mark.parametrize("new", range(1, 20))
def test_consistency_of_every_pair_and_of_no_other(new: int) -> None:
    leaves = hashes(new)
    root = tree.root(leaves)
    for old in range(1, new + 1):
        before, proof = tree.root(leaves[:old]), tree.consistency(leaves, old)
        assert tree.consistent(old, new, before, root, proof)
        assert not tree.consistent(old, new, tree.leaf(b"other"), root, proof)
        assert not tree.consistent(old, new, before, tree.leaf(b"other"), proof)
        assert not tree.consistent(old, new, before, root, [*proof, root])
        if proof:
            assert not tree.consistent(old, new, before, root, proof[:-1])
    assert not tree.consistent(0, new, root, root, [])
    assert not tree.consistent(new + 1, new, root, root, [])


@given(st.lists(st.binary(max_size=3), max_size=70))
def test_peaks_grow_to_the_same_root(contents: list[bytes]) -> None:
    leaves, peaks = [tree.leaf(one) for one in contents], Peaks()
    for number, one in enumerate(leaves, 1):
        peaks = Peaks(peaks.size, peaks.peaks)  # as if read from the last seal
        peaks.push(one)
        assert len(peaks.peaks) == number.bit_count()
    assert peaks.root() == tree.root(leaves)
