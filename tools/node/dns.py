"""Asks a DNS server for IPv4 addresses (RFC 1035): the machine's own resolver knows nothing of the cluster's names."""

import contextlib
import secrets
import socket
import struct

_SECONDS = 2.0
_ADDRESS, _INTERNET = 1, 1
_POINTER = 0xC0


def ask(name: str, server: str, port: int = 53) -> list[str]:
    """Returns the addresses of a name; none if the server does not answer, or does not know it.

    Args:
        name: A full name, without a dot at its end.
        server: The server's address.
        port: Its port.
    """
    number = secrets.randbelow(1 << 16)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel, contextlib.suppress(OSError):
        channel.settimeout(_SECONDS)
        channel.sendto(question(name, number), (server, port))
        return addresses(channel.recv(4096), number)
    return []


def question(name: str, number: int) -> bytes:
    """Returns the question for a name's addresses."""
    labels = b"".join(bytes([len(label)]) + label.encode("ascii") for label in name.split("."))
    return struct.pack(">6H", number, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">2H", _ADDRESS, _INTERNET)


def addresses(answer: bytes, number: int) -> list[str]:
    """Returns the addresses in an answer; none if it is damaged, refuses, or belongs to another question."""
    found = []
    try:
        got, flags, questions, answers, _, _ = struct.unpack_from(">6H", answer)
        if got != number or flags & 0x000F:
            return []
        place = 12
        for _ in range(questions):
            place = _behind_name(answer, place) + 4
        for _ in range(answers):
            place = _behind_name(answer, place)
            kind, _, _, length = struct.unpack_from(">HHIH", answer, place)
            place += 10
            if kind == _ADDRESS and length == 4:
                found.append(socket.inet_ntoa(answer[place : place + 4]))
            place += length
    except (struct.error, IndexError, OSError):
        return []
    return found


def _behind_name(answer: bytes, place: int) -> int:
    while length := answer[place]:
        if length >= _POINTER:
            return place + 2
        place += length + 1
    return place + 1
