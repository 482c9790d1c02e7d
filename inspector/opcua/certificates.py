# SPDX-License-Identifier: AGPL-3.0-or-later
"""Certificates: the server's own, those of clients that are trusted, and those that were refused."""

from __future__ import annotations

import ipaddress
import logging
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from inspector.durable import make_directory, write_durable
from inspector.errors import AccessDenied, ConfigError
from inspector.opcua.sparing import SparingLog
from inspector.private import check_private

log = logging.getLogger(__name__)
sparing = SparingLog(log)

FOLDER = Path("opcua")
CERTIFICATE = FOLDER / "server.der"
KEY = FOLDER / "server.key"
TRUSTED = FOLDER / "trusted"
REJECTED = FOLDER / "rejected"
KEY_BITS = 3_072
VALID_DAYS = 5 * 365
REJECTED_AT_MOST = 20
CERTIFICATE_BYTES = 16_384


@dataclass(frozen=True)
class Described:
    """A certificate in words.

    Attributes:
        thumbprint: SHA-256 of its bytes, 64 hex digits.
        subject: Whom it names.
        until: Last moment of its validity.
        path: Its file.
    """

    thumbprint: str
    subject: str
    until: datetime
    path: Path


@dataclass(frozen=True)
class Identity:
    """Where the server is, and as whom it shows itself.

    Attributes:
        host: Address.
        application_uri: That of the certificate.
        until: Last moment of its validity.
        certificate: DER.
        key: File of its private key, PEM.
    """

    host: str
    application_uri: str
    until: datetime
    certificate: bytes
    key: Path


def listen_address(host: str) -> str:
    """Check `opcua.host`.

    Raises:
        ConfigError: It is no IPv4 address, or stands for all of this machine.
    """
    try:
        address = ipaddress.IPv4Address(host)
    except ValueError:
        raise ConfigError(f"opcua.host '{host}' is not an IPv4 address", "Use 127.0.0.1") from None
    if address.is_unspecified:
        raise ConfigError(
            f"opcua.host '{host}' would listen on every network", "Name the one address that plant systems use"
        )
    return str(address)


def create_certificate(station: Path, name: str, host: str) -> Described:
    """Make the server's key and a certificate that it signs itself.

    The key file is not encrypted, because the server starts without anybody to type a passphrase: who can read it can
    pretend to be this server, and nothing more.

    Args:
        station: Station directory.
        name: The station's name.
        host: Address at which clients reach the server.

    Raises:
        ConfigError: There is one already, or it cannot be written.
    """
    if (station / KEY).exists():
        raise ConfigError(f"{station / KEY} is there already", "Move it aside to make a new one; clients must trust it")
    address = listen_address(host)
    key = rsa.generate_private_key(65_537, KEY_BITS)
    certificate = _self_signed(key, name, address)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    try:
        for folder in (TRUSTED, REJECTED):
            make_directory(station / folder)
        write_durable(station / CERTIFICATE, certificate.public_bytes(serialization.Encoding.DER))
        write_durable(station / KEY, private, mode=0o600)
    except OSError as error:
        raise ConfigError(f"{station / FOLDER} cannot be written: {error.strerror}", "Check owner and disk") from error
    return describe(station / CERTIFICATE)


def _self_signed(key: rsa.RSAPrivateKey, name: str, host: str) -> x509.Certificate:
    machine = socket.gethostname()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"inspector {name}"[:64])])
    alternatives: list[x509.GeneralName] = [x509.UniformResourceIdentifier(f"urn:{machine}:inspector:{name}")]
    alternatives += [x509.DNSName(machine), x509.IPAddress(ipaddress.ip_address(host))]
    now = datetime.now(UTC)
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=True,
        data_encipherment=True,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=VALID_DAYS))
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )


def check_identity(station: Path, host: str) -> Identity:
    """The server's address, certificate and key, looked at before anybody is served.

    Raises:
        ConfigError: No certificate, or no key that only we can read; it has no URI, or its time is over; or the
            address is none.
    """
    if not (station / CERTIFICATE).exists():
        raise ConfigError(f"{station / CERTIFICATE} is missing", "Make it with `inspector opcua init --station DIR`")
    check_private(station / KEY)
    certificate = _load(station / CERTIFICATE)
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        names = x509.SubjectAlternativeName([])
    found = names.get_values_for_type(x509.UniformResourceIdentifier)
    if not found:
        raise ConfigError(f"{station / CERTIFICATE} names no application URI", "Make one with `inspector opcua init`")
    until = certificate.not_valid_after_utc
    if datetime.now(UTC) > until:
        raise ConfigError(
            f"{station / CERTIFICATE} was valid until {until:%Y-%m-%d}",
            "Move certificate and key aside, make new ones with `inspector opcua init`, let the clients trust it",
        )
    data = certificate.public_bytes(serialization.Encoding.DER)
    return Identity(listen_address(host), str(found[0]), until, data, station / KEY)


def describe(path: Path) -> Described:
    """What a certificate file says.

    Raises:
        ConfigError: It is none.
    """
    certificate = _load(path)
    return Described(thumbprint(certificate), _subject(certificate), certificate.not_valid_after_utc, path)


def listed(station: Path, folder: Path) -> list[Described]:
    """The certificates in a folder; a file that is none is logged and left out."""
    found = []
    for path in sorted((station / folder).glob("*")):
        if path.suffix.lower() in (".der", ".pem", ".crt", ".cer"):
            try:
                found.append(describe(path))
            except ConfigError as error:
                sparing.warning("%s", error)
    return found


def trust(station: Path, source: Path) -> Described:
    """Trust a client's certificate from now on.

    Args:
        station: Station directory.
        source: Its file, which may lie in the folder of refused ones.

    Raises:
        ConfigError: It is no certificate, or cannot be written.
    """
    certificate = _load(source)
    path = station / TRUSTED / f"{thumbprint(certificate)}.der"
    try:
        make_directory(path.parent)
        write_durable(path, certificate.public_bytes(serialization.Encoding.DER))
        if source.resolve().parent == (station / REJECTED).resolve():
            source.unlink(missing_ok=True)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}", "Check owner and disk") from error
    return describe(path)


class TrustList:
    """Admits clients whose very certificate lies in `opcua/trusted`; keeps the last refused ones for an administrator.

    An authority's certificate there vouches for no other: each client is trusted by itself.

    Args:
        station: Station directory.
        now: The time of day, UTC.
    """

    def __init__(self, station: Path, now: Callable[[], datetime]) -> None:
        self._station = station
        self._now = now

    def admit(self, data: bytes | None) -> None:
        """Look at the certificate of a client that opens a channel.

        Args:
            data: DER; more may follow the first certificate, as in a chain.

        Raises:
            AccessDenied: It is not trusted, not valid now, or none.
        """
        try:
            certificate = _first(data or b"")
        except (ValueError, UnsupportedAlgorithm) as error:
            raise _refused("it is no certificate") from error
        mark, subject = thumbprint(certificate), _subject(certificate)
        if mark not in {known.thumbprint for known in listed(self._station, TRUSTED)}:
            self._keep(mark, certificate)
            raise _refused(f"{subject} ({mark[:16]}...) is not in {TRUSTED}")
        if not certificate.not_valid_before_utc <= self._now() <= certificate.not_valid_after_utc:
            raise _refused(
                f"that of {subject} is valid from {certificate.not_valid_before_utc} "
                f"to {certificate.not_valid_after_utc}"
            )

    def _keep(self, mark: str, certificate: x509.Certificate) -> None:
        folder = self._station / REJECTED
        path = folder / f"{mark}.der"
        try:
            if path.exists():
                return
            make_directory(folder)
            for old in sorted(folder.glob("*.der"), key=lambda p: p.stat().st_mtime_ns)[
                : -REJECTED_AT_MOST + 1 or None
            ]:
                old.unlink(missing_ok=True)
            path.write_bytes(certificate.public_bytes(serialization.Encoding.DER))
        except OSError as error:
            log.error("a refused certificate cannot be kept: %s", error)


def thumbprint(certificate: x509.Certificate) -> str:
    """SHA-256 of the certificate, 64 hex digits."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def _refused(why: str) -> AccessDenied:
    error = AccessDenied(f"an OPC UA client's certificate is refused: {why}", "Trust it with `inspector opcua trust`")
    sparing.warning("%s", error.message)
    return error


def _first(data: bytes) -> x509.Certificate:
    if len(data) > CERTIFICATE_BYTES or len(data) < 4 or data[:2] != b"\x30\x82":
        raise ValueError("no certificate")
    return x509.load_der_x509_certificate(data[: 4 + int.from_bytes(data[2:4])])


def _subject(certificate: x509.Certificate) -> str:
    try:
        return certificate.subject.rfc4514_string()[:200]
    except ValueError:  # a name that breaks its own encoding
        return "a client without a readable name"


def _load(path: Path) -> x509.Certificate:
    try:
        data = path.read_bytes()
        if len(data) > CERTIFICATE_BYTES:
            raise ValueError("too large")
        return (
            x509.load_pem_x509_certificate(data) if data.startswith(b"-----") else x509.load_der_x509_certificate(data)
        )
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}", "Check the path") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ConfigError(f"{path} is no certificate", "Give one in DER or PEM") from error
