"""What is checked before anything is computed."""

from __future__ import annotations

from pathlib import Path

from schnetpack_isd.utils.files import refuse_existing

__all__ = ["check_device", "check_figure", "check_output"]


def check_output(path: str, overwrite: bool) -> None:
    """Refuse a file that exists, unless it is to be replaced, and one in a folder that does not."""
    refuse_existing(Path(path), overwrite)
    if not Path(path).parent.is_dir():
        raise FileNotFoundError(f"{Path(path).parent}: no such folder, for {Path(path).name}.")


def check_figure(path: str, overwrite: bool) -> None:
    """Refuse what :func:`check_output` does, and a format that Matplotlib does not write."""
    from matplotlib.backend_bases import FigureCanvasBase

    check_output(path, overwrite)
    known = FigureCanvasBase.get_supported_filetypes()
    if Path(path).suffix[1:] not in known:
        raise ValueError(f"{path}: the name of a figure must end in one of {', '.join(sorted(known))}.")


def check_device(name: str) -> None:
    """Refuse a device that is not there."""
    import torch

    try:
        torch.zeros(1, device=name)
    except (RuntimeError, AssertionError) as error:
        raise ValueError(f"--device {name} cannot be used: {str(error).splitlines()[0]}") from error
