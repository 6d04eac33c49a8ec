"""Write measured spectra as a folder of XDI files."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

from schnetpack_isd.utils.files import atomic_write, check_output, process_lock
from schnetpack_isd.utils.spectrum_folder import check_replaceable, make_room
from schnetpack_isd.utils.xdi import write_xdi_file

from .series import MeasuredSeries, MeasuredSpectrum

__all__ = ["check_folder", "write_series"]


def check_folder(path: str | os.PathLike[str], overwrite: bool) -> None:
    """Check that a folder of spectra can be written.

    Raises:
        FileExistsError: it exists and must not be overwritten, or has files other than spectra of this package.
        FileNotFoundError: the folder above it does not exist.
    """
    check_output(path, overwrite)
    check_replaceable(Path(path), overwrite)


def write_series(
    series: MeasuredSeries, path: str | os.PathLike[str], description: str = "", overwrite: bool = False
) -> list[Path]:
    """Write a series as a folder with an XDI file for each spectrum, named after its angle, such as `20deg.xdi`.

    Args:
        series: the spectra.
        path: folder to write.
        description: text that each file keeps as a comment, such as the YAML file of the series.
        overwrite: replace a folder of spectra that exists.

    Returns:
        The files.

    Raises:
        FileExistsError: the folder exists and must not be overwritten, or has files other than spectra of this package.
        FileNotFoundError: the folder above it does not exist.
    """
    path = Path(path)
    check_folder(path, overwrite)
    names = _names(series)
    with process_lock(path), atomic_write(path) as temporary:
        temporary.mkdir()
        for name, spectrum in zip(names, series.spectra, strict=True):
            _write_spectrum(temporary / name, spectrum, series.polarisation, description)
        make_room(path, temporary)
    return [path / name for name in names]


def _names(series: MeasuredSeries) -> list[str]:
    """Return a name for each spectrum; those at one angle are numbered."""
    seen: Counter[str] = Counter()
    names = []
    for spectrum in series.spectra:
        name = _angle(spectrum).replace(" degrees", "deg")
        seen[name] += 1
        names.append(f"{name}{f'_{seen[name]}' if seen[name] > 1 else ''}.xdi")
    return names


def _angle(spectrum: MeasuredSpectrum) -> str:
    return "isotropic" if spectrum.angle is None else f"{spectrum.angle:g} degrees"


def _write_spectrum(path: Path, spectrum: MeasuredSpectrum, polarisation: float | None, description: str) -> None:
    columns = {"energy": ("eV", spectrum.energies), "mu": ("arb.", spectrum.intensities)}
    extension = {"source": spectrum.source, "angle": _angle(spectrum)}
    if polarisation is not None:
        extension["polarisation"] = f"{polarisation:g}"
    if spectrum.energies_from:
        extension["energies"] = spectrum.energies_from
    write_xdi_file(path, columns, {}, extension, ["Measured.", *description.splitlines()])
