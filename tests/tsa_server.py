# SPDX-License-Identifier: AGPL-3.0-or-later
"""A real time stamp authority on loopback: `openssl ts -reply` behind a small HTTP server, which can also misbehave."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Annotated

from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.assets.attacks.tokens import Authority, number, tlv

OID = "1.2.3.4.1"
SETTINGS = """\
[tsa]
default_tsa = tsa_settings
[tsa_settings]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/signer.pem
signer_key = {folder}/signer.key
{certs}
signer_digest = {digest}
default_policy = {oid}
digests = sha256, sha512
accuracy = secs:1
ordering = no
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = {ess}
"""


@asn1.sequence
class Algorithm:
    """AlgorithmIdentifier of a hash."""

    oid: x509.ObjectIdentifier
    parameters: asn1.Null | None


@asn1.sequence
class Imprint:
    """MessageImprint."""

    algorithm: Algorithm
    digest: bytes


@asn1.sequence
class Asked:
    """TimeStampReq (RFC 3161, section 2.4.1), as far as the station uses it."""

    version: int
    imprint: Imprint
    nonce: int
    with_certificates: Annotated[bool, asn1.Default(False)]


def response(token: bytes, status: int = 0, text: str = "") -> bytes:
    """TimeStampResp with a token, or without one."""
    words = tlv(0x30, tlv(0x0C, text.encode())) if text else b""
    return tlv(0x30, tlv(0x30, number(status), words), token)


class OpensslTsa:
    """Answers requests with the openssl of the machine.

    Args:
        folder: Takes keys, certificates and settings.
        word: Its keys follow from it.
        chain: Send the issuer's certificate, too.
        ess: Hash that names the certificate: "sha256", or "sha1" as older authorities do.

    Attributes:
        authority: Its keys and certificates.
        root_file: What is to be trusted.
        issuer_file: What leads there.
    """

    def __init__(
        self, folder: Path, word: str = "openssl", *, chain: bool = True, ess: str = "sha256", digest: str = "sha256"
    ) -> None:
        folder.mkdir(exist_ok=True)
        now = datetime.now(UTC).replace(microsecond=0)
        span = {"born": now - timedelta(days=1), "dead": now + timedelta(days=30)}
        self.authority = Authority(word, span=span)
        self._folder = folder
        self._lock = threading.Lock()  # openssl reads, counts up and writes the serial file without one
        key = self.authority.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (folder / "signer.key").write_bytes(key)
        (folder / "signer.pem").write_bytes(self.authority.signer.public_bytes(Encoding.PEM))
        self.root_file, self.issuer_file = folder / "root.pem", folder / "issuer.pem"
        self.root_file.write_text(self.authority.root_pem, encoding="ascii")
        self.issuer_file.write_text(self.authority.issuer_pem, encoding="ascii")
        (folder / "serial").write_text("01\n", encoding="ascii")
        certs = f"certs = {folder}/issuer.pem" if chain else ""
        text = SETTINGS.format(folder=folder, certs=certs, oid=OID, ess=ess, digest=digest)
        (folder / "tsa.cnf").write_text(text, encoding="ascii")

    def answer(self, request: bytes) -> bytes:
        """TimeStampResp, DER."""
        with self._lock:
            (self._folder / "request").write_bytes(request)
            command = "openssl ts -reply -config tsa.cnf -queryfile request -out response"
            subprocess.run(command.split(), cwd=self._folder, check=True, capture_output=True, timeout=30)
            return (self._folder / "response").read_bytes()

    def accepts(self, token: bytes, data: bytes) -> bool:
        """Whether `openssl ts -verify` takes a token over some data."""
        (self._folder / "token").write_bytes(token)
        (self._folder / "data").write_bytes(data)
        command = "openssl ts -verify -in token -token_in -data data -CAfile root.pem -untrusted issuer.pem"
        done = subprocess.run(
            command.split(), cwd=self._folder, check=False, capture_output=True, text=True, timeout=30
        )
        return done.returncode == 0 and "Verification: OK" in done.stdout + done.stderr


class TsaServer:
    """An address that answers as a test says.

    Attributes:
        reply: Makes status and body from a request; hangs until the end where it is None.
        asked: Headers and body of each request.
    """

    def __init__(self, reply: Callable[[bytes], tuple[int, bytes]] | None) -> None:
        self.reply = reply
        self.asked: list[tuple[dict[str, str], bytes]] = []
        self.end = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.asked.append(({name.lower(): value for name, value in self.headers.items()}, body))
                if outer.reply is None:
                    outer.end.wait(20)
                    return
                status, answer = outer.reply(body)
                self.send_response(status)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: object) -> None:
                """Nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/tsr"


@contextmanager
def serving(reply: Callable[[bytes], tuple[int, bytes]] | None) -> Iterator[TsaServer]:
    """A server on a thread of its own."""
    served = TsaServer(reply)
    thread = threading.Thread(target=served.server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield served
    finally:
        served.end.set()
        served.server.shutdown()
        served.server.server_close()
        thread.join()
