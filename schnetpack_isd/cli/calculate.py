"""`spkisd calculate`: reference spectra from density-functional theory."""

from __future__ import annotations

import argparse
import os
import sys

from schnetpack_isd.utils.files import check_not_input
from schnetpack_isd.utils.text import printable

from .options import Subcommands

__all__ = ["register"]


def register(commands: Subcommands) -> None:
    """Add the subcommand to the parser."""
    parser = commands.add_parser(
        "calculate",
        help="reference spectra from density-functional theory (needs PySCF)",
        description="Calculate stick spectra of molecules with the recipe of the bundled spectra: transition-potential "
        "DFT with PySCF. `spkisd convert` reads the spectra and structures that this command writes. An interrupted "
        "calculation goes on when the same command is given again.",
    )
    parser.add_argument(
        "structures", nargs="*", help="files of structures (XYZ, SDF, ...), or of SMILES, one a line (.smi)"
    )
    parser.add_argument("--smiles", nargs="+", default=[], help="molecules as SMILES; GFN2-xTB makes their geometries")
    parser.add_argument("--index", default=":", help="frames of each file: 0, -1, 10:20, ::5 (default: all)")
    parser.add_argument(
        "--output", "-o", required=True, help="HDF5 file to write; the structures go to an .extxyz file beside it"
    )
    parser.add_argument(
        "--element", default="C", metavar="SYMBOL", help="absorbing element: C, N, O or F (default: %(default)s)"
    )
    parser.add_argument(
        "--sites", nargs="+", type=int, metavar="ATOM", help="indices of the atoms, from 0 (default: all unique ones)"
    )
    parser.add_argument("--charge", type=int, help="charge of each structure (default: its own record, or 0)")
    parser.add_argument(
        "--workers", type=int, default=os.cpu_count(), help="number of processes (default: %(default)s, the cores)"
    )
    parser.add_argument("--memory", type=float, metavar="MB", help="memory of all workers (default: 4000 for each)")
    parser.add_argument("--force", action="store_true", help="replace an output that exists")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    from schnetpack_isd.dft import calculate_spectra, read_molecules, structures_path

    if not options.structures and not options.smiles:
        raise ValueError("There is no molecule to calculate: give a file of structures, or --smiles.")
    if options.charge is not None and (options.smiles or any(path.endswith(".smi") for path in options.structures)):
        raise ValueError("--charge is for structures; SMILES have their own charges, as [NH4+] has.")
    for output in (options.output, structures_path(options.output)):
        check_not_input(output, options.structures)
    molecules = [*read_molecules(options.structures, options.index, options.charge), *options.smiles]
    failures = calculate_spectra(
        molecules,
        options.output,
        element=options.element,
        sites=options.sites,
        workers=options.workers,
        memory=options.memory,
        overwrite=options.force,
    )
    for path in (options.output, structures_path(options.output)):
        print(printable(str(path)))
    if failures:
        sys.stdout.flush()
        listed = "".join(f"\n  {name}: {reason}" for name, reason in failures.items())
        raise ValueError(f"{len(failures)} of {len(molecules)} molecules are not in {options.output}:{listed}")
