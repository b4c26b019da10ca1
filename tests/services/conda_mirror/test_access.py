"""Who may read from the servers."""

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services.conda_mirror.support import (
    PATIENCE,
    get,
    run,
    serving,
    start,
)

BIG = "main/linux-64/big-1.0-0.conda"
INDEX = "main/noarch/repodata.json"


class TestToken:
    TOKEN = "made-up-token"

    @pytest.fixture
    def token_file(self, tmp_path: Path) -> Path:
        path = tmp_path / "token"
        path.write_text(f"{self.TOKEN}\n")
        return path

    @pytest.fixture
    def base(self, mirror: Path, token_file: Path) -> Iterator[str]:
        with serving("serve", "--root", mirror, "--token-file", token_file) as (url, _):
            yield url

    @staticmethod
    def _basic(password: str) -> dict[str, str]:
        return {"Authorization": "Basic " + base64.b64encode(f"user:{password}".encode()).decode()}

    def test_as_clients_send_it(self, base: str) -> None:
        assert get(f"{base}/latest/{INDEX}", {"Authorization": f"Bearer {self.TOKEN}"}).status == 200
        assert get(f"{base}/latest/{INDEX}", self._basic(self.TOKEN)).status == 200
        assert get(f"{base}/t/{self.TOKEN}/latest/{INDEX}").status == 200

    def test_none_or_another(self, base: str) -> None:
        wrong = [{}, {"Authorization": "Bearer wrong"}, self._basic("wrong"), {"Authorization": "Basic %%%"}]
        answers = [get(f"{base}/latest/{INDEX}", headers) for headers in wrong]
        answers.append(get(f"{base}/t/wrong/latest/{INDEX}"))
        answers.append(get(f"{base}/t//latest/{INDEX}"))

        assert {answer.status for answer in answers} == {401}
        assert all("www-authenticate" in answer.headers for answer in answers)

    def test_health_and_metrics_need_none(self, base: str) -> None:
        assert [get(f"{base}/{path}").status for path in ("healthz", "readyz", "metrics")] == [200] * 3

    def test_is_kept_from_shared_caches(self, base: str) -> None:
        answer = get(f"{base}/t/{self.TOKEN}/latest/{BIG}")

        assert answer.headers["cache-control"].startswith("private, ")

    def test_can_be_replaced_while_running(self, base: str, token_file: Path) -> None:
        token_file.write_text("another")

        assert get(f"{base}/latest/{INDEX}", {"Authorization": f"Bearer {self.TOKEN}"}).status == 401
        assert get(f"{base}/latest/{INDEX}", {"Authorization": "Bearer another"}).status == 200

    def test_an_empty_one_lets_nobody_in(self, base: str, token_file: Path) -> None:
        token_file.write_text("")

        assert get(f"{base}/latest/{INDEX}", {"Authorization": "Bearer "}).status == 401

    def test_an_empty_one_is_refused_at_the_start(self, mirror: Path, tmp_path: Path) -> None:
        (tmp_path / "empty").write_text("\n")

        done = run("serve", "--root", mirror, "--token-file", tmp_path / "empty", "--port", "0")

        assert done.returncode == 1
        assert "the token file is empty" in done.stderr

    def test_is_not_written_down(self, mirror: Path, token_file: Path) -> None:
        with start("serve", "--root", mirror, "--token-file", token_file, "--port", "0", "--verbose") as process:
            assert process.stdout is not None
            base = process.stdout.readline().split("serving on ")[1].strip()
            assert get(f"{base}/t/{self.TOKEN}/latest/{INDEX}").status == 200
            process.terminate()
            output, errors = process.communicate(timeout=PATIENCE)
        assert f"/latest/{INDEX} 200" in errors
        assert self.TOKEN not in output + errors
