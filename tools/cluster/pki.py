"""The cluster's own certificate authorities, certificates and keys.

There are three authorities: a client certificate of the cluster must neither open the store nor speak for other users
(as the API server does towards extension API servers, with the front proxy's certificate). Every key is elliptic
(P-256); files are readable by their owner only. What is missing, damaged, about to expire, or no longer what is wanted
is made anew.
"""

import datetime
import ipaddress
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tools.cluster.files import write_atomically

AUTHORITY_LIFETIME = datetime.timedelta(days=3650)
CERTIFICATE_LIFETIME = datetime.timedelta(days=365)
RENEW_BEFORE = datetime.timedelta(days=30)
_CLOCK_SKEW = datetime.timedelta(minutes=5)


@dataclass(frozen=True)
class Request:
    """A certificate that the cluster needs.

    Attributes:
        name: Base name of its files.
        common_name: User name towards the API server; subject of a serving certificate.
        authority: Base name of the authority that issues it.
        organization: Group towards the API server.
        serving: Whether it also serves on 127.0.0.1.
        names: Further DNS names and addresses it serves under.
    """

    name: str
    common_name: str
    authority: str = "cluster-authority"
    organization: str | None = None
    serving: bool = False
    names: tuple[str, ...] = ()


AUTHORITIES = ("cluster-authority", "etcd-authority", "front-proxy-authority")
REQUESTS = (
    Request("etcd", "etcd", authority="etcd-authority", serving=True),
    Request(
        "kube-apiserver",
        "kube-apiserver",
        serving=True,
        names=(
            "kubernetes",
            "kubernetes.default",
            "kubernetes.default.svc",
            "kubernetes.default.svc.cluster.local",
            "10.96.0.1",  # the first address of the service network, which the Service `kubernetes` gets
        ),
    ),
    Request("kube-apiserver-kubelet-client", "kube-apiserver-kubelet-client"),
    Request("front-proxy-client", "front-proxy-client", authority="front-proxy-authority"),
    Request("kube-controller-manager", "system:kube-controller-manager", serving=True),
    Request("kube-scheduler", "system:kube-scheduler", serving=True),
    Request("kwok", "slate:kwok", serving=True),
    Request("administrator", "slate:administrator", organization="system:masters"),
)
SERVICE_ACCOUNTS = "service-accounts"


def ensure(
    directory: Path, now: datetime.datetime | None = None, requests: tuple[Request, ...] | None = None
) -> datetime.datetime:
    """Makes or renews what is missing or about to expire.

    Args:
        directory: Where the files are.
        now: The time to judge by; the present by default.
        requests: The certificates that are wanted; by default the control plane's.

    Returns:
        When this should be called again, because something will be about to expire.
    """
    now = now or datetime.datetime.now(datetime.UTC)
    renewals = []
    for name in AUTHORITIES:
        certificate = _load(directory, name)
        if certificate is None or certificate.not_valid_after_utc - RENEW_BEFORE <= now:
            certificate = _issue_authority(directory, name, now)
        renewals.append(certificate.not_valid_after_utc)
    for request in REQUESTS if requests is None else requests:
        certificate = _load(directory, request.name)
        if certificate is None or not _fits(certificate, request, directory, now):
            certificate = _issue(directory, request, now)
        renewals.append(certificate.not_valid_after_utc)
    if _key(directory, SERVICE_ACCOUNTS) is None:
        _write_key(directory, SERVICE_ACCOUNTS, ec.generate_private_key(ec.SECP256R1()))
    return min(renewals) - RENEW_BEFORE


def _load(directory: Path, name: str) -> x509.Certificate | None:
    """Returns a certificate whose key is there too, else None."""
    try:
        certificate = x509.load_pem_x509_certificate((directory / f"{name}.crt").read_bytes())
    except (OSError, ValueError):
        return None
    key = _key(directory, name)
    return certificate if key is not None and key.public_key() == certificate.public_key() else None


def _key(directory: Path, name: str) -> ec.EllipticCurvePrivateKey | None:
    try:
        key = serialization.load_pem_private_key((directory / f"{name}.key").read_bytes(), None)
    except (OSError, ValueError, TypeError):
        return None
    return key if isinstance(key, ec.EllipticCurvePrivateKey) else None


def _fits(certificate: x509.Certificate, request: Request, directory: Path, now: datetime.datetime) -> bool:
    authority = _load(directory, request.authority)
    if authority is None or certificate.not_valid_after_utc - RENEW_BEFORE <= now:
        return False
    try:
        certificate.verify_directly_issued_by(authority)
    except (InvalidSignature, ValueError, TypeError):
        return False
    if certificate.subject != _subject(request.common_name, request.organization):
        return False
    wanted = _extensions(request)
    return all(
        any(have.oid == extension.oid and have.value == extension for have in certificate.extensions)
        for extension in wanted
    )


def _extensions(request: Request) -> list[x509.ExtensionType]:
    usages = [ExtendedKeyUsageOID.CLIENT_AUTH, *([ExtendedKeyUsageOID.SERVER_AUTH] if request.serving else [])]
    extensions: list[x509.ExtensionType] = [x509.ExtendedKeyUsage(usages)]
    if request.serving:
        names = ("localhost", "127.0.0.1", *request.names)
        extensions.append(x509.SubjectAlternativeName([_general_name(name) for name in names]))
    return extensions


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _subject(common_name: str, organization: str | None = None) -> x509.Name:
    attributes = [x509.NameAttribute(NameOID.COMMON_NAME, common_name)]
    if organization:
        attributes.insert(0, x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization))
    return x509.Name(attributes)


def _issue_authority(directory: Path, name: str, now: datetime.datetime) -> x509.Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _subject(f"slate {name}")
    builder = _builder(subject, subject, key, now, AUTHORITY_LIFETIME)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    builder = builder.add_extension(_usage(authority=True), critical=True)
    return _write(directory, name, key, builder.sign(key, hashes.SHA256()))


def _issue(directory: Path, request: Request, now: datetime.datetime) -> x509.Certificate:
    authority, authority_key = _load(directory, request.authority), _key(directory, request.authority)
    if authority is None or authority_key is None:
        raise RuntimeError(f"{request.authority} is issued before what it issues")
    key = ec.generate_private_key(ec.SECP256R1())
    lifetime = min(CERTIFICATE_LIFETIME, authority.not_valid_after_utc - now)
    builder = _builder(_subject(request.common_name, request.organization), authority.subject, key, now, lifetime)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_usage(authority=False), critical=True)
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key())
    builder = builder.add_extension(identifier, critical=False)
    for extension in _extensions(request):
        builder = builder.add_extension(extension, critical=False)
    return _write(directory, request.name, key, builder.sign(authority_key, hashes.SHA256()))


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    now: datetime.datetime,
    lifetime: datetime.timedelta,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCK_SKEW)
        .not_valid_after(now + lifetime)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _write_key(directory: Path, name: str, key: ec.EllipticCurvePrivateKey) -> None:
    # SEC 1: Kubernetes reads no PKCS 8 where it derives the public key of service account tokens.
    encoded = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    write_atomically(directory / f"{name}.key", encoded.decode("ascii"))


def _write(
    directory: Path, name: str, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate
) -> x509.Certificate:
    # The key first: a certificate without its key counts as missing, so an interruption between the two heals.
    _write_key(directory, name, key)
    write_atomically(directory / f"{name}.crt", certificate.public_bytes(serialization.Encoding.PEM).decode("ascii"))
    return certificate
