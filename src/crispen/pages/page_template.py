"""Fills the HTML pages in this folder: Jinja2 templates, built from web/src by `npm run pages` in web/."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from crispen.pages.svg_plot import typeset

_FOLDER = Path(__file__).parent


def render_page(name: str, **values: object) -> str:
    """Fills the template `name` with `values`; all values are escaped, except those that are `Markup`.

    Returns:
        The page. It can be encoded as UTF-8: surrogates, which file names may contain, are replaced by "?".

    Raises:
        jinja2.UndefinedError: The template uses a value that was not given.
    """
    page = _environment().get_template(name).render(values)
    return page.encode("utf-8", "replace").decode("utf-8")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.policies["json.dumps_kwargs"] = {}  # the default sorts keys
    environment.filters["typeset"] = typeset
    return environment
