# SPDX-License-Identifier: AGPL-3.0-or-later
"""Merkle trees against the vectors of Certificate Transparency and a literal reading of RFC 6962."""

from __future__ import annotations

import hashlib
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.errors import ProofInvalid
from inspector.evidence import merkle

# The eight leaves and roots that Certificate Transparency implementations share.
LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
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


def literal_root(data: list[bytes]) -> bytes:
    """MTH of RFC 6962, 2.1, word for word."""
    if not data:
        return hashlib.sha256(b"").digest()
    if len(data) == 1:
        return hashlib.sha256(b"\x00" + data[0]).digest()
    k = 1
    while k * 2 < len(data):
        k *= 2
    return hashlib.sha256(b"\x01" + literal_root(data[:k]) + literal_root(data[k:])).digest()


def test_empty_tree_has_the_hash_of_nothing() -> None:
    assert merkle.CompactRange().root() == merkle.root([]) == literal_root([]) == merkle.EMPTY_ROOT


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_of_the_published_vectors(size: int) -> None:
    leaves = [merkle.leaf_hash(leaf) for leaf in LEAVES[:size]]
    assert merkle.root(leaves).hex() == ROOTS[size - 1]


@pytest.mark.parametrize("size", range(1, 65))
def test_every_proof_of_every_small_tree(size: int) -> None:
    data = [bytes([number]) for number in range(size)]
    leaves = [merkle.leaf_hash(leaf) for leaf in data]
    root = merkle.root(leaves)
    assert root == literal_root(data)
    for index in range(size):
        proof = merkle.inclusion_proof(leaves, index)
        merkle.verify_inclusion(leaves[index], index, size, proof, root)
        with pytest.raises(ProofInvalid):
            merkle.verify_inclusion(merkle.leaf_hash(b"other"), index, size, proof, root)
        with pytest.raises(ProofInvalid):
            merkle.verify_inclusion(leaves[index], index, size, [*proof, root], root)
        if proof:
            with pytest.raises(ProofInvalid):
                merkle.verify_inclusion(leaves[index], index, size, proof[:-1], root)
            with pytest.raises(ProofInvalid):
                merkle.verify_inclusion(leaves[index], (index + 1) % size, size, proof, root)
    for old in range(1, size + 1):
        old_root = merkle.root(leaves[:old])
        proof = merkle.consistency_proof(leaves, old)
        merkle.verify_consistency(old, size, old_root, root, proof)
        with pytest.raises(ProofInvalid):
            merkle.verify_consistency(old, size, merkle.leaf_hash(b"fork"), root, proof)
        with pytest.raises(ProofInvalid):
            merkle.verify_consistency(old, size, old_root, merkle.leaf_hash(b"fork"), proof)
        with pytest.raises(ProofInvalid):
            merkle.verify_consistency(old, size, old_root, root, [*proof, root])
        if proof:
            with pytest.raises(ProofInvalid):
                merkle.verify_consistency(old, size, old_root, root, proof[:-1])


def test_every_proof_of_every_tree_up_to_256_leaves() -> None:
    leaves = [merkle.leaf_hash(bytes([number])) for number in range(256)]

    @cache
    def span_root(start: int, end: int) -> bytes:
        """MTH of RFC 6962, 2.1, over leaf hashes."""
        if end - start == 1:
            return leaves[start]
        middle = start + (1 << (end - start - 1).bit_length() - 1)
        return hashlib.sha256(b"\x01" + span_root(start, middle) + span_root(middle, end)).digest()

    for size in range(1, 257):
        root = span_root(0, size)
        for index in range(size):
            proof = merkle.prove(merkle.inclusion_spans(index, size), span_root)
            merkle.verify_inclusion(leaves[index], index, size, proof, root)
        for old in range(1, size + 1):
            proof = merkle.prove(merkle.consistency_spans(old, size), span_root)
            merkle.verify_consistency(old, size, span_root(0, old), root, proof)


def test_compact_range_survives_being_taken_apart() -> None:
    tree = merkle.CompactRange()
    leaves = [merkle.leaf_hash(bytes([number])) for number in range(37)]
    for leaf in leaves:
        tree = merkle.CompactRange(tree.size, tree.peaks)
        tree.append(leaf)
    assert tree.root() == merkle.root(leaves)
    with pytest.raises(ProofInvalid):
        merkle.CompactRange(3, [leaves[0]])


def test_proofs_outside_the_tree_are_refused() -> None:
    with pytest.raises(ProofInvalid):
        merkle.inclusion_proof([merkle.leaf_hash(b"")], 1)
    with pytest.raises(ProofInvalid):
        merkle.consistency_proof([merkle.leaf_hash(b"")], 0)
    with pytest.raises(ProofInvalid):
        merkle.verify_consistency(2, 1, merkle.EMPTY_ROOT, merkle.EMPTY_ROOT, [])
    with pytest.raises(ProofInvalid):
        merkle.verify_inclusion(merkle.leaf_hash(b""), 0, 0, [], merkle.EMPTY_ROOT)
    merkle.verify_consistency(0, 5, merkle.EMPTY_ROOT, merkle.leaf_hash(b"any"), [])
    with pytest.raises(ProofInvalid):
        merkle.verify_consistency(0, 5, merkle.leaf_hash(b""), merkle.leaf_hash(b"any"), [])


@given(st.integers(1, 40).flatmap(lambda n: st.tuples(st.just(n), st.sets(st.integers(0, n - 1), min_size=1))))
def test_several_leaves_at_once(case: tuple[int, set[int]]) -> None:
    size, chosen = case
    leaves = [merkle.leaf_hash(bytes([number])) for number in range(size)]
    proof = merkle.prove(merkle.subset_spans(sorted(chosen), size), lambda a, b: merkle.root(leaves[a:b]))
    proven = {index: leaves[index] for index in chosen}
    merkle.verify_subset(proven, size, proof, merkle.root(leaves))
    if len(chosen) == 1:
        (index,) = chosen
        assert sorted(proof) == sorted(merkle.inclusion_proof(leaves, index))
    for wrong in ([*proof, merkle.EMPTY_ROOT], proof[:-1] or [merkle.EMPTY_ROOT]):
        with pytest.raises(ProofInvalid):
            merkle.verify_subset(proven, size, wrong, merkle.root(leaves))
    with pytest.raises(ProofInvalid):
        merkle.verify_subset({**proven, min(chosen): merkle.EMPTY_ROOT}, size, proof, merkle.root(leaves))


@pytest.mark.parametrize("indices", [[], [3], [-1], [1, 1], [2, 1]])
def test_leaves_that_are_none(indices: list[int]) -> None:
    with pytest.raises(ProofInvalid):
        merkle.subset_spans(indices, 3)
