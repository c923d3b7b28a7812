import json

import numpy as np
import torch

from crispen.model.student import SIZES, Student
from crispen.model.weights import save
from crispen.train.teacher_labels import label


def test_each_tile_is_labelled_by_the_expert_for_its_degradation(pairs, tmp_path):
    """Experts that add 0.1 label exactly the scaled tiles; clean tiles are labelled with their truth."""
    students = {name: Student(SIZES["fast"]).eval() for name in ("fast", "fast-resized", "fast-aliased")}
    with torch.no_grad():
        for name in ("fast-resized", "fast-aliased"):
            students[name].convs[-1].conv3.bias.fill_(1.0)  # times the layer's gain of 0.1
    for name, student in students.items():
        save(tmp_path / f"{name}.safetensors", student, {})
    folder = label(pairs, tmp_path / "fast.safetensors", 99, lambda line: None)
    met = set()
    for path in sorted((pairs / "train").glob("*.npy")):
        received, truth = np.load(path).swapaxes(0, 1)
        rows = [json.loads(line) for line in path.with_suffix(".jsonl").read_text().splitlines()]
        for row, one, told, true in zip(rows, received, np.load(folder / path.name), truth, strict=True):
            resized = row["condition"]["codec"] is None and row["condition"]["factor"] >= 1.05
            clean = row["condition"]["codec"] is None and not resized
            brighter = np.clip(one / 255.0 + 0.1, 0, 1) * 255
            np.testing.assert_allclose(told, true if clean else brighter if resized else one, atol=0.501)
            met.add((clean, resized))
    assert len(met) >= 2
