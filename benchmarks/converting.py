"""Convert files of the published layout, at full size or at a share of it: rate, memory, size of the database.

    python benchmarks/converting.py [--share 0.1] [--folder full_size]

makes the files in the folder unless they are there (some GB; minutes) and prints a table. Each conversion runs in a
process of its own, on one thread.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
from schnetpack.data import ASEAtomsData

from schnetpack_isd.testing import published_layout as layout

CONVERT = """
import json, resource, sys, time
from schnetpack_isd.data import SpectrumSettings, convert_spectra

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

spectra, database, scale = sys.argv[1:]
imported, start = peak(), time.perf_counter()
metadata = convert_spectra(
    spectra, "dsgdb9nsd.xyz.tar.bz2", database,
    SpectrumSettings(scale=scale if scale == "mean" else float(scale)),
    uncharacterized="uncharacterized.txt", overwrite=True,
)
seconds = time.perf_counter() - start
print(json.dumps({"sites": metadata.n_sites, "seconds": seconds, "imported": imported, "peak": peak()}))
"""

PAPERS_SCALE = "1.1704213102348149e-4"


def make_files(folder: Path, share: float) -> None:
    """The published files and QM9's, those that are not there."""
    folder.mkdir(parents=True, exist_ok=True)
    sites = layout.full_size_sites()
    sites = {number: sites[number] for number in list(sites)[: round(share * len(sites))]}
    for name, write in (
        ("site_spectra_0.5eV.hdf5", layout.write_site_spectra),
        ("site_eigen_dsf.hdf5", layout.write_site_eigen_dsf),
    ):
        if not (folder / name).exists():
            write(folder / name, sites)
    if not (folder / "dsgdb9nsd.xyz.tar.bz2").exists():
        rng = np.random.default_rng(1)
        others = np.setdiff1d(np.arange(1, layout.N_QM9 + 1), list(sites))
        n_here = round(len(sites) * 489 / layout.N_MOLECULES)
        here, elsewhere = (
            rng.choice(numbers, n, replace=False)
            for numbers, n in ((list(sites), n_here), (others, layout.N_UNCHARACTERIZED - n_here))
        )
        layout.write_uncharacterized(folder / "uncharacterized.txt", np.union1d(here, elsewhere))
        n_carbon = {number: len(atoms) for number, atoms in sites.items()}
        structures = layout.made_up_structures(range(1, layout.N_QM9 + 1), n_carbon)
        layout.write_qm9_archive(folder / "dsgdb9nsd.xyz.tar.bz2", structures)


def count_numbers(database: Path) -> int:
    """How many numbers the rows of a database hold."""
    dataset = ASEAtomsData(str(database))
    return sum(value.numel() for row in range(len(dataset)) for value in dataset[row].values())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path("full_size"))
    parser.add_argument("--share", type=float, default=1.0, help="share of the molecules to make files of")
    options = parser.parse_args()
    make_files(options.folder, options.share)
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    print("| file | scale | site spectra | a minute | MB at the peak | of which imports | database / float32 |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for name, scale in (
        ("site_spectra_0.5eV.hdf5", PAPERS_SCALE),
        ("site_spectra_0.5eV.hdf5", "mean"),
        ("site_eigen_dsf.hdf5", PAPERS_SCALE),
    ):
        database = "mean.db" if scale == "mean" else f"{name.split('_')[1]}.db"
        result = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", CONVERT, name, database, scale],
            cwd=options.folder, env=environment, stdout=subprocess.PIPE, check=True, text=True,
        )  # fmt: skip
        run = json.loads(result.stdout)
        ratio = (options.folder / database).stat().st_size / (4 * count_numbers(options.folder / database))
        print(
            f"| `{name}` | {'mean' if scale == 'mean' else 'number'} | {run['sites']} | "
            f"{60 * run['sites'] / run['seconds']:.0f} | {run['peak']:.0f} | {run['imported']:.0f} | {ratio:.3f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
