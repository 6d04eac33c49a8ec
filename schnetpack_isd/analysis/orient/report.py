"""Text and files of the orientation in a film."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from schnetpack_isd.analysis.outputs import open_table, write_comments, write_json

from .estimate import LEVEL, MODEL_FACTOR, Estimate
from .result import MomentsResult, OrderResult
from .uncertainty import BLOCK_LENGTH, N_RESAMPLED

__all__ = ["ENDINGS", "describe", "to_dict", "write_result"]

METHOD = (
    f"90 % intervals; noise: {N_RESAMPLED} bootstrap samples of the residuals in blocks of {BLOCK_LENGTH:g} eV; model: "
    f"{MODEL_FACTOR:g} times the standard deviation over the members of the ensemble, a factor for the bundled model"
)
"""Origin of the intervals."""


def describe(result: OrderResult | MomentsResult) -> str:
    """Return the result as lines of text."""
    lines = [f"{result.name}, {result.fit.points.n_angles} spectra"]
    if isinstance(result, OrderResult):
        low, high = result.tilt_interval
        lines += [
            f"order parameter  {_with_parts(result.order)}",
            f"tilt             {result.tilt:.0f}° ({low:.0f}° to {high:.0f}°), if it is the same for all molecules",
        ]
    else:
        for value, axis in zip(result.eigenvalues, result.moments.axes, strict=True):
            along = " ".join(f"{part:.2f}" for part in axis)
            lines.append(f"<cos²> of [{along}]  {_with_parts(value)}")
        lines.append(f"determined       {result.moments.n_determined} of 5 numbers")
    origin = "fitted" if result.fit.fit_polarisation else "given"
    lines += [
        f"energy shift     {result.shift.value:+.2f} ± {result.shift.half_width:.2f} eV",
        f"broadening       {result.broadening.value:.2f} ± {result.broadening.half_width:.2f} eV (standard deviation)",
        f"polarisation     {result.fit.solution.nuisance.polarisation:.3f} ({origin})",
        f"explained        {result.fit.explained:.1%} of the variance",
    ]
    return "\n".join(lines)


def _with_parts(estimate: Estimate) -> str:
    model = "" if estimate.model is None else f", model {estimate.model:.3f}"
    undetermined = f", undetermined {estimate.undetermined:.3f}" if estimate.undetermined else ""
    return f"{estimate} (90 %; standard deviations: noise {estimate.noise:.3f}{model}{undetermined})"


def to_dict(result: OrderResult | MomentsResult) -> dict[str, Any]:
    """Return the result as plain values by name, which JSON can hold."""
    values: dict[str, Any] = {"molecule": result.name}
    if isinstance(result, OrderResult):
        values["axis"] = result.axis.tolist()
        values["order_parameter"] = _plain(result.order)
        values["tilt_deg"] = {"value": result.tilt, "interval": list(result.tilt_interval)}
        values["tilt_model"] = "one tilt for all molecules"
    else:
        values["second_moments"] = result.moments.matrix.tolist()
        values["principal_axes"] = result.moments.axes.tolist()
        values["eigenvalues"] = [_plain(value) for value in result.eigenvalues]
        values["information"] = result.moments.information.tolist()
        values["n_determined"] = result.moments.n_determined
    fit = result.fit
    values |= {
        "shift_eV": _plain(result.shift),
        "broadening_eV": _plain(result.broadening),
        "polarisation": fit.solution.nuisance.polarisation,
        "polarisation_fitted": fit.fit_polarisation,
        "scale": fit.scale,
        "edge_step": fit.step,
        "spectra": [
            {"source": spectrum.source, "angle_deg": spectrum.angle, "offset": offset}
            for spectrum, offset in zip(result.series.spectra, fit.offsets.tolist(), strict=True)
        ],
        "energy_range_eV": [float(fit.points.energies.min()), float(fit.points.energies.max())],
        "noise": fit.noise,
        "explained_variance": fit.explained,
        "interval_level": LEVEL,
        "method": METHOD,
        "warnings": list(result.warnings),
    }
    return values


def _plain(estimate: Estimate) -> dict[str, Any]:
    return {
        "value": estimate.value,
        "interval": list(estimate.interval),
        "std_noise": estimate.noise,
        "std_model": estimate.model,
        "std_undetermined": estimate.undetermined,
    }


def write_result(
    result: OrderResult | MomentsResult,
    path: str | os.PathLike[str],
    attributes: Mapping[str, Any] | None = None,
    overwrite: bool = False,
) -> None:
    """Write a result to a file.

    Args:
        result: the result.
        path: file to write; its ending is one of :data:`ENDINGS`: .json has the numbers, .csv the fitted spectra too.
        attributes: origin of the tensor.
        overwrite: replace a file that exists.

    Raises:
        FileExistsError: the file exists and must not be overwritten.
        FileNotFoundError: its folder does not exist.
        ValueError: its ending is not one of :data:`ENDINGS`.
    """
    with open_table(path, overwrite, ENDINGS) as temporary:
        ENDINGS[temporary.suffix](result, temporary, attributes or {})


def _write_json(result: OrderResult | MomentsResult, path: Path, attributes: Mapping[str, Any]) -> None:
    write_json(path, {**to_dict(result), "prediction": dict(attributes)})


def _write_csv(result: OrderResult | MomentsResult, path: Path, attributes: Mapping[str, Any]) -> None:
    """Write measured and fitted intensities at each angle; comments have the numbers, as JSON."""
    points = result.fit.points
    columns = (result.series.angles[points.angle], points.energies, points.intensities, result.fit.solution.fitted)
    with path.open("w", encoding="utf-8") as file:
        write_comments(file, {**to_dict(result), **attributes})
        file.write("angle_deg,energy_eV,measured,fitted\n")
        np.savetxt(file, np.stack(columns, axis=1), fmt=["%g", "%.4f", "%.6g", "%.6g"], delimiter=",")


ENDINGS = {".json": _write_json, ".csv": _write_csv}
"""Writers of the formats by the ending of the file's name."""
