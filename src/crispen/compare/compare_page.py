"""One HTML page with two pictures or videos, a divider between them and, optionally, their truth."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from crispen.compare.browser_image import BrowserMedia
from crispen.errors import CrispenError
from crispen.pages.page_template import render_page

HEAVY = 100_000_000  # bytes of a page above which browsers become slow, phones first


@dataclass(frozen=True)
class View:
    """What is shown on one side. label: its title. name: of the file. content: the file as browsers read it."""

    label: str
    name: str
    content: BrowserMedia


def shared_size(sizes: Sequence[tuple[str, tuple[int, int]]]) -> tuple[int, int]:
    """Finds the largest of `sizes`, to which the others are scaled.

    Args:
        sizes: (name, (width, height)) of each.

    Returns:
        (width, height).

    Raises:
        CrispenError: With the names, unless all sizes have exactly the same ratio.
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
    """Size of the page in bytes, to within a few thousand."""
    return sum((len(view.content.data) + 2) // 3 * 4 for view in views)


def compare_page(views: Sequence[View]) -> str:
    """Builds the page that compares `views`.

    The page loads nothing from anywhere, and forbids the browser to.

    Args:
        views: Left of the divider, right of it and, if there is a third, the truth. All are pictures, or all are
            videos (their content has times).

    Raises:
        CrispenError: The sizes do not have the same ratio.
        ValueError: There are not 2 or 3 views.
    """
    if len(views) not in (2, 3):
        raise ValueError(f"2 or 3 views, not {len(views)}")
    size = shared_size([(view.name, view.content.size) for view in views])
    videos = [view.content for view in views if view.content.times]
    config = {
        "size": size,
        "labels": [view.label for view in views],
        "videos": [{"times": [round(time, 6) for time in video.times], "end": round(video.end, 6)} for video in videos],
    }
    return render_page(
        "compare.html",
        config=config,
        panes=[_pane(view, size) for view in views],
        facts=[_facts(view, size) for view in views],
        clock=_clock(views),
    )


def _pane(view: View, size: tuple[int, int]) -> dict:
    """What the template shows of one view; the file is in it as base64."""
    return {
        "label": view.label,
        "name": view.label if view.name == view.label else f"{view.label} ({view.name})",
        "mime": view.content.mime,
        "data": base64.b64encode(view.content.data).decode("ascii"),
        "width": view.content.size[0],
        "height": view.content.size[1],
        "scaled": view.content.size != size,
    }


def _facts(view: View, size: tuple[int, int]) -> dict:
    """A line about one view, which names everything that is not as it is in the file."""
    content = view.content
    facts = [f"{content.size[0]}x{content.size[1]}"]
    if content.size != size:
        facts.append(f"shown enlarged {size[0] / content.size[0]:.4g} times to {size[0]}x{size[1]}")
    if content.times:
        facts.append(f"{len(content.times)} frame{'s'[: len(content.times) > 1]} in {content.end:.2f} s")
    facts += [content.how, file_size(len(content.data)), *content.notes]
    file = "" if view.name == view.label else f"{view.name}: "
    return {"label": view.label, "text": file + ", ".join(filter(None, facts))}


def _clock(views: Sequence[View]) -> str:
    """A line if the videos do not have their frames at the same times; empty if they do."""
    first = views[0].content
    half = first.end / max(1, len(first.times)) / 2
    for view in views[1:]:
        times = view.content.times
        if len(times) != len(first.times) or any(
            abs(one - other) > half for one, other in zip(times, first.times, strict=True)
        ):
            return f"{view.label} has its frames at other times than {views[0].label}, whose clock counts."
    return ""


def file_size(count: int) -> str:
    """Formats a size in bytes: 407 kB, 1.2 MB."""
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.0f} kB"
