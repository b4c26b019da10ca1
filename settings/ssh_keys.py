"""OpenSSH public keys, as a line of `authorized_keys` (RFC 4253, section 6.6; RFC 5656; RFC 8709)."""

import base64
import binascii
import re
from typing import Annotated

from settings.base import Rule, text
from settings.errors import Refusal

TYPES = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "ssh-rsa",
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
)
RSA_BITS = 2048
"""NIST SP 800-131A: RSA keys below 2048 bits are disallowed."""

_HOW = "paste the one line of the file ~/.ssh/id_ed25519.pub"


def ssh_key(value: object) -> str:
    """Accepts one public key: type, base64 and an optional comment.

    Raises:
        Refusal: When it is something else; a private key is never repeated in the message.
    """
    line = text(value)
    if "PRIVATE KEY" in line:
        raise Refusal("is a private key, which must never leave its owner's machine", f"{_HOW}; make a new key pair")
    line = line.strip()
    if "\n" in line or "\r" in line or not line.isprintable():
        raise Refusal("holds more than one line", "write one list entry for each key")
    kind, _, rest = line.partition(" ")
    encoded = rest.strip().partition(" ")[0]
    if kind == "ssh-dss":
        raise Refusal("is a DSA key, which OpenSSH no longer accepts", "make one with ssh-keygen -t ed25519")
    if kind not in TYPES:
        raise Refusal("does not begin with a known key type", _HOW)
    fields = _fields(encoded)
    if not fields or fields[0] != kind.encode():
        raise Refusal("is damaged: its base64 part does not hold a key of this type", _HOW)
    if kind == "ssh-rsa" and (len(fields) < 3 or len(fields[2].lstrip(b"\0")) * 8 < RSA_BITS):
        raise Refusal(f"is an RSA key of fewer than {RSA_BITS} bits", "make one with ssh-keygen -t ed25519")
    return re.sub(r"\s+", " ", line)


def _fields(encoded: str) -> list[bytes]:
    """Splits a key's wire form into its length-prefixed fields; empty when it is malformed."""
    try:
        wire = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return []
    fields: list[bytes] = []
    while wire:
        length = int.from_bytes(wire[:4], "big")
        if len(wire) < 4 + length:
            return []
        fields.append(wire[4 : 4 + length])
        wire = wire[4 + length :]
    return fields if len(fields) > 1 else []


SshKey = Annotated[
    str,
    Rule(
        ssh_key,
        "public key",
        "an OpenSSH public key in one line: type (ssh-ed25519, ecdsa-sha2-..., sk-..., ssh-rsa), base64, comment",
        {"type": "string", "pattern": "^(ssh|ecdsa|sk)-[^ ]+ +[A-Za-z0-9+/=]+"},
    ),
]
