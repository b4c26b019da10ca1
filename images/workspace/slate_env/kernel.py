"""Jupyter kernels of environments: they appear in JupyterLab's launcher without a restart."""

import json
import shutil
from pathlib import Path


def folder(home: Path, name: str) -> Path:
    """Where an environment's kernel is registered."""
    return home / ".local/share/jupyter/kernels" / f"slate-{name.lower()}"


def register(home: Path, name: str, prefix: Path) -> bool:
    """Register the environment's kernel, if it has one; else take an old registration away.

    Returns:
        Whether it has a kernel.
    """
    python = prefix / "bin/python"
    if not python.exists() or not list(prefix.glob("lib/python3*/site-packages/ipykernel/__init__.py")):
        unregister(home, name)
        return False
    version = next((path.name[len("python") :] for path in sorted(prefix.glob("lib/python3.*")) if path.is_dir()), "3")
    specification = {
        # -s: packages of `pip install --user` belong to another Python.
        "argv": [str(python), "-s", "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": f"Python {version} ({name})",
        "language": "python",
        "metadata": {"debugger": True, "slate": {"environment": name}},
        "env": {
            "CONDA_PREFIX": str(prefix),
            "PATH": f"{prefix}/bin:/opt/slate/bin:/opt/conda/bin:/usr/local/bin:/usr/bin:/bin",
        },
    }
    target = folder(home, name)
    target.mkdir(parents=True, exist_ok=True)
    (target / "kernel.json").write_text(json.dumps(specification, indent=1) + "\n", encoding="utf-8")
    return True


def unregister(home: Path, name: str) -> None:
    """Take the registration away."""
    shutil.rmtree(folder(home, name), ignore_errors=True)
