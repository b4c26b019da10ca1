import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tools.lock.support import URL, Site, write_channel
from tools.lock.cli import main
from tools.paths import ROOT


def arguments(site: Site, command: str, *more: str) -> list[str]:
    return [
        command,
        *("--channel", "tiny"),
        *("--out", str(site.locks)),
        *("--environments", str(site.folder / "environments")),
        *("--layers", str(site.folder / "layers.yml")),
        *("--platform-environment", str(site.folder / "platform.yml")),
        *more,
    ]


def where(site: Site) -> list[str]:
    return ["--url", URL, "--source", site.channel.as_uri()]


def test_make_then_check(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    made = main(arguments(site, "make", *where(site)))
    checked = main(arguments(site, "check"))

    out = capsys.readouterr().out
    assert (made, checked) == (0, 0)
    assert "4 of 4 locks made" in out
    assert f"all 4 locks fit: {site.locks}" in out


def test_a_lock_that_does_not_fit_is_exit_code_1(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    main(arguments(site, "make", *where(site)))
    site.environment("default", "web-client")

    code = main(arguments(site, "check"))

    assert code == 1
    assert "make lock CHANNEL=tiny" in capsys.readouterr().err


def test_a_denied_licence_is_exit_code_1(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.environment("copied", "copyleft")
    main(arguments(site, "make", *where(site)))

    code = main(arguments(site, "sbom", "--deny-licence", "AGPL-3.0-only"))

    assert code == 1
    assert "copyleft 1.0" in capsys.readouterr().err


def test_a_channel_without_address_is_asked_for(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(arguments(site, "make"))

    assert code == 1
    assert "say where it is with --url" in capsys.readouterr().err


def test_the_address_of_the_last_time_is_used_again(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    main(arguments(site, "make", *where(site)))
    site.environment("default", "web-client")

    code = main(arguments(site, "make", "--source", site.channel.as_uri()))

    assert code == 0
    assert "1 of 4 locks made" in capsys.readouterr().out
    assert "web-client" in site.versions("default")


def test_a_second_channel_has_what_the_first_lacks(site: Site) -> None:
    write_channel(site.folder / "second", [("extra", "1.0", ("python",)), ("tool", "9.0", ())])
    site.environment("default", "extra")
    second = f"second={(site.folder / 'second').as_uri()}"

    code = main(arguments(site, "make", *where(site), "--more-channels", second))

    assert code == 0
    assert (site.versions("default")["extra"], site.versions("default")["tool"]) == ("1.0", "1.0")
    assert [channel["name"] for channel in site.index()["options"]["channels"]] == ["tiny", "second"]
    assert main(arguments(site, "check")) == 0


def test_bills_of_materials_without_locks(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(arguments(site, "sbom"))

    assert code == 1
    assert "no locks here yet" in capsys.readouterr().err


def test_unknown_commands_are_exit_code_2() -> None:
    with pytest.raises(SystemExit) as raised:
        main(["solve"])

    assert raised.value.code == 2


def test_as_a_program(site: Site) -> None:
    command = [sys.executable, "-m", "tools.lock", *arguments(site, "make", *where(site))]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=dict(os.environ))

    assert result.returncode == 0, result.stderr
    assert Path(site.locks / "default.lock").exists()
