"""The fixture channel: a real conda channel for machines that reach no conda channel.

It is built from Python wheels, Debian's libraries and the CPython installations of the machine, and is the upstream
of the dev stack and of CI.
"""

from tools.fixture_channel.channel import NAME, URL, FixtureChannel, ensure
from tools.fixture_channel.errors import FixtureChannelError
from tools.fixture_channel.inputs import read_inputs

__all__ = ["NAME", "URL", "FixtureChannel", "FixtureChannelError", "ensure", "read_inputs"]
