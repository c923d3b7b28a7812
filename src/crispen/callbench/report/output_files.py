"""The files that a run of CallBench writes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from crispen.callbench.callbench_manifest import load_manifest, manifest_of
from crispen.callbench.core_suite import CoreRun
from crispen.callbench.report.core_report import complete
from crispen.callbench.report.crop_grid import crop_grid
from crispen.callbench.report.crops import crops_of
from crispen.callbench.report.html_report import html_report
from crispen.callbench.report.pareto import pareto_svg
from crispen.callbench.report.report_tables import focus_of
from crispen.callbench.report.worst_crops import worst_crop_grid
from crispen.callbench.suite_run import SuiteRun
from crispen.media.atomic_output import atomic_file, check_writable
from crispen.media.source_guard import SourceGuard

_EXTREMES = 3  # best and worst cases in the picture of crops


@dataclass(frozen=True)
class OutputFiles:
    """Paths of the files that are wanted; each is written whole or not at all.

    Attributes:
        json: Every score and how it was made.
        summary: The means alone, as JSON.
        markdown: The report.
        html: The report as a page with pictures.
        plot: Quality against time, SVG.
        crops: Crops of the best and worst cases, PNG.
        manifest: Hashes of the inputs.
        overwrite: Replace files that exist.
    """

    json: Path | None = None
    summary: Path | None = None
    markdown: Path | None = None
    html: Path | None = None
    plot: Path | None = None
    crops: Path | None = None
    manifest: Path | None = None
    overwrite: bool = False

    def check(self, sources: Iterable[Path]) -> None:
        """Checks, before the work, that no file replaces one of `sources`, and that each may be written.

        Raises:
            CrispenError: If one may not.
        """
        guard = SourceGuard(sources)
        for path in (self.json, self.summary, self.markdown, self.html, self.plot, self.crops, self.manifest):
            if path:
                guard.refuse(path)
                check_writable(path, self.overwrite)

    def write_core(self, run: CoreRun, summary: dict, markdown: str) -> None:
        """Writes the files of a run of the core suite, with its `summary` and its report as Markdown."""
        focus = next(one for one in run.contenders if one.name == focus_of(summary))
        self._text(self.markdown, markdown)
        if self.json:
            self._text(self.json, _json(complete(run, load_manifest())))
        self._text(self.summary, _json(summary))
        if self.plot:
            self._text(self.plot, pareto_svg(summary))
        if self.html:
            crops = crops_of(run.cases, focus, summary["rows"][focus.name])
            self._text(self.html, html_report(summary, crops))
        if self.manifest:
            self._text(self.manifest, _json(manifest_of([*run.cases, *run.clips], run.categories, run.seed)))
        if self.crops:
            self._picture(self.crops, _best_and_worst(run, summary["rows"][focus.name], focus.name))

    def write_cases(self, run: SuiteRun, summary: dict, markdown: str) -> None:
        """Writes the files of a run of the heads or the combined suite, with its `summary` and its report."""
        self._text(self.markdown, markdown)
        self._text(self.json, _json(summary))
        if self.crops:
            self._picture(self.crops, worst_crop_grid(run, summary, focus_of(summary)))

    def _text(self, path: Path | None, text: str) -> None:
        if path:
            with atomic_file(path, self.overwrite) as file:
                file.write_text(text + "\n", encoding="utf-8")

    def _picture(self, path: Path, image: Image.Image) -> None:
        with atomic_file(path, self.overwrite) as file:
            image.save(file, "PNG")


def _best_and_worst(run: CoreRun, row: dict, focus: str) -> Image.Image:
    at = {(case.picture, case.condition): case for case in run.cases}
    listed = row["best"][:_EXTREMES] + row["worst"][:_EXTREMES][::-1]
    keys = dict.fromkeys((entry["picture"], entry["condition"]) for entry in listed)
    shown = [one for one in run.contenders if one.kind == "crispen" or one.name == focus]
    return crop_grid([at[key] for key in keys], shown, focus)


def _json(data: dict) -> str:
    return json.dumps(data, indent=1)
