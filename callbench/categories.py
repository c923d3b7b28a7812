"""Starts a manifest from categories.csv and the files' hashes.

    python callbench/categories.py BENCH callbench/pictures

`crispen eval BENCH callbench/pictures --manifest OUT` then adds the hash of every input.
"""

import csv
import hashlib
import json
import sys
from pathlib import Path

with open(Path(__file__).with_name("categories.csv")) as file:
    categories = {row["picture"]: row["category"] for row in csv.DictReader(file)}
pictures = {}
for folder in map(Path, sys.argv[1:]):
    for name in categories:
        path = folder / name
        if path.is_file():
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            pictures[digest] = {"name": name, "category": categories[name]}
manifest = {"version": "v1", "seed": 1, "libraries": {}, "pictures": pictures, "conditions": {}, "inputs": {}}
print(json.dumps(manifest, indent=1))
