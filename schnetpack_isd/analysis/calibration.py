"""Warnings about models for which an uncertainty is not calibrated."""

from __future__ import annotations

from schnetpack_isd.prediction.record import PredictionRecord
from schnetpack_isd.pretrained.names import DEFAULT_MODEL

__all__ = ["warn_of_model"]


def warn_of_model(record: PredictionRecord, uncertainty: str) -> tuple[str, ...]:
    """Return warnings about an uncertainty that is calibrated on the validation part of the bundled model.

    Args:
        record: origin of the prediction.
        uncertainty: what is calibrated, such as "intervals".

    Returns:
        Nothing for the bundled model, one warning for others.
    """
    if record.model == DEFAULT_MODEL:
        return ()
    single = "" if record.uncertainty is not None else ", a single model without standard deviations"
    return (
        f"The {uncertainty} are calibrated for the bundled model, {DEFAULT_MODEL}, not for {record.model}{single}.",
    )
