"""Writes a model that is a folder: python make_model.py [FOLDER] makes FOLDER/model with its files."""

import json
import sys
from pathlib import Path


def main() -> None:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".") / "model"
    (folder / "tables").mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps({"scale": 2.5, "labels": "tables/labels.txt"}))
    (folder / "tables" / "labels.txt").write_text("low\nhigh\n")


if __name__ == "__main__":
    main()
