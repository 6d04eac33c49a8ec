"""Raw scans of a film at a beamline, in the layout of `mda2ascii`, whose normalised spectra are known."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

__all__ = ["film_signal", "write_raw_scans"]

PAGE = Path(__file__).parents[2] / "docs" / "measured.md"
"""Page whose YAML file names these scans."""

LABELS = (
    "[     Index      ]",
    "[1-D Positioner 1]  PGM:LOCAL_SP, Mono setpoint, TABLE, eV, PGM:LOCAL_SP, Mono setpoint, eV",
    "[1-D Positioner 2]  IOC68:scaler1.TP, , TABLE, , IOC68:scaler1.T, , ",
    "[1-D Detector   1]  PGM_CALC_ENERGY_MONITOR.P, calculated ph energy, ",
    "[1-D Detector   2]  IOC68:scaler1.S20, , ",
    "[1-D Detector   3]  IOC68:scaler1.S18, , ",
    "[1-D Detector   4]  IOC68:scaler1.S17, , ",
    "[1-D Detector   5]  AMP08:CURR_MONITOR, Sample Drain, A",
    "[1-D Detector   6]  AMP09:CURR_MONITOR, I0 Chamber, A",
    "[1-D Detector   7]  AMP05:CURR_MONITOR, Photodiode, A",
)


def film_signal(energies: NDArray, angle: float) -> NDArray:
    """Absorption (n,) of the film: pi* along the normal, sigma* in the plane, then height 1."""
    normal = np.cos(np.radians(angle)) ** 2
    pi_star = 1.5 * normal * np.exp(-0.5 * ((energies - 285.2) / 0.4) ** 2)
    sigma_star = (0.8 - 0.4 * normal) * np.exp(-0.5 * ((energies - 293.0) / 2.0) ** 2)
    return pi_star + sigma_star + 1 / (1 + np.exp(-(energies - 288.0) / 0.5))


def write_raw_scans(folder: Path) -> None:
    """Write scans of the film at 20 and 90 degrees and of a photodiode, and the YAML file of the page on them.

    The flux has dips of carbon on the mirrors, and the mesh has an edge of its own. The energies differ a little from
    scan to scan. Each detector has a counter, and an ammeter whose read-back lags behind.
    """
    setpoints = np.arange(270.0, 330.05, 0.1)
    for number, (name, angle) in enumerate({"film20": 20.0, "film90": 90.0, "photodiode": None}.items()):
        energies = setpoints + 0.002 * np.sin(setpoints + number)
        flux = (1.0 - 0.1 * number) * (1.0 - 0.85 * np.exp(-0.5 * ((energies - 285.0) / 1.2) ** 2))
        mesh = flux * (0.05 + 1 / (1 + np.exp(-(energies - 290.0))))
        drain = flux * (film_signal(energies, angle) + 0.3 - 0.0005 * (energies - 270.0)) if angle is not None else flux
        diode = flux * energies if angle is None else np.full_like(energies, 0.01)
        time = np.full_like(energies, 0.6)
        counters = [1e4 * signal for signal in (drain, mesh, diode)]
        ammeters = [1e-11 * _lag(signal, 2 * points) for points, signal in enumerate((drain, mesh, diode), 1)]
        rows = np.column_stack([np.arange(1, len(setpoints) + 1), setpoints, time, energies, *counters, *ammeters])
        _write_scan(folder / f"{name}.asc", rows, number)
    [content] = re.findall(r"^```yaml\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    (folder / "film.yaml").write_text(content)


def _lag(signal: NDArray, points: int) -> NDArray:
    """Return the read-back (n,) of an ammeter: at every fourth point a new value, that of some points before."""
    return signal[np.maximum(np.arange(len(signal)) // 4 * 4 - points, 0)]


def _write_scan(path: Path, rows: NDArray, number: int) -> None:
    lines = ["## mda2ascii 0.3.2 generated output", "", "", "# MDA File Version = 1.3", f"# Scan number = {number}"]
    lines += ['# Extra PV 1: NEX01:R_MTR.RBV, R_MTR, "90", deg', "", "# Column Descriptions:"]
    lines += [f"#{column:5}  {label}" for column, label in enumerate(LABELS, 1)]
    lines += ["", "# 1-D Scan Values"]
    lines += ["\t".join(f"{value:.9g}" for value in row) for row in rows]
    path.write_text("\n".join(lines) + "\n")
