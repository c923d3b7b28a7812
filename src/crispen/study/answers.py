"""Answers of raters, checked against the key."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from crispen.errors import CrispenError
from crispen.study.consistency import count_triads
from crispen.study.study_key import Key
from crispen.study.trial_plan import DAMAGED, Trial

ANSWERS_FORMAT = "crispen-study-answers/1"
NONE = "none"


@dataclass(frozen=True)
class Answer:
    """One answer.

    Attributes:
        trial: What was shown.
        preferred: A condition, DAMAGED or NONE.
        left: Whether the left side was chosen.
        seconds: Until the choice.
    """

    trial: Trial
    preferred: str
    left: bool
    seconds: float


@dataclass(frozen=True)
class Rater:
    """The answers in one file.

    Attributes:
        file: Its path.
        number: Number of the rater, from 1.
        planned: Length of the session.
        viewing: What the page asked about display and room.
        answers: In the order in which they were given.
    """

    file: Path
    number: int
    planned: int
    viewing: dict
    answers: list[Answer]

    @property
    def pairs(self) -> list[Answer]:
        """The answers that count, without checks and repeats."""
        return [answer for answer in self.answers if answer.trial.kind == "pair"]

    @cached_property
    def checks(self) -> tuple[int, int]:
        """(passed, answered) attention checks. "No difference" does not pass."""
        checks = [answer for answer in self.answers if answer.trial.kind == "check"]
        return sum(answer.preferred not in (DAMAGED, NONE) for answer in checks), len(checks)

    @cached_property
    def repeats(self) -> tuple[int, int]:
        """(answered alike, answered) pairs that were shown a second time with sides swapped."""
        first = {(answer.trial.picture, answer.trial.sides): answer.preferred for answer in self.pairs}
        again = [answer for answer in self.answers if answer.trial.kind == "repeat"]
        return sum(first[answer.trial.picture, answer.trial.sides] == answer.preferred for answer in again), len(again)

    def wins(self, conditions: Sequence[str]) -> np.ndarray:
        """(k, k): [i, j] how often i was preferred to j; "no difference" counts one half."""
        wins = np.zeros((len(conditions), len(conditions)))
        for answer in self.pairs:
            left, right = (conditions.index(side) for side in (answer.trial.left, answer.trial.right))
            share = 0.5 if answer.preferred == NONE else float(answer.preferred == answer.trial.left)
            wins[left, right] += share
            wins[right, left] += 1 - share
        return wins

    def circular_triads(self, conditions: Sequence[str]) -> tuple[int, int]:
        """(circular, decided) triads, summed over pictures, see crispen.study.consistency."""
        pictures: dict[str, np.ndarray] = {}
        for answer in self.pairs:
            if answer.preferred != NONE:
                (other,) = answer.trial.sides - {answer.preferred}
                shape = (len(conditions), len(conditions))
                preferred = pictures.setdefault(answer.trial.picture, np.zeros(shape, bool))
                preferred[conditions.index(answer.preferred), conditions.index(other)] = True
        counts = [count_triads(preferred) for preferred in pictures.values()]
        return sum(circular for circular, _ in counts), sum(decided for _, decided in counts)


def read_answers(paths: Sequence[Path], key: Key) -> list[Rater]:
    """Reads the raters of the study in the order of their numbers.

    Raises:
        CrispenError: With the name of a file that is broken, of another study, of other pairs than the key says were
            shown, or of a rater of whom there is another file.
    """
    raters: dict[int, Rater] = {}
    for path in paths:
        rater = _read(path, key)
        if rater.number in raters:
            raise CrispenError(
                f"{path} is of rater {rater.number}, as is {raters[rater.number].file}; give one of them"
            )
        raters[rater.number] = rater
    return [raters[number] for number in sorted(raters)]


def _read(path: Path, key: Key) -> Rater:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CrispenError(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise CrispenError(f"{path} is not JSON; ask the rater to send the downloaded file as it is") from None
    if not isinstance(data, dict) or data.get("format") != ANSWERS_FORMAT:
        raise CrispenError(f"{path} is not a file of answers that the study's page wrote")
    if data.get("study") != key.study:
        raise CrispenError(f"{path} is of study {data.get('study')}, not of {key.study}; score it with its own folder")
    number, rows, viewing = data.get("rater"), data.get("answers"), data.get("viewing", {})
    if type(number) is not int or not 1 <= number <= len(key.raters):
        raise CrispenError(f"{path} is of rater {number!r}; this study has raters 1 to {len(key.raters)}")
    session = key.raters[number - 1]
    if not isinstance(rows, list) or not isinstance(viewing, dict) or not len(rows) <= len(session):
        raise CrispenError(
            f"{path} is damaged: rater {number} was to answer {len(session)} pairs, the list does not fit"
        )
    answers = []
    for index, (row, trial) in enumerate(zip(rows, session, strict=False)):
        try:
            answers.append(_answer(row, index, trial, key))
        except (KeyError, TypeError, ValueError):
            raise CrispenError(
                f"{path} is damaged: answer {index + 1} is not to what rater {number} was shown"
            ) from None
    return Rater(path, number, len(session), viewing, answers)


def _answer(row: dict, index: int, trial: Trial, key: Key) -> Answer:
    """Raises KeyError, TypeError or ValueError for an answer that the page could not have written."""
    choices = {"left": trial.left, "right": trial.right} | ({"none": NONE} if key.ties else {})
    if (row["trial"], row["left"], row["right"]) != (index, *key.names(trial)):
        raise ValueError("another pair")
    seconds = row["ms"] / 1000
    if not 0 <= seconds < math.inf:
        raise ValueError("time")
    return Answer(trial, choices[row["choice"]], row["choice"] == "left", seconds)
