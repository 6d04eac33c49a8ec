"""`spkisd convert`: make a database of spectra."""

from __future__ import annotations

import argparse

from .options import Subcommands

__all__ = ["register"]


def register(commands: Subcommands) -> None:
    """Add the subcommand to the parser."""
    parser = commands.add_parser(
        "convert",
        help="make a database of spectra",
        description="Convert spectra and structures to a database for SchNetPack. Stick spectra are broadened, "
        "broadened spectra are interpolated.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument(
        "spectra",
        help="HDF5 file of spkisd calculate, or in the layout of the published site_spectra_0.5eV.hdf5 or "
        "site_eigen_dsf.hdf5; or a .sha256 list of files",
    )
    parser.add_argument(
        "structures",
        help="QM9 (dsgdb9nsd.xyz.tar.bz2, gdb9.sdf, or SchNetPack's database ending in .db), or an extended XYZ file, "
        "each frame with its integer `id` in the comment line",
    )
    parser.add_argument("database", help="database to make, ending in .db")
    parser.add_argument("--uncharacterized", metavar="FILE", help="QM9's list of molecules to leave out")
    _add_settings(parser)
    parser.add_argument("--workers", type=int, default=1, help="number of processes that read and broaden the spectra")
    parser.add_argument("--force", action="store_true", help="replace a database that exists")
    parser.set_defaults(run=_run)


def _add_settings(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--energies",
        nargs=3,
        type=float,
        default=(288.0, 310.0, 256),
        metavar=("START", "STOP", "NUM"),
        help="energy axis in eV: first, last, number of points",
    )
    parser.add_argument(
        "--broadening",
        "--sigma",
        nargs="+",
        default=argparse.SUPPRESS,
        metavar="WIDTH",
        help="standard deviation of the Gaussian broadening in eV, or points ENERGY:WIDTH of a width that is linear "
        "between them: 294:0.3 308:2.0, or relative to the ionisation threshold of each site: threshold-4.5:0.3 "
        "threshold+9.5:2.0 (default: 0.5)",
    )
    directions = parser.add_mutually_exclusive_group()
    directions.add_argument(
        "--direction",
        nargs=3,
        type=float,
        action="append",
        metavar=("X", "Y", "Z"),
        help="direction, repeatable; directions other than the axes need transition dipoles",
    )
    directions.add_argument(
        "--random-directions", type=int, metavar="NUM", help="instead, this many random directions for each structure"
    )
    parser.add_argument("--seed", type=int, default=0, help="seed of the random directions")
    parser.add_argument(
        "--scale",
        type=_number_or_word,
        default="mean",
        help='divisor of the intensities: a number, or "mean" for their mean',
    )
    parser.add_argument("--absorbing-element", default="C", help="symbol of the element whose atoms are the sites")
    parser.add_argument(
        "--tensor", action="store_true", help="keep the tensor of each site, for spectra along other directions"
    )


def _number_or_word(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _run(options: argparse.Namespace) -> None:
    from schnetpack_isd.utils.files import check_input, check_output

    check_input(options.spectra, options.structures, *filter(None, [options.uncharacterized]))
    check_output(options.database, options.force)

    from schnetpack_isd.data import SpectrumSettings, convert_spectra
    from schnetpack_isd.directions import CARTESIAN
    from schnetpack_isd.metadata import energy_axis
    from schnetpack_isd.spectra import Broadening

    settings = SpectrumSettings(
        energies=energy_axis(*options.energies),
        broadening=Broadening.parse(" ".join(getattr(options, "broadening", ["0.5"]))),
        directions=options.direction or CARTESIAN if options.random_directions is None else options.random_directions,
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
        workers=options.workers,
        overwrite=options.force,
    )
    print(f"{options.database}: {metadata.n_sites} sites, intensity scale {metadata.intensity_scale:.6g}")
