# SPDX-License-Identifier: AGPL-3.0-or-later
"""Two processes anchor the same documents from the same account, and one is killed in the middle."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from ledger_anchor.evm.artefact import station_id
from ledger_anchor.evm.history import read_entries
from tests.evm_node import Registry, running_node
from tests.unit.test_directory_log import KEY, Shop

DOCUMENTS = 4
ENDS_WITHIN_S = 60


def test_two_processes_with_one_account_anchor_each_document_once_and_a_killed_one_is_no_loss(tmp_path: Path) -> None:
    with running_node() as node:
        registry = Registry(node, tmp_path)
        keystore, account = registry.account()
        registry.register("press-7", KEY.public_key, account)
        settings = tmp_path / "settings.json"
        settings.write_text(registry.settings(keystore).model_dump_json())
        shop, leaves = Shop("press-7"), []
        for _ in range(DOCUMENTS // 2):
            shop.grow()
            leaves += [shop.head().leaf.hex(), shop.close().leaf.hex()]
        documents = tmp_path / "documents"
        documents.write_text("\n".join(leaves))
        command = [sys.executable, "-m", "tests.evm_peer", str(settings), str(documents)]

        peers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
        try:
            assert peers[0].stdout is not None
            peers[0].stdout.readline()  # it has its first receipt, and is at the next document
            peers[0].kill()
            peers.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
            answers = [_receipts(peer) for peer in peers[1:]]
        finally:
            for peer in peers:
                peer.kill()
                peer.communicate(timeout=ENDS_WITHIN_S)
        assert answers[0] == answers[1]
        assert [receipt["index"] for receipt in answers[0]] == list(range(DOCUMENTS))
        entries = list(read_entries(registry.chain, station_id("press-7")))
        assert [entry.hash_of("digest").hex() for entry in entries[::-1]] == [one["digest"] for one in answers[0]]
        registry.close()


def _receipts(peer: subprocess.Popen[str]) -> list[dict[str, Any]]:
    said, _ = peer.communicate(timeout=ENDS_WITHIN_S)
    assert peer.returncode == 0
    return [json.loads(line) for line in said.splitlines()]
