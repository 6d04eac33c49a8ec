"""`spkisd convert`: make a database of spectra."""

from __future__ import annotations

import argparse

__all__ = ["add"]


def add(commands: argparse._SubParsersAction) -> None:
    """Add the subcommand to those of the parser."""
    parser = commands.add_parser(
        "convert",
        help="make a database of spectra",
        description="Write spectra, with their structures, to a database for SchNetPack. Stick spectra are broadened, "
        "broadened ones interpolated.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add("spectra", help="HDF5 file of the layout of the published site_spectra_0.5eV.hdf5 or site_eigen_dsf.hdf5")
    add(
        "structures",
        help="QM9 (dsgdb9nsd.xyz.tar.bz2, gdb9.sdf, or SchNetPack's database ending in .db), or an extended XYZ file, "
        "each frame with its integer `id` in the comment line",
    )
    add("database", help="database to make, ending in .db")
    add("--uncharacterized", metavar="FILE", help="QM9's uncharacterized.txt: leave out the molecules it lists")
    add(
        "--energies",
        nargs=3,
        type=float,
        default=(288.0, 310.0, 256),
        metavar=("START", "STOP", "NUM"),
        help="axis, eV",
    )
    add("--sigma", type=float, default=0.5, help="standard deviation of the Gaussian broadening, eV")
    add(
        "--direction",
        nargs=3,
        type=float,
        action="append",
        metavar=("X", "Y", "Z"),
        help="direction, repeatable; others than the axes need transition dipoles (default: x, y and z)",
    )
    add("--random-directions", type=int, metavar="NUM", help="instead, this many random directions for each structure")
    add("--seed", type=int, default=0, help="seed of the random directions")
    add(
        "--scale",
        type=_number_or_word,
        default="mean",
        help='what intensities are divided by: a number, or "mean" for their mean',
    )
    add("--absorbing-element", default="C", help="symbol of the element whose atoms the sites are")
    add("--tensor", action="store_true", help="keep each site's tensor, for spectra along other directions")
    add("--force", action="store_true", help="replace a database that exists")
    parser.set_defaults(run=_run)


def _number_or_word(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _run(options: argparse.Namespace) -> None:
    import numpy as np

    from schnetpack_isd.data import SpectrumSettings, convert_spectra
    from schnetpack_isd.directions import CARTESIAN

    if options.direction and options.random_directions is not None:
        raise ValueError("give either --direction or --random-directions, not both.")
    start, stop, num = options.energies
    if num != int(num) or num < 2:
        raise ValueError(f"the number of energies must be a whole number of at least 2, not {num}.")
    directions = options.random_directions if options.random_directions is not None else options.direction or CARTESIAN
    settings = SpectrumSettings(
        energies=np.linspace(start, stop, int(num)),
        sigma=options.sigma,
        directions=directions,
        direction_seed=options.seed,
        scale=options.scale,
        absorbing_element=options.absorbing_element,
        tensor=options.tensor,
    )
    metadata = convert_spectra(
        options.spectra,
        options.structures,
        options.database,
        settings,
        uncharacterized=options.uncharacterized,
        overwrite=options.force,
    )
    print(f"{options.database}: {metadata['n_sites']} sites, intensity scale {metadata['intensity_scale']:.6g}")
