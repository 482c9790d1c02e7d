# SPDX-License-Identifier: AGPL-3.0-or-later
"""Attacks on a contract and on what it says, each made by a test on a real chain; docs/threat-model.md lists them."""

from __future__ import annotations

CONTRACT, DRIVER, AUDITOR = "test_evm_contract", "test_evm_driver", "test_evm_auditor"
LIAR = "test_a_node_that_lies_or_forgets_proves_nothing_against_anybody"

ATTACKS = (
    (
        "A thief of key and account submits a second seal for a shift, or a second head.",
        "contract (`Twin`)",
        CONTRACT,
        "test_a_twin_is_refused",
    ),
    ("A shift is left out.", "contract (`Gap`)", CONTRACT, "test_gap_fork_and_a_chain_that_was_cut_off_are_refused"),
    (
        "A seal or head names another seal before it than the contract has, or begins elsewhere.",
        "contract (`Fork`)",
        CONTRACT,
        "test_gap_fork_and_a_chain_that_was_cut_off_are_refused",
    ),
    (
        "The database was put back behind the last head, and the station goes on from there.",
        "contract (`CutOff`)",
        DRIVER,
        "test_a_chain_that_was_cut_off_is_refused",
    ),
    (
        "Another station, the owner, or a stranger writes for a station.",
        "contract (`WrongSender`)",
        CONTRACT,
        "test_only_the_station_itself_writes_and_no_other_can_take_its_place",
    ),
    (
        "Another station sees a hash that waits for its block, and submits it first.",
        "contract: places are per station",
        CONTRACT,
        "test_only_the_station_itself_writes_and_no_other_can_take_its_place",
    ),
    (
        "A thief of an account goes on after the station was given another.",
        "contract (`WrongSender`)",
        CONTRACT,
        "test_a_new_account_takes_over_and_the_old_one_is_out",
    ),
    (
        "A station that the owner revoked goes on.",
        "contract (`StationRevoked`)",
        CONTRACT,
        "test_a_revoked_station_adds_nothing_and_what_it_added_stays",
    ),
    (
        "A key that is not in force is exchanged, or a key twice between two seals.",
        "contract (`KeyNotInForce`, `Twin`)",
        CONTRACT,
        "test_a_key_rotates_between_shifts_only_once_and_only_from_the_one_in_force",
    ),
    (
        "The very same document is submitted again, by two processes too.",
        "contract (`AlreadyAnchored`): one entry",
        DRIVER,
        "test_the_same_document_of_two_drivers_at_the_same_moment_is_refused_by_the_chain_once",
    ),
    (
        "A reorganisation takes away the block before it is final.",
        "driver: submitted again, once",
        DRIVER,
        "test_an_entry_that_a_reorganisation_takes_away_goes_in_again_once",
    ),
    (
        "A reorganisation takes away a block that was final, and the receipt stays.",
        "EVM-01",
        AUDITOR,
        "test_a_block_that_a_reorganisation_took_away",
    ),
    (
        "A thief of the key tells another history, with the receipts of the old one.",
        "EVM-01, EVM-03",
        AUDITOR,
        "test_a_history_that_a_thief_of_the_key_tells_with_the_receipts_of_the_old_one",
    ),
    (
        "The same without receipts: the contract has another last seal.",
        "EVM-03",
        AUDITOR,
        "test_a_history_that_a_thief_of_the_key_tells_with_the_receipts_of_the_old_one",
    ),
    (
        "The receipt of one seal is replayed for another.",
        "EVM-01",
        AUDITOR,
        "test_a_receipt_of_another_seal_is_replayed",
    ),
    (
        "A receipt has another index than its proof, or a second spelling.",
        "EVM-01",
        AUDITOR,
        "test_a_malformed_receipt_is_told",
    ),
    (
        "The last shifts are gone with their seals.",
        "EVM-03",
        AUDITOR,
        "test_a_database_that_was_put_back_shows_in_the_contract",
    ),
    (
        "The end of the open shift is cut off, into what a head has covered.",
        "EVM-03",
        AUDITOR,
        "test_a_head_that_is_gone_shows_in_the_contract",
    ),
    (
        "A thief of an old key who has the account seals the next shift.",
        "EVM-01",
        AUDITOR,
        "test_a_thief_of_an_old_key_who_has_the_account",
    ),
    (
        "A key that the plant root revoked from a place in the contract on signs behind it.",
        "KEY-04",
        AUDITOR,
        "test_a_key_that_a_plant_root_revoked_is_held_against_the_place_in_the_contract",
    ),
    (
        "A contract of the forger's own holds the seals, or a chain of the forger's own.",
        "POLICY-01",
        AUDITOR,
        "test_what_is_not_final_or_of_another_contract_counts_for_nothing",
    ),
    (
        "The seals were never sent, and the auditor requires it.",
        "POLICY-01",
        AUDITOR,
        "test_a_seal_that_was_never_sent_is_missing",
    ),
    (
        "A seal was made again under its old time, and anchored late.",
        "LEDGER-08",
        AUDITOR,
        "test_a_seal_that_was_anchored_too_late_for_its_time",
    ),
    (
        "A seal says a time that was still to come in its block.",
        "LEDGER-08",
        AUDITOR,
        "test_a_seal_that_was_prepared_says_a_time_after_its_block",
    ),
    ("A node answers for another chain, or has other code at the contract's address.", "EVM-02", AUDITOR, LIAR),
    ("A node forgets events or entries, is behind, or answers nonsense.", "EVM-02", AUDITOR, LIAR),
)
"""What was done, what refuses it, and module and name of the test that does it."""


def contract_table() -> str:
    """As rows of docs/threat-model.md."""
    rows = [f"| {what} | {by} |" for what, by, _, _ in ATTACKS]
    return "\n".join(["| what was done | refused by |", "|---|---|", *rows])
