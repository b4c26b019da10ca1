import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tools.lock.support import PACKAGES, URL, Site, write_channel
from tools.fixture_channel import FixtureChannel
from tools.lock.cli import main
from tools.lock.fixture import options_of
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


def test_a_folder_without_index_is_no_channel(
    site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    committed = site.folder / "committed"
    (committed / "conda-forge").mkdir(parents=True)
    (committed / "conda-forge" / ".lock").touch()
    monkeypatch.setattr("tools.lock.cli.COMMITTED", committed)
    monkeypatch.setattr("tools.lock.cli.OWN", site.folder / "own")

    code = main(["check"])

    assert code == 0
    assert "no locks here yet" in capsys.readouterr().out


def test_options_of_the_last_time_hold_until_given_anew(site: Site) -> None:
    site.packages([*PACKAGES, ("mamba", "2.5", ("python",)), ("conda", "26.1", ("python",))])
    given = ["--package-manager", "mamba", "--exclude-newer", "2025-01-02", "--deny-licence", "GPL-3.0-only"]
    main(arguments(site, "make", *where(site), *given))
    first = site.content()

    main(arguments(site, "make", *where(site)))
    again = site.content()
    main(arguments(site, "make", *where(site), "--package-manager", "conda", "--deny-licence", "AGPL-3.0-only"))
    anew = site.index()["options"]
    main(arguments(site, "make", *where(site), "--forget"))
    forgotten = site.index()["options"]

    keys = ("packageManager", "excludeNewer", "denyLicences")
    assert again == first
    assert [anew[key] for key in keys] == ["conda", "2025-01-02", ["AGPL-3.0-only"]]
    assert [forgotten[key] for key in keys] == ["none", None, []]


def test_a_licence_denied_last_time_is_denied_still(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    main(arguments(site, "make", *where(site), "--deny-licence", "AGPL-3.0-only"))
    site.environment("copied", "copyleft")

    code = main(arguments(site, "make", *where(site)))

    assert code == 1
    assert "copyleft 1.0" in capsys.readouterr().err


def test_the_fixture_s_options_hold_too(
    site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    channel = FixtureChannel(site.channel, "key", "linux-64", ("3.10", "3.12"), {}, "2.36")
    monkeypatch.setattr("tools.lock.cli.fixture_options", lambda *_: options_of(channel, site.folder))
    site.packages([*PACKAGES, ("mamba", "2.5", ("python",))])
    make = [*arguments(site, "make"), "--channel", "fixture"]
    given = ["--package-manager", "mamba", "--exclude-newer", "2025-01-02", "--deny-licence", "GPL-3.0-only"]
    main([*make, *given])
    first = site.content()

    code = main(make)

    assert code == 0
    assert site.content() == first
    assert "all 4 locks fit" in capsys.readouterr().out
    assert site.index()["options"]["content"] == "key"


def test_the_fixture_s_content_is_always_that_of_now(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    make = [*arguments(site, "make"), "--channel", "fixture"]
    for key in ("before", "now"):
        channel = FixtureChannel(site.channel, key, "linux-64", ("3.10", "3.12"), {}, "2.36")
        monkeypatch.setattr("tools.lock.cli.fixture_options", lambda *_, at=channel: options_of(at, site.folder))
        main(make)

    assert site.index()["options"]["content"] == "now"


def test_the_fixture_with_more_channels_keeps_them_until_told_to_forget(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = FixtureChannel(site.channel, "key", "linux-64", ("3.10", "3.12"), {}, "2.36")
    monkeypatch.setattr("tools.lock.cli.fixture_options", lambda *_: options_of(channel, site.folder))
    write_channel(site.folder / "second", [("extra", "1.0", ("python",))])
    make = [*arguments(site, "make"), "--channel", "fixture"]
    names = []

    for more in (["--more-channels", f"second={(site.folder / 'second').as_uri()}"], [], ["--forget"]):
        assert main([*make, *more]) == 0
        names.append([channel["name"] for channel in site.index()["options"]["channels"]])

    assert names == [["fixture", "second"], ["fixture", "second"], ["fixture"]]
