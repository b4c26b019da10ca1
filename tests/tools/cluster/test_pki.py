import datetime
import ssl
import stat

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tools.cluster import pki

NOW = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)


def certificate(directory, name):
    return x509.load_pem_x509_certificate((directory / f"{name}.crt").read_bytes())


def contents(directory):
    return {path.name: path.read_bytes() for path in directory.iterdir()}


def test_everything_is_made_once_readable_by_the_owner_only(tmp_path):
    renew_at = pki.ensure(tmp_path, NOW)
    first = contents(tmp_path)
    again = pki.ensure(tmp_path, NOW + datetime.timedelta(days=300))

    names = {*pki.AUTHORITIES, *(request.name for request in pki.REQUESTS)}
    assert set(first) == {f"{n}.crt" for n in names} | {f"{n}.key" for n in names} | {"service-accounts.key"}
    assert contents(tmp_path) == first
    assert renew_at == again == NOW + pki.CERTIFICATE_LIFETIME - pki.RENEW_BEFORE
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}


@pytest.mark.parametrize("request_", pki.REQUESTS, ids=lambda request: request.name)
def test_a_certificate_says_who_it_is_for_and_who_issued_it(tmp_path, request_):
    pki.ensure(tmp_path, NOW)

    made = certificate(tmp_path, request_.name)

    made.verify_directly_issued_by(certificate(tmp_path, request_.authority))
    assert made.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == request_.common_name
    groups = [attribute.value for attribute in made.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)]
    assert groups == ([request_.organization] if request_.organization else [])
    usages = set(made.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    assert (ExtendedKeyUsageOID.SERVER_AUTH in usages) == request_.serving
    assert not made.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


def test_only_the_administrator_is_in_the_group_of_masters():
    assert [r.name for r in pki.REQUESTS if r.organization == "system:masters"] == ["administrator"]


def test_the_store_and_the_front_proxy_have_authorities_of_their_own():
    by_authority = {r.authority: {x.name for x in pki.REQUESTS if x.authority == r.authority} for r in pki.REQUESTS}

    assert by_authority["etcd-authority"] == {"etcd"}
    assert by_authority["front-proxy-authority"] == {"front-proxy-client"}


def test_openssl_accepts_the_chains(tmp_path):
    pki.ensure(tmp_path)

    for request in pki.REQUESTS:
        context = ssl.create_default_context(cafile=str(tmp_path / f"{request.authority}.crt"))
        context.load_cert_chain(str(tmp_path / f"{request.name}.crt"), str(tmp_path / f"{request.name}.key"))


def test_certificates_about_to_expire_are_renewed_and_authorities_kept(tmp_path):
    pki.ensure(tmp_path, NOW)
    first = contents(tmp_path)

    later = NOW + pki.CERTIFICATE_LIFETIME - pki.RENEW_BEFORE
    pki.ensure(tmp_path, later)

    second = contents(tmp_path)
    kept = {name for name in first if first[name] == second[name]}
    assert kept == {f"{n}.{kind}" for n in pki.AUTHORITIES for kind in ("crt", "key")} | {"service-accounts.key"}
    assert certificate(tmp_path, "kwok").not_valid_after_utc == later + pki.CERTIFICATE_LIFETIME


def test_an_authority_about_to_expire_is_renewed_with_all_it_issued(tmp_path):
    pki.ensure(tmp_path, NOW)

    later = NOW + pki.AUTHORITY_LIFETIME - pki.RENEW_BEFORE
    pki.ensure(tmp_path, later)

    for request in pki.REQUESTS:
        certificate(tmp_path, request.name).verify_directly_issued_by(certificate(tmp_path, request.authority))
    assert certificate(tmp_path, "cluster-authority").not_valid_after_utc == later + pki.AUTHORITY_LIFETIME


@pytest.mark.parametrize(
    "damage",
    [
        lambda directory: (directory / "kwok.key").unlink(),
        lambda directory: (directory / "kwok.crt").write_text("no certificate"),
        lambda directory: (directory / "kwok.key").write_bytes((directory / "kube-scheduler.key").read_bytes()),
        lambda directory: (directory / "kwok.crt").write_bytes((directory / "etcd.crt").read_bytes()),
    ],
    ids=["key missing", "no certificate", "key of another", "certificate of another"],
)
def test_what_is_damaged_is_made_anew_and_the_rest_is_kept(tmp_path, damage):
    pki.ensure(tmp_path, NOW)
    before = contents(tmp_path)
    damage(tmp_path)

    pki.ensure(tmp_path, NOW)

    after = contents(tmp_path)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"kwok.key", "kwok.crt"}
    certificate(tmp_path, "kwok").verify_directly_issued_by(certificate(tmp_path, "cluster-authority"))


def test_a_request_that_has_changed_is_issued_anew(tmp_path, monkeypatch):
    pki.ensure(tmp_path, NOW)
    changed = tuple(
        pki.Request("kwok", "kwok", serving=True, names=("example",)) if request.name == "kwok" else request
        for request in pki.REQUESTS
    )
    monkeypatch.setattr(pki, "REQUESTS", changed)

    pki.ensure(tmp_path, NOW)

    names = certificate(tmp_path, "kwok").extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost", "example"]
