"""Fetch the JavaScript libraries of `spkisd view` from npm: ``python tools/update_view_libraries.py uplot@1.6.32``."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "schnetpack_isd" / "view" / "web" / "libraries"

FILES = {"uplot": {"uPlot.iife.min.js": "dist/uPlot.iife.min.js", "uPlot.min.css": "dist/uPlot.min.css"}}
"""Files to keep of each library, and their paths in its package."""


def update(specification: str) -> None:
    """Replace a library by another version, with its licence, and record the version.

    Args:
        specification: name and version as npm writes them.
    """
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", "--json", "--pack-destination", folder, specification]
        [packed] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        with tarfile.open(Path(folder) / packed["filename"]) as archive:
            files = FILES[packed["name"]] | {f"{packed['name']}.LICENSE": "LICENSE"}
            for name, path in files.items():
                found = archive.extractfile(f"package/{path}")
                assert found is not None, f"{path} is not a file"
                (FOLDER / name).write_bytes(found.read())
    versions = FOLDER / "versions.json"
    record = json.loads(versions.read_text()) if versions.exists() else {}
    record[packed["name"]] = {"version": packed["version"], "integrity": packed["integrity"]}
    versions.write_text(json.dumps(record, indent=2, sort_keys=True) + "\n")


if __name__ == "__main__":
    for specification in sys.argv[1:] or list(FILES):
        update(specification)
