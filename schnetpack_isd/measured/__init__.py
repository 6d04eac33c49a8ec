"""Measured spectra: files, series of angles and their normalisation."""

from .series import MeasuredSeries, MeasuredSpectrum

__all__ = ["MeasuredSeries", "MeasuredSpectrum"]
