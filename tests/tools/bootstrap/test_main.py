import ast

import pytest

from tools.bootstrap.__main__ import too_old
from tools.paths import ROOT


@pytest.mark.parametrize("version", [(3, 11), (3, 12, 1), (4, 0)])
def test_new_enough(version: tuple[int, ...]) -> None:
    assert too_old(version) == ""


@pytest.mark.parametrize("version", [(3, 10, 13), (3, 6), (2, 7, 18)])
def test_an_old_python_is_told_what_to_do(version: tuple[int, ...]) -> None:
    message = too_old(version)

    assert message.startswith("Slate needs Python 3.11 or newer; ")
    assert f"is Python {version[0]}.{version[1]}" in message
    assert "make up PYTHON=" in message


@pytest.mark.parametrize("name", ["tools/bootstrap/__main__.py", "tools/bootstrap/__init__.py", "tools/__init__.py"])
def test_what_runs_before_the_check_parses_on_old_pythons(name: str) -> None:
    tree = ast.parse((ROOT / name).read_text(encoding="utf-8"), feature_version=(3, 6))

    newer = [node for node in ast.walk(tree) if isinstance(node, ast.NamedExpr | ast.Match | ast.JoinedStr)]
    assert newer == []
