"""Conversion of files of the published layout: rate, memory, and size of the database.

    python benchmarks/converting.py [--share 0.1] [--folder full_size] [--workers 1 2]

The files have the size of the published ones, several GB, or a share of it. They are generated in the folder unless
they exist, which takes minutes. Each conversion runs in a separate process, on one thread or with workers. Memory and
CPU time are those of the main process, without workers. Memory is measured on Linux only.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from itertools import product
from pathlib import Path

import numpy as np
from processor import processor
from schnetpack.data import ASEAtomsData

from schnetpack_isd.testing import published_layout as layout

CONVERT = """
import json, sys, time
from pathlib import Path
from schnetpack_isd.data import SpectrumSettings, convert_spectra

def peak():  # getrusage would include the memory of the process that started this one
    [line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) / 1024

spectra, database, scale, workers = sys.argv[1:]
imported, start, cpu = peak(), time.perf_counter(), time.process_time()
metadata = convert_spectra(
    spectra, "dsgdb9nsd.xyz.tar.bz2", database,
    SpectrumSettings(scale=scale if scale == "mean" else float(scale)),
    uncharacterized="uncharacterized.txt", workers=int(workers), overwrite=True,
)
seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
print(json.dumps({"sites": metadata.n_sites, "seconds": seconds, "cpu": cpu, "imported": imported, "peak": peak()}))
"""

PAPERS_SCALE = "1.1704213102348149e-4"


def make_files(folder: Path, share: float) -> None:
    """Generate the missing files of spectra and of QM9."""
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
        structures = range(1, round(share * layout.N_QM9) + 1)
        others = np.setdiff1d(np.arange(1, layout.N_QM9 + 1), list(sites))
        n_here = round(len(sites) * 489 / layout.N_MOLECULES)
        here, elsewhere = (
            rng.choice(numbers, n, replace=False)
            for numbers, n in ((list(sites), n_here), (others, layout.N_UNCHARACTERIZED - n_here))
        )
        layout.write_uncharacterized(folder / "uncharacterized.txt", np.union1d(here, elsewhere))
        n_carbon = {number: len(atoms) for number, atoms in sites.items()}
        layout.write_qm9_archive(folder / "dsgdb9nsd.xyz.tar.bz2", layout.made_up_structures(structures, n_carbon))


def count_numbers(database: Path) -> int:
    """Return the number of numbers in the rows of a database."""
    dataset = ASEAtomsData(str(database))
    return sum(value.numel() for row in range(len(dataset)) for value in dataset[row].values())


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path("full_size"))
    parser.add_argument("--share", type=float, default=1.0, help="share of the molecules")
    parser.add_argument("--workers", type=int, nargs="+", default=[1], help="numbers of workers, one after another")
    options = parser.parse_args()
    make_files(options.folder, options.share)
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    print(processor())
    print(
        "| file | scale | workers | site spectra | per minute | CPU s of the main process | MB at the peak | "
        "of which imports | database / float32 |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    conversions = (
        ("site_spectra_0.5eV.hdf5", PAPERS_SCALE),
        ("site_spectra_0.5eV.hdf5", "mean"),
        ("site_eigen_dsf.hdf5", PAPERS_SCALE),
    )
    for (name, scale), workers in product(conversions, options.workers):
        database = "mean.db" if scale == "mean" else f"{name.split('_')[1]}.db"
        result = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", CONVERT, name, database, scale, str(workers)],
            cwd=options.folder, env=environment, stdout=subprocess.PIPE, check=True, text=True,
        )  # fmt: skip
        run = json.loads(result.stdout)
        ratio = (options.folder / database).stat().st_size / (4 * count_numbers(options.folder / database))
        print(
            f"| `{name}` | {'mean' if scale == 'mean' else 'number'} | {workers} | {run['sites']} | "
            f"{60 * run['sites'] / run['seconds']:.0f} | {run['cpu']:.1f} | {run['peak']:.0f} | "
            f"{run['imported']:.0f} | {ratio:.3f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
