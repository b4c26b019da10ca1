from pathlib import Path

import pytest

from tools.bootstrap.failures import build_failure, log_tail


def test_the_tail_is_the_last_lines_without_empty_ones(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("".join(f"line {number}\n\n" for number in range(100_000)))

    assert log_tail(log, 3) == ["line 99997", "line 99998", "line 99999"]


def test_no_log_has_no_tail(tmp_path: Path) -> None:
    assert log_tail(tmp_path / "none") == []


@pytest.mark.parametrize(
    ("line", "advice"),
    [
        ("write /x: no space left on device", "Free some disk space"),
        ("verifying module: checksum mismatch", "Do not go on"),
        ("THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE", "Do not go on"),
        ("dial tcp: lookup proxy: no such host", "GOPROXY"),
        ("error: Failed to fetch: `https://x/simple/uv/`", "UV_DEFAULT_INDEX"),
        ("/usr/bin/link: signal: killed", "ran out of memory"),
        ("open /x: permission denied", "must belong to you"),
        ("main.go:3: syntax error", "python3 -m tools.bootstrap ensure kubernetes"),
    ],
)
def test_the_message_says_what_to_do(tmp_path: Path, line: str, advice: str) -> None:
    log = tmp_path / "kubernetes.log"
    log.write_text(f"$ go build\n{line}\n")

    text = str(build_failure("kubernetes", ["/usr/local/go/bin/go", "build", "-v"], 1, log))

    assert text.startswith(f"go build ended with exit code 1. The last lines of {log}:")
    assert f"    | {line}\n" in text
    assert advice in text


def test_a_signal_is_named(tmp_path: Path) -> None:
    assert "go build was ended by SIGKILL." in str(build_failure("x", ["go", "build"], -9, tmp_path / "log"))
