"""Texts of documents as HTML: CommonMark descriptions, and highlighted code. No HTML of a document gets through."""

from __future__ import annotations

import json
import re
from functools import cache
from html import unescape

from markdown_it import MarkdownIt
from markupsafe import Markup, escape
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name

from palaver_codegen.documents.tree import Json

_WIDEST = 72
_TAG = re.compile(r"<[^>]+>")


def prose(text: str) -> Markup:
    """Return a CommonMark text, tables included, as HTML; empty for an empty one."""
    html: str = _markdown().render(text)
    # A table that is wider than a telephone scrolls by itself.
    html = html.replace("<table>", '<div class="scrolls" tabindex="0" role="region" aria-label="Table"><table>')
    return Markup(html.replace("</table>", "</table></div>").strip())  # noqa: S704 - the parser escapes


def phrase(text: str) -> Markup:
    """Return a CommonMark text of one paragraph as HTML without the paragraph."""
    html: str = _markdown().renderInline(" ".join(text.split()))
    return Markup(html)  # noqa: S704 - the parser escapes


def bare(text: str) -> str:
    """Return a CommonMark text in one line, without its marks."""
    return " ".join(unescape(_TAG.sub("", phrase(text))).split())


def code(source: str, language: str) -> Markup:
    """Return code as highlighted HTML: spans with Pygments' short class names."""
    html: str = highlight(source, _lexer(language), _formatter())
    return Markup(html.rstrip("\n"))  # noqa: S704 - the formatter escapes


def as_json(value: Json) -> str:
    """Return a value as JSON that is easy to read: what fits on a line stands on one."""
    return _written(value, 0)


def _written(value: Json, indent: int) -> str:
    line = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or not value:
        return line
    if len(line) + indent <= _WIDEST and not (isinstance(value, dict) and indent == 0 and len(value) > 1):
        return line if isinstance(value, list) else "{ " + line[1:-1] + " }"
    inner = " " * (indent + 2)
    if isinstance(value, dict):
        lines = [
            f"{inner}{json.dumps(key, ensure_ascii=False)}: {_written(each, indent + 2)}" for key, each in value.items()
        ]
        return "{\n" + ",\n".join(lines) + "\n" + " " * indent + "}"
    lines = [inner + _written(each, indent + 2) for each in value]
    return "[\n" + ",\n".join(lines) + "\n" + " " * indent + "]"


@cache
def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    # A picture would be fetched from wherever it is; its text is shown instead.
    markdown.add_render_rule("image", lambda _self, tokens, index, *_: str(escape(tokens[index].content)))
    return markdown


@cache
def _formatter() -> HtmlFormatter[str]:
    # It looks up the style of every kind of token when it is made.
    return HtmlFormatter(nowrap=True)


@cache
def _lexer(language: str) -> Lexer:
    return get_lexer_by_name(language)
