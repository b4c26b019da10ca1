"""Writes a comment as a page of its own, much as a browser shows it below a pull request."""

import html
import re

from markdown_it import MarkdownIt

STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h3 { border-bottom: 1px solid #8885; padding-bottom: .3em; }
table { border-collapse: collapse; display: block; overflow-x: auto; }
th, td { border: 1px solid #8885; padding: .35em .7em; text-align: left; vertical-align: top; }
th { background: #8882; }
code { background: #8882; border-radius: .3em; padding: .15em .35em; font: 85% ui-monospace, monospace; }
pre { background: #8881; border-radius: .4em; overflow-wrap: anywhere; white-space: pre-wrap; padding: .8em; }
pre code { background: none; padding: 0; }
details { margin: 1em 0; }
summary { cursor: pointer; font-weight: 600; }
.added { color: #1a7f37; } .removed { color: #cf222e; }
@media (prefers-color-scheme: dark) { .added { color: #3fb950; } .removed { color: #f85149; } }
"""
_BLOCK = re.compile(r'(<pre><code class="language-diff">)(.*?)(</code></pre>)', re.DOTALL)


def page(comment: str, title: str) -> str:
    """An HTML page of a comment.

    Args:
        comment: Markdown whose texts are escaped already; what HTML it has is our own.
        title: Of the page.
    """
    body = MarkdownIt("commonmark", {"html": True}).enable("table").render(comment)
    body = _BLOCK.sub(lambda match: match[1] + _coloured(match[2]) + match[3], body)
    head = f'<meta charset="utf-8">\n<title>{html.escape(title)}</title>\n<style>{STYLE}</style>'
    return f'<!doctype html>\n<html lang="en">\n<head>\n{head}\n</head>\n<body>\n{body}</body>\n</html>\n'


def _coloured(text: str) -> str:
    names = {"+": "added", "-": "removed"}
    lines = text.split("\n")
    return "\n".join(f'<span class="{names[line[0]]}">{line}</span>' if line[:1] in names else line for line in lines)
