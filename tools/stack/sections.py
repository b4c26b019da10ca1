"""Gives a section of a stack file another content."""

import yaml

from tools.stack import yaml_text
from tools.stack.problem import StackProblem


def replace_section(text: str, section: str, value: object, source: str) -> str:
    """Give one section of settings another content, and leave the rest of the file as it is.

    Args:
        text: The stack file.
        section: Its key below `config`, such as `slate:nodePools`.
        value: The new content.
        source: The file's name, for messages.

    Raises:
        StackProblem: The file is written in a way in which that cannot be done.
    """
    expected = yaml.safe_load(text) or {}
    expected["config"] = {**(expected.get("config") or {}), section: value}
    try:
        replaced = yaml_text.with_section(text, ("config",), section, value)
        kept = yaml.safe_load(replaced) == expected
    except yaml.YAMLError:
        kept = False
    if not kept:
        raise StackProblem(f"{source}: write `config:` and {section} as plain blocks, as the other stack files do.")
    return replaced
