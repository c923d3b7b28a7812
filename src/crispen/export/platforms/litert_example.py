"""pip install ai-edge-litert pillow"""

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from PIL import Image

y, golden = (np.asarray(Image.open(f"golden_{name}.png")) for name in ("input", "output"))
run = Interpreter("@file@", num_threads=2).get_signature_runner()
feed = {"luma": y[None, ..., None], "strength": np.ones(1, np.float32)}
sharp = run(**{name: feed[name] for name in run.get_input_details()})["sharp"][0, ..., 0]
Image.fromarray(sharp).save("sharp.png")
print(f"sharp.png is within {abs(sharp.astype(int) - golden).max()} grey levels of golden_output.png")
