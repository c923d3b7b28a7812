"""The report, read as a browser reads it."""

import base64
import io
import re
from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image
from skimage import data
from summaries import cell, gains, own_cell, row, summary, usual

from crispen.callbench.report.crops import Crop, encode_crop
from crispen.callbench.report.html_report import html_report
from html_document import LOADING, Document


class Tables(Document):
    """The tables by the words that label them: {label: {row: [(text, attributes) of each cell, its head first]}}.

    Those in templates are labelled by choice and table.
    """

    def __init__(self, text: str):
        self.tables: dict[str, dict[str, list[tuple[str, dict]]]] = {}
        self._label, self._row, self._cell = "", [], None
        super().__init__(text)

    def handle_starttag(self, tag, attrs):
        super().handle_starttag(tag, attrs)
        found = dict(attrs)
        if found.get("role") == "region":
            self._label = found["aria-label"] or ""
        elif tag == "template":
            self._label = f"{found['data-choice']}: {found['data-table']}"
        elif tag == "tr":
            self._row = []
        elif tag in ("td", "th"):
            self._cell = ["", found]
        elif tag == "small" and self._cell:
            self._cell[0] += " "

    def handle_endtag(self, tag):
        super().handle_endtag(tag)
        if tag in ("td", "th") and self._cell:
            self._row.append(tuple(self._cell))
            self._cell = None
        elif tag == "tr":
            self.tables.setdefault(self._label, {})[self._row[0][0]] = self._row

    def handle_data(self, text):
        super().handle_data(text)
        if self._cell:
            self._cell[0] += text

    def cell(self, label: str, name: str, head: str) -> tuple[str, dict]:
        table = self.tables[label]
        heads = [text.strip() for text, _ in next(iter(table.values()))]
        return table[name][heads.index(head)]


PLANES = {name: np.random.default_rng(seed).integers(0, 256, (24, 32), np.uint8) for seed, name in enumerate("bat")}


def crop(rank: int = 1, worst: bool = False, gain: float = 1.25, **more) -> Crop:
    scores = {"input": {"psnr": 30.0, "ssim": 0.8}, "balanced": {"psnr": 30.0 + gain, "ssim": 0.85}}
    planes = [encode_crop(PLANES[name]) for name in "bat"]
    return replace(Crop("a.png", "h264-x2", gain, worst, rank, scores, *planes, 32, 24), **more)


def test_nothing_is_loaded_from_anywhere():
    document = Document(html_report(usual(), [crop()]))
    for tag, attributes in document.tags:
        for name, value in attributes.items():
            assert name not in LOADING or (value or "").startswith(("data:", "#")), (tag, name)
    assert not document.all("iframe") and not document.all("object") and not document.all("base")
    code = "".join(content for _, content in document.raw)
    assert not re.search(r"https?:|@import|url\(|fetch\(|XMLHttpRequest|WebSocket|import\(|sendBeacon|//\w+\.", code)
    policy = document.all("meta", **{"http-equiv": "Content-Security-Policy"})[0]["content"] or ""
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules.pop("default-src") == "'none'"
    assert set(rules.values()) == {"data:", "'unsafe-inline'"}


NASTY = "<b onclick=alert(1)></script><!--&\"'@@SCRIPT@@{{ 7 }}{% raw %}"


def test_names_cannot_become_markup_or_script():
    found = summary({NASTY: row("command", 0.1, 5.0)})
    found["rows"][NASTY]["failed"] = [{"picture": NASTY, "condition": NASTY, "reason": NASTY}]
    found["conditions"]["defocus"]["said"] = NASTY
    found["notes"] = [NASTY]
    document = Document(html_report(found, [crop(picture=NASTY, scores={"input": {}, NASTY: {}})]))
    assert not document.all("b", onclick="alert(1)")
    assert document.text.count(NASTY) > 8
    assert [attrs["alt"] for attrs in document.all("img")][1] == f"{NASTY}: {NASTY}, h264-x2"
    assert "@@" not in document.raw[-1][1]
    html_report(summary({"\udcff": row("command", 0.1)})).encode("utf-8")  # a name in no encoding


def test_the_core_is_there_in_numbers():
    tables = Tables(html_report(usual()))
    label = "Core, mean of h264-x2"
    assert tables.cell(label, "balanced", "PSNR (dB)")[0] == "32.19"
    assert tables.cell(label, "balanced", "PSNR gain (dB)")[0] == "+0.44 +0.40 to +0.48"
    assert tables.cell(label, "bilinear", "PSNR gain (dB)")[0] == "−0.42 −0.46 to −0.38"
    assert tables.cell(label, "balanced", "VMAF / VMAF-NEG change")[0].startswith("+3.52 / +1.76")
    text, attributes = tables.cell(label, "balanced", "ms a frame, p50 / p95")
    assert text == "13.1 / 19.6" and float(attributes["data-v"] or 0) == 13.1
    assert tables.cell(label, "untimed", "MAC / px")[0] == "—"
    assert tables.cell(label, "input", "LPIPS change ↓")[0] == "0.3100"


def test_every_metric_can_be_selected_for_every_group_that_has_it():
    found = usual()
    for one in found["rows"].values():  # the costly measures are taken under the core conditions alone
        measures = ["psnr", "psnr_unshifted", "ssim", "ms_ssim"]
        one["conditions"]["defocus"] = own_cell(measures) if one["kind"] == "input" else cell(gains(0.5, measures))
    document = Tables(html_report(found))
    options = {attrs["value"] for attrs in document.all("option")}
    assert options >= {"psnr", "psnr_unshifted", "ssim", "ms_ssim", "lpips", "vmaf+vmaf_neg", "words", "pulse"}
    assert not {"vmaf", "vmaf_neg"} & options
    kept = {(attrs["data-choice"], attrs["data-table"]) for attrs in document.all("template")}
    boxes = {attrs["data-table"] for attrs in document.all("div") if "data-table" in attrs}
    assert {table for _, table in kept} <= boxes == {"Core", "Camera", "Categories", "Clips by condition"}
    assert ("lpips", "Core") in kept and ("ms_ssim", "Camera") in kept and ("lpips", "Camera") not in kept
    assert document.cell("vmaf+vmaf_neg: Core", "best", "h264-x2")[0].startswith("+4.00 / +2.00 ")
    assert document.cell("pulse: Clips by condition", "best", "h264-x2")[0].startswith("+1.00")
    assert document.cell("Camera, PSNR gain (dB)", "best", "defocus †")[0].startswith("+0.50")


def test_tints_mark_significant_gains_and_losses():
    found = summary({"one": row("network", 0.4), "two": row("network", -0.1)})
    found["rows"]["one"]["core"]["gain"]["lpips"] = {"mean": -0.02, "low": -0.03, "high": -0.01}
    found["rows"]["two"]["core"]["gain"]["psnr"] = {"mean": -0.1, "low": -0.3, "high": 0.1}
    tables, label = Tables(html_report(found)), "Core, mean of h264-x2"
    assert tables.cell(label, "one", "PSNR gain (dB)")[1]["class"] == "g5"
    assert tables.cell(label, "one", "LPIPS change ↓")[1]["class"] == "g5"
    assert tables.cell(label, "two", "SSIM gain")[1]["class"] == "l5"
    assert "class" not in tables.cell(label, "two", "PSNR gain (dB)")[1]


def test_failures_are_counted_and_listed():
    found = usual()
    one = found["rows"]["sesr-m5"]
    one["core"]["failed"], one["conditions"]["h264-x2"]["failed"] = 3, 3
    one["failed"] = [{"picture": f"torn{k}.png", "condition": "h264-x2", "reason": "it died"} for k in range(3)]
    document = Tables(html_report(found))
    assert "sesr-m5 3 of 585 failed" in document.tables["Core, mean of h264-x2"]
    assert document.cell("Core, PSNR gain (dB)", "sesr-m5", "h264-x2")[0].endswith(" 3 of 65 failed")
    assert all(f"torn{k}.png under h264-x2" in document.text for k in range(3))
    assert "#failures" in {attrs["href"] for attrs in document.all("a")}
    assert "#failures" not in {attrs["href"] for attrs in Document(html_report(usual())).all("a")}


def test_links_lead_to_sections_and_empty_ones_are_left_out():
    little = summary({"net": row("network", 0.1, core=None, clean=None)})
    little["rows"]["input"] |= {"core": None, "clean": None, "speed": None, "mac_per_pixel": None}
    for found, crops in ((usual(), [crop()]), (little, [])):
        document = Document(html_report(found, crops))
        links = [attrs["href"] for attrs in document.all("a")]
        assert links == [f"#{attrs['id']}" for attrs in document.all("section")]
    assert not {"#headline", "#time", "#core", "#cases"} & set(links)


def test_the_headline_compares_the_models_with_common_filters():
    text = Document(html_report(usual())).text
    assert "balanced gains +0.44 dB (95 % interval +0.40 to +0.48) and +0.0044 SSIM over the received picture" in text
    assert "13.1 ms per 1080p frame; 10% of the cases lose PSNR" in text
    end = text.index("Quality against time", text.index("over the received"))
    head = text[text.index("In short", text.index("Notes")) : end]
    for name in ("input", "unsharp mask (for PSNR)", "CAS (for PSNR)", "fast", "best"):
        assert name in head
    assert "sesr-m5" not in head and "bilinear" not in head


def test_crops_are_in_the_page_pixel_for_pixel():
    document = Document(html_report(usual(), [crop(2, worst=True, gain=-1.5), crop(2), crop(1, gain=2.5)]))
    images = document.all("img")
    assert len(images) == 9 and "".join(attrs["class"] or "" for attrs in images[:3]) == "beforeaftertruth"
    for attrs, wanted in zip(images, "bat" * 3, strict=True):
        kind, _, content = (attrs["src"] or "").partition(",")
        assert kind == "data:image/webp;base64" and (attrs["width"], attrs["height"]) == ("32", "24")
        decoded = Image.open(io.BytesIO(base64.b64decode(content))).convert("L")
        assert np.array_equal(np.asarray(decoded), PLANES[wanted])
    text = document.text
    assert text.index("+2.50 dB") < text.index("+1.25 dB") < text.index("Worst 1") < text.index("−1.50 dB")
    assert "PSNR 30.00 → 28.50 dB" in text and "SSIM 0.8000 → 0.8500" in text


def test_a_png_is_shown_as_one():
    file = io.BytesIO()
    Image.fromarray(PLANES["b"]).save(file, "PNG")
    image = Document(html_report(usual(), [crop(before=file.getvalue())])).all("img")[0]
    assert (image["src"] or "").startswith("data:image/png;base64,")


@settings(deadline=None, max_examples=20)
@given(arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9))), st.integers(1, 3))
def test_a_crop_is_lossless_and_enlarged_by_whole_pixels(plane, zoom):
    decoded = np.asarray(Image.open(io.BytesIO(encode_crop(plane, zoom))).convert("L"))
    assert np.array_equal(decoded, np.kron(plane, np.ones((zoom, zoom), np.uint8)))


def test_it_works_without_a_mouse():
    document = Document(html_report(usual(), [crop(), crop(2)]))
    dividers = document.all("div", role="slider", tabindex="0")
    assert len(dividers) == 2 and all(attrs["aria-label"] for attrs in dividers)
    assert all(attrs["tabindex"] == "0" for attrs in document.all("div", role="region"))
    assert all(attrs["aria-label"] for attrs in document.all("select"))
    heads = [attrs for attrs in document.all("th", scope="col") if "aria-sort" in attrs]
    buttons = document.all("button")
    assert len(buttons) == len(heads) + 2 + 3  # the heads, the truths, the sizes
    assert document.all("html", lang="en") and document.all("meta", charset="utf-8")
    assert "width=device-width" in (document.all("meta", name="viewport")[0]["content"] or "")


def test_the_script_finds_what_it_looks_for():
    document = Document(html_report(usual(), [crop()]))
    code = next(text for _, text in document.raw if "querySelector" in text)
    classes = {name for _, attrs in document.tags for name in (attrs.get("class") or "").split()}
    selectors = re.findall(r'(?:querySelector(?:All)?|closest)\("([^"]+)"', code)
    asked = {name for selector in selectors for name in re.findall(r"\.([a-z]+)", selector)}
    assert asked and asked <= classes


def test_a_whole_run_stays_under_three_megabytes():
    names = [f"condition {k}" for k in range(45)]
    found = summary({f"contender {k}": row("network", 0.1 + k / 20, 2.0 + k, names) for k in range(20)})
    found["rows"]["input"]["conditions"] = {name: own_cell(["psnr"]) for name in names}
    found["conditions"] = {name: {"group": "ladder", "held_out": False, "said": "x264 " * 12} for name in names}
    truth = np.asarray(Image.fromarray(data.astronaut()).convert("L"))[:256, 128:384]
    soft = np.asarray(Image.fromarray(truth).resize((128, 128)).resize((256, 256)))
    files = {"before": encode_crop(soft), "after": encode_crop(soft), "truth": encode_crop(truth)}
    crops = [crop(rank, worst, **files, width=256, height=256) for worst in (True, False) for rank in range(1, 11)]
    assert len(html_report(found, crops).encode()) < 3_000_000
