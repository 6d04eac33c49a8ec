"""Recognition of the layout of a file of spectra."""

from __future__ import annotations

from os import PathLike

from .broadened import BroadenedFile
from .compact import CompactFile, is_compact
from .file_list import is_file_list, read_file_list
from .joined import JoinedFile
from .site_file import SiteFile
from .sticks import StickFile

__all__ = ["open_spectra"]


def open_spectra(path: str | PathLike) -> SiteFile:
    """Open a file of stick spectra or of broadened spectra; its entries decide.

    Args:
        path: HDF5 file in the layout of the published ``site_eigen_dsf.hdf5`` or ``site_spectra_0.5eV.hdf5``, or in the
            compact one (:class:`~schnetpack_isd.data.sources.CompactFile`), or a list of such files
            (:func:`~schnetpack_isd.data.sources.read_file_list`).

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is not an HDF5 file, or has another layout.
    """
    if is_file_list(path):
        return JoinedFile(path, [open_spectra(file) for file in read_file_list(path)])
    if is_compact(path):
        return CompactFile(path)
    file = BroadenedFile(path)
    keys = file.first_keys()
    if "eigenvalues" in keys:
        file.close()
        return StickFile(path)
    if "spectrum" in keys:
        return file
    file.close()
    raise ValueError(
        f"{path}: the first site has neither `eigenvalues` (stick spectra) nor `spectrum` (broadened spectra), "
        f"but {', '.join(sorted(keys)) or 'nothing'}."
    )
