"""Backend `managed`: the user's own function creates the cloud's node pool."""

import importlib
from collections.abc import Callable
from typing import Any

import pulumi

from components.node_pool.args import NodePoolArgs
from components.node_pool.contract import pool_labels, pool_taints

Factory = Callable[..., Any]


def load_factory(path: str) -> Factory:
    """Find the function that creates a pool.

    Args:
        path: `module:function`; the module must be importable from the folder of the program.

    Raises:
        ValueError: The path has no such form, or the module or function is missing or not callable.
    """
    module_name, _, function_name = path.partition(":")
    if not module_name or not function_name:
        raise ValueError(f"factory {path!r} must be written as 'module:function'")
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        raise ValueError(
            f"factory {path!r}: module {module_name!r} cannot be imported ({error}); "
            f"put {module_name}.py beside __main__.py"
        ) from error
    function = getattr(module, function_name, None)
    if not callable(function):
        raise ValueError(f"factory {path!r}: module {module_name!r} has no function {function_name!r}")
    return function


def create(args: NodePoolArgs, parent: pulumi.Resource) -> Any:
    """Call the factory with all that the cloud's pool must bear.

    The function gets `name`, `args`, `labels`, `taints`, `options` and `parent`; it returns anything, or nothing.
    """
    factory = load_factory(args["backend"].get("factory") or "")
    return factory(
        name=args["name"],
        args=args,
        labels=pool_labels(args),
        taints=pool_taints(args),
        options=dict(args["backend"].get("options") or {}),
        parent=parent,
    )
