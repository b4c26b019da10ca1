"""nft, with which the real node filters and forwards: one on PATH, else that of Debian's packages."""

import shlex
from dataclasses import dataclass

from tools.bootstrap.debian_group import DebianGroup
from tools.bootstrap.search import files_on_path
from tools.bootstrap.session import Task
from tools.bootstrap.stamps import Installed
from tools.bootstrap.versions import Rule, at_least

NFT = "nft"
# With the libraries that small systems lack; those of the C library and of the terminal are everywhere.
_PACKAGES = (
    *("nftables", "libnftables1", "libnftnl11", "libmnl0", "libjansson4"),
    *("libxtables12", "libedit2", "libbsd0", "libmd0", "libgmp10"),
)
# kube-proxy's nftables mode wants 1.0.1 (https://kubernetes.io/docs/reference/networking/virtual-ips/).
_RULE = at_least("1.0.1")


@dataclass(frozen=True)
class NftGroup(DebianGroup):
    """See the module."""

    name: str = "nft"
    summary: str = "a real node: packet filter"
    title: str = NFT
    programs: tuple[str, ...] = (NFT,)
    rule: Rule = _RULE

    def search(self, task: Task) -> dict[str, Installed] | None:
        """Return the first nft on PATH that fits."""
        for path in files_on_path(task.place, NFT):
            version = self.version(task.place, path)
            if version is not None:
                return {NFT: Installed.of("found", version, path)}
            task.note(f"{path} is not used: wanted is version {self.rule.text}")
        return None

    def from_packages(self, task: Task) -> dict[str, Installed]:
        """Unpack Debian's; it is started with the libraries beside it."""
        target = self.unpack(task, _PACKAGES)
        folders = sorted({str(path.parent) for path in target.rglob("lib*.so.*")})
        program = shlex.quote(str(target / "usr" / "sbin" / NFT))
        starter = f'#!/bin/sh\nLD_LIBRARY_PATH={shlex.quote(":".join(folders))} exec {program} "$@"\n'
        return {NFT: self.unpacked(task.place, target / NFT, starter)}
