"""Public keys are recognised; damaged, weak and private ones are not."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from settings.errors import Refusal
from settings.ssh_keys import ssh_key
from tests.settings.examples import KEY, answer
from tests.settings.mistakes import PRIVATE_KEY

SMALL_RSA_KEY = "ssh-rsa " + (
    "AAAAB3NzaC1yc2EAAAADAQABAAAAgQDHSURU++FZpvvudF2uvo1nwlw8ubK5oaiZtGoCrf4YdNoz2zsRD8TzK+j8kZ5yEaKyc736"
    "c1c4ac5NFhFb1tVTD5DuW3QMPzZ86TqGPJ0jcdRdpSNLNPICcbYHjaQkHGn625LZn67xNptQHuKnwYjPBcxPL4liOENcv2ZSO0xD"
    "dQ=="
)


def public(key) -> str:
    return key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


@pytest.mark.parametrize(
    "key",
    [
        ed25519.Ed25519PrivateKey.generate(),
        ec.generate_private_key(ec.SECP256R1()),
        ec.generate_private_key(ec.SECP521R1()),
        rsa.generate_private_key(65537, 2048),
    ],
    ids=["ed25519", "p256", "p521", "rsa"],
)
def test_public_keys_are_accepted(key):
    line = public(key)

    assert ssh_key(line) == line
    assert ssh_key(f"  {line}   someone at home \n") == f"{line} someone at home"


def test_a_small_rsa_key_is_refused():
    with pytest.raises(Refusal, match="fewer than 2048 bits"):
        ssh_key(SMALL_RSA_KEY)


def test_a_dsa_key_is_refused():
    with pytest.raises(Refusal, match="DSA"):
        ssh_key("ssh-dss AAAAB3NzaC1kc3MAAACBAA== old")


@pytest.mark.parametrize("form", [PrivateFormat.OpenSSH, PrivateFormat.PKCS8])
def test_a_private_key_is_refused_and_not_repeated(form: PrivateFormat):
    key = ed25519.Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, form, NoEncryption()).decode()

    with pytest.raises(Refusal) as caught:
        ssh_key(key)

    assert "private key" in caught.value.what
    assert key.splitlines()[1] not in str(caught.value)


def test_a_private_key_is_called_by_its_name():
    with pytest.raises(Refusal, match="private key"):
        ssh_key(PRIVATE_KEY)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "ssh-ed25519",
        "ssh-ed25519 ",
        "ssh-ed25519 !!!!",
        KEY[:-30],
        KEY.replace("ssh-ed25519 ", "ssh-rsa "),
        f'command="ls" {KEY}',
        f"{KEY}\n{KEY}",
        KEY.split(" ")[1],
        None,
        7,
    ],
)
def test_other_lines_are_refused(line: object):
    with pytest.raises(Refusal):
        ssh_key(line)


@given(st.text(max_size=60), st.sampled_from(["", "ssh-rsa ", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA"]))
def test_any_text_is_answered(text: str, start: str):
    given_back = answer(ssh_key, start + text)

    assert given_back.fix if isinstance(given_back, Refusal) else given_back
