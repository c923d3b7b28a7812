"""Hooks of MkDocs: pages generated from the source, and links that leave `docs`.

README.md, CONTRIBUTING.md and others become pages. The `--help` of every command becomes the command reference. The
source files stay plain Markdown with links that work in a checkout; this hook rewrites the links for the site. A link
to a XX"""

from __future__ import annotations

import argparse
import importlib
import logging
import os
import posixpath
import re
from collections.abc import Iterator
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from crispen.apps.cli import COMMANDS

ROOT = Path(__file__).parent.parent
PAGES = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "CHANGELOG.md": "changelog.md",
    "web/README.md": "web_library.md",
}  # a file of the checkout -> its page
LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s#]*)(#[^)\s]*)?\)")
MAPS = ("CONTRIBUTING.md", "docs/house.md")  # every path in them must exist, from the root or from src/crispen
PATH = re.compile(r"(?<![\w/.-])((?:[\w.-]+/)+(?:[\w-]+\.(?:py|md|toml|html))?)(?![\w/])")
LOADED = re.compile(r"""<(?:script|img|iframe|link)\b[^>]*\b(?:src|href)=["']?(?:https?:)?//[^"'> ]+|@import[^;]*//""")
log = logging.getLogger("mkdocs.hooks.docs_site")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    for source, page in PAGES.items():
        files.append(File.generated(config, page, content=(ROOT / source).read_text("utf-8")))
    files.append(File.generated(config, "reference/commands.md", content=command_reference()))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turns links between files of the checkout into links between pages."""
    origin = next((name for name, target in PAGES.items() if target == page.file.src_uri), f"docs/{page.file.src_uri}")
    if origin in MAPS:
        for path in sorted(set(PATH.findall(markdown))):
            if "NAME" not in path and not (ROOT / path).exists() and not (ROOT / "src/crispen" / path).exists():
                log.warning(f"{origin} names {path}, which does not exist")
    return LINK.sub(lambda match: site_link(match, origin, page.file.src_uri), markdown)


def site_link(match: re.Match[str], origin: str, page: str) -> str:
    """The link as the page of `origin`, a file of the checkout, has it."""
    mark, text, target, anchor = match[1], match[2], match[3], match[4] or ""
    if not target or ":" in target:
        return match[0]
    path = posixpath.normpath(posixpath.join(posixpath.dirname(origin), target))
    if path in PAGES or path.startswith("docs/"):
        there = PAGES.get(path) or path.removeprefix("docs/")
        return f"{mark}[{text}]({posixpath.relpath(there, posixpath.dirname(page) or '.')}{anchor})"
    if path == "reference" or page.startswith("reference/"):
        return match[0]
    if not (ROOT / path).exists():
        log.warning(f"{origin} links to {path}, which does not exist")
    return text if path in text else f"{text} (`{path}`)"


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    for found in LOADED.findall(output):
        if 'rel="canonical"' not in found:
            log.warning(f"{page.file.src_uri} would load from the network: {found}")
    return output


def command_reference() -> str:
    os.environ["COLUMNS"] = "100"
    lines = ["# Commands", "", "Exit status: 0 done, 1 failed, 2 wrong usage, 70 a bug, 130 interrupted.", ""]
    for name in COMMANDS:
        parser = argparse.ArgumentParser(prog=f"crispen {name}", description=COMMANDS[name].capitalize() + ".")
        importlib.import_module(f"crispen.apps.{name}").add_arguments(parser)
        for each in with_verbs(parser):
            lines += [f"## `{each.prog}`", "", "```text", each.format_help().rstrip(), "```", ""]
    return "\n".join(lines)


def with_verbs(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """The parser itself and those of its subcommands."""
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices.values()
