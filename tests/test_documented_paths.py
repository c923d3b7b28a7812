"""Source files that the documentation names exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("web/*.md"), *ROOT.glob("callbench/*.md")]
FILE = re.compile(r"`([\w./-]+/[\w.-]+\.(?:py|ts))(?::[\w.]+)?`")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_files_a_page_names_exist(page):
    named = {name for name in FILE.findall(page.read_text(encoding="utf-8")) if "NAME" not in name}
    roots = (ROOT, ROOT / "src" / "crispen", ROOT / "web", ROOT / "web" / "src", page.parent)
    assert [name for name in sorted(named) if not any((root / name).exists() for root in roots)] == []
