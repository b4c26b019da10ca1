"""A Prometheus of a benchmark's own: with a past that is made up, and what it tells of its work."""

import json
import os
import re
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tools.bench import measure
from tools.cluster import ports
from tools.cluster.ports import ADDRESS
from tools.observability import health
from tools.paths import BIN

_PATIENCE = 120.0
_PROCESSOR = re.compile(r"^process_cpu_seconds_total (\S+)$", re.MULTILINE)


class Prometheus:
    """One in a folder of its own, on a free port.

    Args:
        work: The folder; it keeps its data in `data` there.
        retention: How long it keeps data, such as `45d`.
    """

    def __init__(self, work: Path, retention: str) -> None:
        self._work, self._retention = work, retention
        self.port = ports.choose({}, names=("prometheus",))["prometheus"]

    def fill(self, lines: Iterable[str], what: str, say: Callable[[str], None]) -> int:
        """Writes a past into blocks.

        Args:
            lines: Lines of an OpenMetrics file.
            what: What it is a past of, for the message.
            say: Takes the message.

        Returns:
            How many samples it has.

        Raises:
            MeasureError: promtool does not take it.
        """
        source, count = self._work / "past.om", 0
        with source.open("w", encoding="utf-8") as stream:
            for line in lines:
                stream.write(line + "\n")
                count += not line.startswith("#")
        say(f"{count:,} samples of {what}: made into blocks, which takes a while")
        # One long block (a hidden option): promtool reads the whole text once for each block, usually of two hours.
        command = [str(BIN / "promtool"), "tsdb", "create-blocks-from", "--max-block-duration=1440h", "openmetrics"]
        measure.run([*command, str(source), str(self._work / "data")], cwd=self._work, environment=os.environ)
        source.unlink()
        return count

    @contextmanager
    def running(self, configuration: Mapping[str, Any]) -> Iterator[None]:
        """Runs it from when it is ready to the end of the block.

        Raises:
            MeasureError: It does not get ready.
        """
        written = self._work / "prometheus.yml"
        written.write_text(json.dumps(configuration), encoding="utf-8")
        command = (
            str(BIN / "prometheus"),
            f"--config.file={written}",
            f"--storage.tsdb.path={self._work / 'data'}",
            f"--storage.tsdb.retention.time={self._retention}",
            f"--web.listen-address={ADDRESS}:{self.port}",
            "--log.level=warn",
        )
        log = self._work / "prometheus.log"
        with log.open("wb") as stream:
            process = subprocess.Popen(command, stdout=stream, stderr=stream)
        try:
            deadline = time.monotonic() + _PATIENCE
            while health.get(self.port, "/-/ready") is None:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise measure.MeasureError(f"Prometheus is not ready:\n{log.read_text(encoding='utf-8')[-3000:]}")
                time.sleep(0.1)
            yield
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def metrics(self) -> str:
        """Its own metrics; empty while it does not answer."""
        return (health.get(self.port, "/metrics") or b"").decode()


def processor_seconds(metrics: str) -> float | None:
    """Processor seconds that it has used, by its own metrics."""
    found = _PROCESSOR.search(metrics)
    return float(found[1]) if found else None
