"""Which download hosts answer. Each is asked once a run, all at the same time, and none may cost more than seconds."""

import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

PROBE_SECONDS = 3.0


@dataclass(frozen=True)
class Host:
    """A place where releases are published; `variable` lets a site name its own mirror."""

    base: str
    variable: str


HOSTS: Mapping[str, Host] = {
    "pulumi": Host("https://get.pulumi.com", "SLATE_MIRROR_PULUMI"),
    "github": Host("https://github.com", "SLATE_MIRROR_GITHUB"),
    "kubernetes": Host("https://dl.k8s.io", "SLATE_MIRROR_KUBERNETES"),
}


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    # A redirect is an answer; following it would only cost time.
    def redirect_request(self, *_args: object, **_kwargs: object) -> None:
        return None


def reason(error: BaseException) -> str:
    """Put a network error into a few words."""
    cause = getattr(error, "reason", None) or error
    if isinstance(cause, TimeoutError):
        return "no answer in time"
    text = getattr(cause, "strerror", None) or str(cause)
    return text or type(cause).__name__


class Reachability:
    """Answers, once known, are kept for the run: a host that failed is not asked again."""

    def __init__(self, environ: Mapping[str, str], *, offline: bool, seconds: float = PROBE_SECONDS) -> None:
        self._bases = {name: (environ.get(host.variable) or host.base).rstrip("/") for name, host in HOSTS.items()}
        self._offline = offline
        self._seconds = seconds
        self._lock = threading.Lock()
        self._probes: dict[str, tuple[threading.Event, float]] = {}
        self._problems: dict[str, str] = {}

    def base(self, name: str) -> str:
        """Return the address below which a host's releases lie."""
        return self._bases[name]

    def host(self, name: str) -> str:
        """Return a host's name as the user knows it."""
        return urlsplit(self._bases[name]).netloc or self._bases[name]

    def start(self, names: Iterable[str]) -> None:
        """Begin to ask hosts, in the background."""
        for name in names:
            with self._lock:
                if self._offline or name in self._probes:
                    continue
                answered = threading.Event()
                self._probes[name] = (answered, time.monotonic() + self._seconds)
            # A daemon thread, since a name look-up can neither be timed out nor stopped.
            threading.Thread(target=self._probe, args=(name, answered), daemon=True).start()

    def problem(self, name: str) -> str:
        """Return why a host cannot be used, or an empty string; waits for the answer, for seconds at most."""
        if self._offline:
            return "downloads are off (SLATE_OFFLINE)"
        self.start([name])
        answered, deadline = self._probes[name]
        answered.wait(max(0.0, deadline - time.monotonic()))
        with self._lock:
            if not answered.is_set():
                self._problems.setdefault(name, f"no answer within {self._seconds:g} s")
            return self._problems.get(name, "")

    def failed(self, name: str, why: str) -> None:
        """Remember for the rest of the run that a host cannot be used."""
        with self._lock:
            self._problems.setdefault(name, why)

    def _probe(self, name: str, answered: threading.Event) -> None:
        request = urllib.request.Request(self._bases[name], method="HEAD")  # noqa: S310 - set by us or the user
        opener = urllib.request.build_opener(_NoRedirect)
        problem = ""
        try:
            with opener.open(request, timeout=self._seconds):
                pass
        except urllib.error.HTTPError as error:
            error.close()  # whatever the status is, the host answered
        except (OSError, ValueError) as error:
            problem = reason(error)
        except Exception as error:  # http.client has errors of its own for answers that are no HTTP
            problem = f"not an HTTP answer ({type(error).__name__})"
        with self._lock:
            if problem:
                self._problems.setdefault(name, problem)
        answered.set()
