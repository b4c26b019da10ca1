"""Messages say on which line of the file a problem lies."""

import pytest

from tests.settings.test_load import refused


def test_messages_name_the_lines_of_the_file(tmp_path):
    file = tmp_path / "Pulumi.test.yaml"
    file.write_text(
        "# A comment\n"
        "config:\n"
        "  slate:domain: Slate\n"
        "  slate:registry:\n"
        "    host: registry.example.com\n"
        "  slate:nodePools:\n"
        "    - name: cpu\n",
        encoding="utf-8",
    )
    values = {"domain": "Slate", "registry": {"host": "registry.example.com"}, "nodePools": [{"name": "cpu"}]}

    text = str(refused(values, str(file)))

    assert "  domain (line 3): " in text
    assert "  nodePools[0] (cpu).backend (line 7): is missing" in text


@pytest.mark.parametrize("content", ["config: [", "- a", "config:\n  slate:domain: other\n", "\tx"])
def test_lines_are_left_out_when_the_file_does_not_hold_the_values(tmp_path, content: str):
    file = tmp_path / "Pulumi.test.yaml"
    file.write_text(content, encoding="utf-8")

    assert "(line" not in str(refused({"domain": "Slate"}, str(file)))
