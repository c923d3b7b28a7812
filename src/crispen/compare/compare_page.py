"""One HTML page that holds two pictures or videos, perhaps their truth, and a divider to draw between them."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Sequence
from dataclasses import dataclass

from crispen.errors import CrispenError
from crispen.image.browser_image import Embedded
from crispen.pages.page_template import filled, part

HEAVY = 100_000_000  # bytes of a page from which browsers get slow, phones first


@dataclass(frozen=True)
class View:
    """What is shown on one side. label: the user's word for it. name: of the file. content: the file for browsers."""

    label: str
    name: str
    content: Embedded


def shared_size(sizes: Sequence[tuple[str, tuple[int, int]]]) -> tuple[int, int]:
    """Width and height of the largest of `sizes` (name, (width, height)), to which the others are scaled.

    Raises CrispenError, with the names, unless the sides of each have exactly the same ratio.
    """
    largest, (width, height) = max(sizes, key=lambda named: named[1])
    for name, (own_width, own_height) in sizes:
        if own_width * height != own_height * width:
            raise CrispenError(
                f"{largest} is {width}x{height} and {name} {own_width}x{own_height}: "
                "neither is the other made smaller; crop or scale one of them first"
            )
    return width, height


def page_size(views: Sequence[View]) -> int:
    """Bytes that the page will have, but for a few thousand."""
    return sum((len(view.content.data) + 2) // 3 * 4 for view in views)


def page(views: Sequence[View]) -> str:
    """The page for `views`: what lies left of the divider, right of it and, if there is a third, the truth.

    All are pictures, or all are videos (those whose content has times). The page loads nothing from anywhere, and
    forbids the browser to. Raises CrispenError if the sizes do not fit, ValueError if there are not 2 or 3 views.
    """
    if len(views) not in (2, 3):
        raise ValueError(f"2 or 3 views, not {len(views)}")
    size = shared_size([(view.name, view.content.size) for view in views])
    labels = [view.label for view in views]
    config = {
        "size": size,
        "labels": labels,
        "videos": [
            {"times": [round(time, 6) for time in view.content.times], "end": round(view.content.end, 6)}
            for view in views
            if view.content.times
        ],
    }
    scripts = ["stage", "player", "controls"] if config["videos"] else ["stage", "controls"]
    parts = {
        "TITLE": html.escape(f"{labels[0]} | {labels[1]}"),
        "STYLE": part("compare_colours.css") + part("compare.css"),
        "SCRIPT": "\n".join(part(f"compare_{name}.js") for name in scripts),
        "PANES": "\n".join(_pane(index, view, size) for index, view in enumerate(views)),
        "FACTS": "\n".join(_facts(index, view, size) for index, view in enumerate(views)),
        "CLOCK": _clock(views),
        "KIND": f"{'video' if config['videos'] else 'picture'}{' with-truth' if len(views) == 3 else ''}",
        "CONFIG": json.dumps(config).replace("<", "\\u003c"),  # or a label could end the script
    }
    return filled("compare.html", parts)


def _pane(index: int, view: View, size: tuple[int, int]) -> str:
    """A picture as a data URL, or a video as base64 of which the script makes a blob: phones do not play data URLs."""
    content, label = view.content, html.escape(view.label)
    data = base64.b64encode(content.data).decode("ascii")
    scaled = " scaled" if content.size != size else ""
    name = label if view.name == view.label else f"{label} ({html.escape(view.name)})"
    if content.times:
        media = (
            f'<video class="media{scaled}" muted playsinline disablepictureinpicture tabindex="-1" aria-label="{name}">'
            f'</video><script type="text/plain" data-mime="{content.mime}">{data}</script>'
        )
    else:
        media = (
            f'<img class="media{scaled}" alt="{name}" draggable="false" src="data:{content.mime};base64,{data}"'
            f' width="{content.size[0]}" height="{content.size[1]}">'
        )
    side = ("before", "after", "truth")[index]
    return f'<div class="pane {side}">{media}<span class="label" aria-hidden="true">{label}</span></div>'


def _facts(index: int, view: View, size: tuple[int, int]) -> str:
    """A line on what is shown, and all that is not as it is in the file."""
    content = view.content
    said = [f"{content.size[0]}x{content.size[1]}"]
    if content.size != size:
        said.append(f"shown enlarged {size[0] / content.size[0]:.4g} times to {size[0]}x{size[1]}")
    if content.times:
        said.append(f"{len(content.times)} frame{'s'[: len(content.times) > 1]} in {content.end:.2f} s")
    said += [content.how, file_size(len(content.data)), *content.notes]
    file = "" if view.name == view.label else f"{html.escape(view.name)}: "
    return f"<li><b>{html.escape(view.label)}</b> {file}{html.escape(', '.join(filter(None, said)))}</li>"


def _clock(views: Sequence[View]) -> str:
    """A line if the videos do not have their frames at the same times."""
    first = views[0].content
    half = first.end / max(1, len(first.times)) / 2
    for view in views[1:]:
        times = view.content.times
        if len(times) != len(first.times) or any(
            abs(one - other) > half for one, other in zip(times, first.times, strict=True)
        ):
            text = f"{view.label} has its frames at other times than {views[0].label}, whose clock counts."
            return f"<li>{html.escape(text)}</li>"
    return ""


def file_size(count: int) -> str:
    """Bytes in the words of a file manager: 407 kB, 1.2 MB."""
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.0f} kB"
