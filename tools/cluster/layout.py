"""Where the files of one cluster lie, and whether this user may use that directory."""

import contextlib
import errno
import os
import pwd
import shutil
from dataclasses import dataclass
from pathlib import Path

from tools.cluster.errors import ClusterError
from tools.cluster.place import Place

# PATH_MAX of Linux is 4096 bytes; the deepest file below the directory is etcd's write-ahead log, under 100 bytes.
LONGEST_DIRECTORY = 3900


@dataclass(frozen=True)
class Layout(Place):
    """The paths of one cluster. Everything it writes is under `directory`.

    Attributes:
        directory: Absolute path of the cluster's directory.
    """

    @property
    def pki(self) -> Path:
        """Authorities, certificates and keys."""
        return self.directory / "pki"

    @property
    def etcd(self) -> Path:
        """The store: all objects of the cluster."""
        return self.directory / "etcd"

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig; there only while the API serves."""
        return self.directory / "kubeconfig"

    @property
    def stages(self) -> Path:
        """The behaviour of simulated objects, as kwok reads it."""
        return self.configuration / "stages.yaml"

    @property
    def command_lock(self) -> Path:
        """Held while `up` or `down` works; made first and removed last, it marks the directory as a cluster's."""
        return self.directory / "command.lock"

    def forget(self) -> None:
        """Removes what says that the cluster runs."""
        self.kubeconfig.unlink(missing_ok=True)
        super().forget()

    def component_kubeconfig(self, name: str) -> Path:
        """Returns the kubeconfig of a component's own identity."""
        return self.configuration / f"{name}.kubeconfig"

    def check(self) -> None:
        """Checks that the directory can be this user's cluster, without making anything.

        Raises:
            ClusterError: The path is too long, no directory, another user's, or holds something else.
        """
        length = len(os.fsencode(self.directory))
        if length > LONGEST_DIRECTORY:
            raise ClusterError(
                f"The cluster's directory has a path of {length} bytes; at most {LONGEST_DIRECTORY} fit. "
                "Give a shorter one with --directory."
            )
        try:
            owner = self.directory.stat().st_uid
        except FileNotFoundError:
            return
        except OSError as error:
            raise ClusterError(_cannot("use", self.directory, error)) from None
        if not self.directory.is_dir():
            raise ClusterError(f"{self.directory} is not a directory. Remove it, or give another --directory.")
        if owner != os.getuid():
            raise ClusterError(
                f"The cluster in {self.directory} belongs to user {_name(owner)}, and you are {_name(os.getuid())}. "
                f"Run this as {_name(owner)}, or give another --directory."
            )
        if self._is_foreign():
            raise ClusterError(
                f"{self.directory} holds files that are no cluster's. Give an empty or a new --directory: "
                "the cluster would change its permissions, and `down --delete-data` would remove it."
            )

    def _is_foreign(self) -> bool:
        """Whether there are files without a cluster's mark. Another `up` or `down` may be at work in the directory.

        An `up` makes the mark first and a `down --delete-data` removes it last, so the files are looked at before and
        after the mark.
        """
        others = [path for path in self.directory.iterdir() if path != self.command_lock]
        return bool(others) and not self.command_lock.exists() and any(path.exists() for path in others)

    def claim(self) -> None:
        """Makes the directory, and marks it as a cluster's.

        Raises:
            ClusterError: It cannot be made or written, or is no cluster's.
        """
        self.check()
        try:
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.directory.chmod(0o700)
            self.command_lock.touch(mode=0o600)
        except OSError as error:
            raise ClusterError(_cannot("write", self.directory, error)) from None

    def prepare(self) -> None:
        """Makes the directories below. Only for the holder of the command lock.

        Raises:
            ClusterError: They cannot be made.
        """
        try:
            for directory in (self.pki, self.configuration, self.logs, self.etcd):
                directory.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise ClusterError(_cannot("write", self.directory, error)) from None

    def remove(self) -> None:
        """Removes everything. Only for the holder of the command lock.

        Raises:
            ClusterError: Something cannot be removed.
        """
        try:
            for path in self.directory.iterdir():
                if path == self.command_lock:
                    continue
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path)
                else:
                    path.unlink()
            # The mark goes last; whoever waits for the lock then makes directory and mark anew.
            self.command_lock.unlink()
            with contextlib.suppress(OSError):
                self.directory.rmdir()
        except OSError as error:
            raise ClusterError(f"Cannot remove {error.filename}: {error.strerror}. Remove it by hand.") from None


def _cannot(verb: str, directory: Path, error: OSError) -> str:
    reason = os.strerror(error.errno) if error.errno else str(error)
    hint = (
        "Give a shorter one" if error.errno == errno.ENAMETOOLONG else "Make it writable for you, or give another one"
    )
    return f"Cannot {verb} the cluster's directory {directory}: {reason}. {hint} with --directory."


def _name(user: int) -> str:
    try:
        return f"{pwd.getpwuid(user).pw_name} (uid {user})"
    except KeyError:
        return f"uid {user}"
