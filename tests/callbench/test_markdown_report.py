import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from summaries import CLIPS, PICTURES, cell, gains, own_cell, row, summary, usual

from crispen.callbench.report.markdown_report import markdown_report
from crispen.callbench.report.report_tables import choices, gain_title


def tables(text: str) -> dict[str, list[dict[str, dict[str, str]]]]:
    """{section: its tables, each {contender: {head: cell}}}, as GitHub parses them."""
    found: dict = {}
    for section in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        title, _, body = section.partition("\n")
        found[title] = []
        for block in body.split("\n\n"):
            if block.strip().startswith("|"):
                lines = [cells(line) for line in block.strip().splitlines()]
                assert {len(line) for line in lines} == {len(lines[0])}, title
                found[title].append({line[0]: dict(zip(lines[0], line, strict=True)) for line in lines[2:]})
    return found


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def core(text: str) -> dict[str, dict[str, str]]:
    return tables(text)["CallBench v1"][0]


def test_the_core_table_has_the_numbers_of_the_summary():
    balanced = core(markdown_report(usual()))["balanced"]
    assert balanced["PSNR (dB)"] == "32.19"
    assert balanced["PSNR gain (dB)"] == "**+0.44** (+0.40 to +0.48)"
    assert balanced["PSNR gain, mean shift removed (dB)"] == "**+0.44**"
    assert balanced["SSIM"] == "0.8886"
    assert balanced["SSIM gain"] == "**+0.0044** (+0.0040 to +0.0048)"
    assert balanced["VMAF / VMAF-NEG change"] == "**+3.52** / **+1.76**"
    assert balanced["made worse"] == "10%"
    assert balanced["clean, against itself"] == "59.40 / 0.9999"
    assert balanced["ms a frame, p50 / p95"] == "13.1 / 19.6"
    assert balanced["MAC / px"] == "5,480" and balanced["peak MB"] == "200"


def test_the_input_has_its_own_scores_and_no_gain():
    text = markdown_report(usual())
    first = next(iter(core(text).values()))
    assert first["PSNR (dB)"] == "31.75" and first["PSNR gain (dB)"] == "" and first["LPIPS change ↓"] == "0.3100"
    assert tables(text)["Core conditions"][0]["input"]["h264-x2"] == "31.75 / 0.8842"
    assert tables(text)["Clips"][0]["input"]["pulse change (dB) ↓"] == "1.80"


@settings(deadline=None, max_examples=50)
@given(st.floats(-9, 9), st.floats(0, 3), st.floats(0, 3))
def test_bold_marks_significant_gains(mean, below, above):
    low, high = mean - below, mean + above
    row_ = row("network", 0.1, core=cell({"psnr": (mean, low, high)}))
    written = core(markdown_report(summary({"net": row_})))["net"]["PSNR gain (dB)"]
    assert written.startswith("**") == (low > 0 or high < 0)
    assert float(re.findall(r"[+-]\d+\.\d+", written)[0]) == pytest.approx(mean, abs=0.00501)


def test_a_gain_of_one_picture_has_no_interval_and_is_not_bold():
    text = markdown_report(summary({"net": row("network", 0.1, core=cell({"psnr": (5.0, None, None)}))}))
    assert core(text)["net"]["PSNR gain (dB)"] == "+5.00"


def test_vmaf_is_never_without_vmaf_neg():
    found = usual()
    for one in found["rows"].values():
        one["core"]["score"].pop("vmaf_neg")
        one["core"]["gain"].pop("vmaf_neg", None)
    text = markdown_report(found)
    assert core(text)["balanced"]["VMAF / VMAF-NEG change"] == "**+3.52** / —"
    assert core(text)["input"]["VMAF / VMAF-NEG change"] == "72.00 / —"
    assert choices(CLIPS) == [("psnr",), ("ssim",), ("vmaf", "vmaf_neg"), ("warping",), ("flicker",), ("pulse",)]
    assert choices(["vmaf_neg"]) == [("vmaf", "vmaf_neg")]


def test_empty_columns_are_left_out_and_unknown_values_are_dashes():
    found = usual()
    for name, one in found["rows"].items():
        one["core"] = own_cell(["psnr"]) if name == "input" else cell({"psnr": (0.1, 0.05, 0.15)})
    table = core(markdown_report(found))
    assert not {"SSIM", "LPIPS change ↓", "words read", "whole pipeline, p50 / p95"} & set(table["best"])
    assert table["untimed"]["ms a frame, p50 / p95"] == "—" and table["sesr-m5"]["MAC / px"] == "—"


def test_failures_are_counted_beside_means_and_each_is_named():
    found = usual()
    broken = found["rows"]["sesr-m5"]
    broken["core"]["failed"] = 3
    broken["conditions"]["h264-x2"]["failed"] = 3
    broken["conditions"]["defocus"] = cell({}, cases=65, failed=65, made_worse=None)
    broken["failed"] = [{"picture": f"{k}.png", "condition": "h264-x2", "reason": "it <died>"} for k in range(3)]
    text = markdown_report(found)
    assert "sesr-m5 (3 of 585 failed)" in core(text)
    assert tables(text)["Core conditions"][0]["sesr-m5"]["h264-x2"] == "**+0.22** / **+0.0022** (3 of 65 failed)"
    assert tables(text)["Camera conditions"][0]["sesr-m5"]["defocus †"] == "— / — (65 of 65 failed)"
    (line,) = [line for line in text.splitlines() if "it &lt;died>" in line]
    assert line.startswith("- sesr-m5, 3 cases: ") and all(f"{k}.png under h264-x2" in line for k in range(3))
    assert "is in no mean of its row" in text and "is in no mean of its row" not in markdown_report(usual())


def test_an_input_that_could_not_be_built_is_named_once():
    found = usual()
    unbuilt = {"picture": "torn.png", "condition": "h264-x2", "reason": "it is cut off"}
    found["inputs"]["broken"] = [unbuilt]
    for one in found["rows"].values():
        one["failed"] = [unbuilt]
    assert markdown_report(found).count("torn.png") == 1


def test_conditions_are_grouped_and_held_out_ones_marked():
    summarised = usual()
    for one in summarised["rows"].values():
        one["conditions"]["clean"] = cell(gains(-3.0))
    found = tables(markdown_report(summarised))
    assert list(found["Core conditions"][0]["best"])[1:] == ["h264-x2"]
    assert list(found["Camera conditions"][0]["best"])[1:] == ["defocus †"]
    assert "Clean conditions" not in found
    assert found["Categories, under the core conditions"][0]["best"]["people"] == "**+0.25** / **+0.0025**"
    assert found["Clips"][1]["best"]["h264-x2"] == "**+1.00** / **+0.0100**"


def test_the_worst_ten_of_the_focus_row_and_the_notes():
    text = markdown_report(usual())
    assert text.count("worst") >= 10 and "- worst0.png under h264-x2: -2.00 dB" in text
    assert "Worst cases of balanced" in text
    del (others := usual())["rows"]["balanced"]
    assert "Worst cases of untimed" in markdown_report(others)
    for said in ("A fine CPU, 2 cores", "numpy 2.4.6", "699 of 700 inputs", "kodim07.png", "Tuned on 14 pictures."):
        assert said in text
    assert "All 700 inputs" in markdown_report(usual() | {"inputs": usual()["inputs"] | {"as_in_manifest": 700}})


def test_names_are_escaped_in_tables():
    text = markdown_report(summary({"a|b <i>*c*</i>": row("command", 0.1)}))
    assert "a\\|b &lt;i>\\*c\\*&lt;/i>" in core(text)


def test_a_run_of_clean_pictures_alone():
    bare = {"core": None, "conditions": {}, "categories": {}, "clips": {}, "best": [], "worst": []}
    found = summary({"net": row("network", 0.1) | bare}, clip_measures=[], measures=["psnr", "ssim"])
    found["rows"]["input"] |= bare
    found["conditions"] = {"clean": found["conditions"]["clean"]}
    sections = tables(markdown_report(found))
    assert sections["CallBench v1"][0]["net"]["clean, against itself"] == "59.40 / 0.9999"
    assert sections["CallBench v1"][0]["input"]["clean, against itself"] == "same"
    assert not {"Categories", "Clips", "Failures"} & {title.partition(",")[0] for title in sections}


def test_headings_of_gains():
    assert gain_title(("psnr",)) == "PSNR gain (dB)"
    assert gain_title(("psnr_unshifted",)) == "PSNR gain, mean shift removed (dB)"
    assert gain_title(("lpips",)) == "LPIPS change ↓"
    assert gain_title(("psnr", "ssim")) == "PSNR / SSIM gain"
    assert all(gain_title(names) for names in choices([*PICTURES, *CLIPS]))
    assert gains(1.0)["ssim"] == (0.01, pytest.approx(0.009), pytest.approx(0.011))
