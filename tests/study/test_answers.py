"""What is read back, and what is made of it. All answers here are synthetic: no one looked at anything."""

import json
from dataclasses import replace

import numpy as np
import pytest

from crispen.errors import CrispenError
from crispen.study.answers import ANSWERS_FORMAT, read_answers
from crispen.study.study_key import Key, read_key
from crispen.study.study_report import ScoreConfig, StudyResults
from crispen.study.study_table import markdown
from crispen.study.trial_plan import DAMAGED, plan

CONDITIONS = ["input", "good", "bad"]


def make_key(raters=3, ties=True, pictures=("p", "q", "r", "s")):
    """A key of made-up files."""
    sessions = plan(pictures, CONDITIONS, raters, 12, "good", pictures, np.random.default_rng(1))
    files = {picture: {name: f"{picture}-{name}" for name in [*CONDITIONS, DAMAGED]} for picture in pictures}
    return Key("abc", 1, CONDITIONS, "input", None, ties, files, sessions)


def synthetic(key, number, choose, **changed):
    """The file that the page would write for a synthetic rater. choose: of a trial, "left", "right" or "none"."""
    rows = []
    for index, trial in enumerate(key.raters[number - 1]):
        left, right = key.names(trial)
        rows.append({"trial": index, "left": left, "right": right, "choice": choose(trial), "ms": 1000 + index})
    return {"format": ANSWERS_FORMAT, "study": key.study, "rater": number, "viewing": {}, "answers": rows} | changed


def by_rank(*ranks):
    """A rater who always prefers what comes first in `ranks`."""
    return lambda trial: "left" if ranks.index(trial.left) < ranks.index(trial.right) else "right"


SURE = by_rank("good", "input", "bad", DAMAGED)


def write(folder, *data):
    files = [folder / f"{index}.json" for index in range(len(data))]
    for file, content in zip(files, data, strict=True):
        file.write_text(content if isinstance(content, str) else json.dumps(content))
    return files


def test_a_key_is_read_as_it_was_written(tmp_path):
    key = make_key()
    (tmp_path / "key.json").write_text(key.text())
    assert read_key(tmp_path) == key


@pytest.mark.parametrize("text", [None, "", "[]", "{}", '{"format": "crispen-study-key/1"}', '{"format": "else"}'])
def test_an_invalid_key_is_an_error_in_one_line(text, tmp_path):
    if text is not None:
        (tmp_path / "key.json").write_text(text)
    with pytest.raises(CrispenError, match=r"key\.json") as error:
        read_key(tmp_path)
    assert "\n" not in str(error.value)


def test_a_consistent_rater(tmp_path):
    key = make_key()
    (rater,) = read_answers(write(tmp_path, synthetic(key, 2, SURE)), key)
    assert rater.checks == (3, 3) and rater.repeats == (1, 1)
    assert rater.circular_triads(CONDITIONS) == (0, 4)
    assert rater.wins(CONDITIONS).tolist() == [[0, 0, 4], [4, 0, 4], [0, 0, 0]]
    assert [answer.seconds for answer in rater.answers][:2] == [1.0, 1.001]


def test_a_rater_with_circular_triads(tmp_path):
    key = make_key()
    beats = {("input", "good"), ("good", "bad"), ("bad", "input"), ("good", DAMAGED)}
    (rater,) = read_answers(
        write(tmp_path, synthetic(key, 1, lambda t: "left" if (t.left, t.right) in beats else "right")), key
    )
    assert rater.circular_triads(CONDITIONS) == (4, 4)
    (row,) = StudyResults(key, [rater], ScoreConfig(resamples=0)).data()["raters"]
    assert row["consistency"] == pytest.approx(0)


def test_no_difference_is_half_a_win_no_pass_and_no_triad(tmp_path):
    key = make_key()
    (rater,) = read_answers(write(tmp_path, synthetic(key, 1, lambda trial: "none")), key)
    assert rater.checks == (0, 3) and rater.repeats == (1, 1) and rater.circular_triads(CONDITIONS) == (0, 0)
    assert rater.wins(CONDITIONS).tolist() == [[0, 2, 2], [2, 0, 2], [2, 2, 0]]


def test_a_rater_who_always_clicks_left_disagrees_with_the_repeats(tmp_path):
    key = make_key()
    (rater,) = read_answers(write(tmp_path, synthetic(key, 1, lambda trial: "left")), key)
    assert rater.repeats == (0, 1) and rater.checks[0] < 3


KEY = make_key(ties=False)
GOOD = synthetic(KEY, 1, SURE)


def with_row(index, **changed):
    rows = [dict(row) for row in GOOD["answers"]]
    rows[index] |= changed
    return GOOD | {"answers": rows}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ([], "not a file of answers"),
        (GOOD | {"format": "else"}, "not a file of answers"),
        (GOOD | {"study": "xyz"}, "of study xyz, not of abc"),
        (GOOD | {"rater": 4}, "raters 1 to 3"),
        (GOOD | {"rater": 0}, "raters 1 to 3"),
        (GOOD | {"rater": True}, "raters 1 to 3"),
        (GOOD | {"rater": 2}, "answer 1 is not to what rater 2 was shown"),
        (GOOD | {"answers": GOOD["answers"] * 2}, "the list does not fit"),
        (GOOD | {"answers": {}}, "the list does not fit"),
        (GOOD | {"viewing": 1}, "the list does not fit"),
        (GOOD | {"answers": GOOD["answers"][::-1]}, "answer 1 "),
        (GOOD | {"answers": [1]}, "answer 1 "),
        (with_row(4, choice="middle"), "answer 5 "),
        (with_row(4, choice="none"), "answer 5 "),
        (with_row(4, choice=[]), "answer 5 "),
        (with_row(4, ms=-1), "answer 5 "),
        (with_row(4, ms=float("nan")), "answer 5 "),
        (with_row(4, ms="soon"), "answer 5 "),
    ],
)
def test_invalid_answers_are_an_error_that_names_the_file(content, message, tmp_path):
    files = write(tmp_path, content)
    with pytest.raises(CrispenError, match=message) as error:
        read_answers(files, KEY)
    assert str(files[0]) in str(error.value) and "\n" not in str(error.value)


def test_a_missing_file_and_a_second_one_of_a_rater(tmp_path):
    with pytest.raises(CrispenError, match=r"absent\.json cannot be read"):
        read_answers([tmp_path / "absent.json"], KEY)
    files = write(tmp_path, GOOD, GOOD)
    with pytest.raises(CrispenError, match=r"1\.json is of rater 1, as is .*0\.json"):
        read_answers(files, KEY)


def report(tmp_path, key, *data, **settings):
    return StudyResults(key, read_answers(write(tmp_path, *data), key), ScoreConfig(**settings))


def test_raters_who_fail_are_excluded_and_listed(tmp_path):
    key = make_key()
    careless = synthetic(key, 3, by_rank(DAMAGED, "bad", "input", "good"))
    found = report(tmp_path, key, synthetic(key, 1, SURE), synthetic(key, 2, SURE), careless)
    data, text = found.data(), markdown(found)
    assert [row["excluded"] for row in data["raters"]] == [None, None, "passed 0 of 3 attention checks"]
    assert data["wins"] == [[0, 0, 8], [8, 0, 8], [0, 0, 0]]
    assert "Excluded: rater 3 (passed 0 of 3 attention checks)" in text and "passes 90% of the attention checks" in text
    assert "12.5% of the time" in text  # three coins
    with pytest.raises(CrispenError, match="no rater is left"):
        report(tmp_path, key, careless).data()


def test_half_a_session_counts_if_it_has_checks_enough(tmp_path):
    key = make_key()
    whole = synthetic(key, 1, SURE)
    last_check = max(index for index, trial in enumerate(key.raters[0]) if trial.kind == "check")
    partial = whole | {"answers": whole["answers"][: last_check + 1]}
    early = whole | {"answers": whole["answers"][:last_check]}
    (row,) = report(tmp_path, key, partial).data()["raters"]
    assert (row["answered"], row["planned"], row["excluded"]) == (last_check + 1, 16, None)
    with pytest.raises(CrispenError, match="answered 2 attention checks, under 3"):
        report(tmp_path, key, early).data()


def test_scores_are_over_the_input_and_say_when_they_are_not_finite(tmp_path):
    key = make_key()
    found = report(tmp_path, key, *(synthetic(key, number, SURE) for number in (1, 2, 3)))
    scores = found.data()["scores"]
    assert scores["input"]["score"] == 0 and scores["good"]["score"] > 0 > scores["bad"]["score"]
    assert scores["good"] | {"score": 0, "low": 0, "high": 0} == {"score": 0, "low": 0, "high": 0, "won": 24, "lost": 0}
    assert found.data()["added_wins"] == 0.5 and any("half a win each way" in note for note in found.notes())
    table = markdown(found).splitlines()
    good, anchor = ([cell.strip() for cell in row.split("|")] for row in table[2:4])
    assert good[1] == "good" and good[2].startswith("+") and anchor[1:4] == ["input (hidden input)", "+0.00", ""]


def test_one_rater_gives_scores_but_no_interval(tmp_path):
    found = report(tmp_path, make_key(), synthetic(make_key(), 1, SURE))
    assert found.data()["scores"]["good"]["low"] is None
    assert any("two or more raters" in note for note in found.notes())
    json.dumps(found.data(), allow_nan=False)


def test_comparisons_that_do_not_connect_all_conditions_are_an_error(tmp_path):
    """One pair for each rater, of whom one answered: nothing links the third condition."""
    files = {"p": {name: f"p-{name}" for name in [*CONDITIONS, DAMAGED]}}
    sessions = plan(["p"], CONDITIONS, 2, 1, "good", ["p"], np.random.default_rng(1))
    key = Key("abc", 1, CONDITIONS, "input", None, False, files, sessions)
    with pytest.raises(CrispenError, match="do not connect all conditions"):
        report(tmp_path, key, synthetic(key, 1, SURE)).data()


def test_names_do_not_break_the_table(tmp_path):
    key = make_key()
    odd = {"good": "a|b"}
    sessions = [
        [replace(t, left=odd.get(t.left, t.left), right=odd.get(t.right, t.right)) for t in rater]
        for rater in key.raters
    ]
    files = {p: {odd.get(name, name): file for name, file in names.items()} for p, names in key.files.items()}
    key = replace(key, conditions=["input", "a|b", "bad"], raters=sessions, files=files)
    text = markdown(report(tmp_path, key, synthetic(key, 1, by_rank("a|b", "input", "bad", DAMAGED))))
    assert "| a\\|b " in text
