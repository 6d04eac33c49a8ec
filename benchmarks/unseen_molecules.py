"""Errors of the bundled model on the molecules that version 3 of the bundled spectra adds.

    python benchmarks/unseen_molecules.py [TABLE.md]

No part of the split of the bundled model has these molecules. The columns are those of `bundled_model.py`.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path

from bundled_table import TestPart

from schnetpack_isd.data import convert_spectra, open_database
from schnetpack_isd.data.stored_rows import molecule_ids
from schnetpack_isd.datasets import bundled_files, sample_settings
from schnetpack_isd.models import load_spectrum_model

NAME = "conjugated"


def main() -> None:
    """Convert the spectra, and print or write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", type=Path, nargs="?", help="Markdown file to write")
    options = parser.parse_args()
    model, files = load_spectrum_model(), bundled_files(3)[0].parent
    settings = replace(sample_settings(), scale=float(model.head.intensity_scale))
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / f"{NAME}.db"
        convert_spectra(files / f"{NAME}_sticks.hdf5", files / f"{NAME}.extxyz", database, settings)
        if model.training_ids is None or model.training_ids & set(molecule_ids(database)):
            raise ValueError("The bundled model was trained on some of these molecules.")
        part = TestPart(database, range(len(open_database(database))), model)
        text = f"{part.table()}\n\n{part.comparison()}\n"
    print(text)
    if options.table is not None:
        options.table.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
