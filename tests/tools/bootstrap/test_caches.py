from pathlib import Path

import pytest

from tools.bootstrap.caches import cache_variables
from tools.bootstrap.workplace import Workplace


def moved(root: Path, **environ: str) -> dict[str, str]:
    return cache_variables(Workplace(root, environ))


def test_caches_stay_where_the_user_has_them(tmp_path: Path) -> None:
    assert moved(tmp_path, HOME=str(tmp_path)) == {}


@pytest.mark.parametrize("home", ["", "/", "/dev/null/home"])
def test_without_a_home_caches_move_into_the_clone(tmp_path: Path, home: str) -> None:
    variables = moved(tmp_path, HOME=home)

    assert variables["GOCACHE"] == f"{tmp_path}/.slate/cache/go-build"
    assert variables["UV_CACHE_DIR"] == f"{tmp_path}/.slate/cache/uv"
    assert variables["GOMODCACHE"] == f"{tmp_path}/.slate/cache/go-mod"


def test_what_the_user_sets_is_kept(tmp_path: Path) -> None:
    variables = moved(tmp_path, HOME="/", GOCACHE="/x", GOMODCACHE="/y", UV_CACHE_DIR="/z")

    assert variables == {}
