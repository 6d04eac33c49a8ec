"""Configuration of the authors' networks, which their weights alone do not show."""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

__all__ = ["OCPSettings", "read_config"]

SIZES = ("hidden_channels", "num_layers", "num_rbf", "num_elements", "num_out_layers", "out_channels")
"""Names of the sizes, which the shapes of the weights also show."""

ONLY = {
    "message_factor_normalize": False,
    "out_src": "invariant",
    "rbf": {"name": "gaussian"},
    "envelope": {"name": "polynomial", "exponent": 5},
}
"""Options of which one value is supported."""

KEYS = {*SIZES, *ONLY, "cutoff", "symmetric_message", "zero_initialization", "max_neighbors", "energies"}


@dataclass(frozen=True)
class OCPSettings:
    """Properties of a network that the shapes of its weights do not show.

    Attributes:
        cutoff: cutoff radius in Å.
        symmetric_message: the vector message is symmetrised, eqn (4).
        directional_embedding: vector features start from the direction, eqn (3).
        max_neighbors: largest number of neighbours of which the authors' code uses all.
        window: first and last energy in eV; None if the configuration has none.
        sizes: sizes in the configuration, for comparison with those of the weights.

    Raises:
        ValueError: an attribute is not as described.
    """

    cutoff: float
    symmetric_message: bool
    directional_embedding: bool = True
    max_neighbors: int = 50
    window: tuple[float, float] | None = None
    sizes: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not _is_number(self.cutoff) or not 0 < self.cutoff < math.inf:
            raise ValueError(f"`cutoff` must be a positive number of Å, not {self.cutoff!r}.")
        if not isinstance(self.max_neighbors, int) or isinstance(self.max_neighbors, bool) or self.max_neighbors < 1:
            raise ValueError(f"`max_neighbors` must be a positive whole number, not {self.max_neighbors!r}.")
        for name in ("symmetric_message", "directional_embedding"):
            if not isinstance(getattr(self, name), bool):
                raise ValueError(f"`{name}` must be true or false, not {getattr(self, name)!r}.")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def read_config(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Read a configuration file of the authors (`config-defaults.yaml`).

    Args:
        path: YAML file with entries `key: {value: ...}` or `key: value`.

    Returns:
        The values by key.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it cannot be read, or has other keys.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f"{path}: no such file.")
    try:
        content = OmegaConf.to_container(OmegaConf.load(str(path)))
    except (YAMLError, OmegaConfBaseException, OSError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"{path} cannot be read as a YAML file of entries ({error}).") from error
    if not isinstance(content, dict) or not content.keys() & KEYS:
        raise ValueError(
            f"{path} is not a configuration of the authors: entries `key: {{value: ...}}` were expected, with keys "
            "such as cutoff and symmetric_message."
        )
    return {str(key): _value(entry) for key, entry in content.items()}


def _value(entry: Any) -> Any:
    return entry["value"] if isinstance(entry, dict) and "value" in entry else entry


def combine(config_path: str | os.PathLike[str] | None, **given: float | bool | None) -> OCPSettings:
    """Combine a configuration and arguments, which must not contradict each other.

    Args:
        config_path: configuration file of the authors.
        given: values of `cutoff`, `symmetric_message` and `directional_embedding`; None leaves them to the
            configuration.

    Raises:
        ValueError: something is missing, contradictory, or not supported; the message names it.

    Warns:
        UserWarning: the configuration does not say whether the factor in the message is normalised.
    """
    config = {} if config_path is None else read_config(config_path)
    values = _agreed(config, config_path, given)
    for name, value in ONLY.items():
        if name in config and config[name] != value:
            raise ValueError(f"`{name}` is {config[name]!r} in {config_path}; only {value!r} is supported.")
    if values["symmetric_message"] and "message_factor_normalize" not in config:
        warnings.warn(
            "The configuration does not say whether the factor in the message is normalised "
            "(`message_factor_normalize`). It is assumed not to be, as in the published weights.",
            stacklevel=3,
        )
    if "max_neighbors" in config:
        values["max_neighbors"] = config["max_neighbors"]
    sizes = {name: config[name] for name in SIZES if name in config}
    if "energies" in config:
        start, stop, num = _energies(config["energies"], config_path)
        values["window"] = (start, stop)
        if sizes.setdefault("out_channels", num) != num:
            raise ValueError(f"{config_path} has {num} energies, but {sizes['out_channels']} `out_channels`.")
    try:
        return OCPSettings(**values, sizes=sizes)
    except ValueError as error:
        raise ValueError(f"{config_path or 'settings'}: {error}") from error


def _agreed(
    config: dict[str, Any], config_path: str | os.PathLike[str] | None, given: dict[str, Any]
) -> dict[str, Any]:
    """Return the values of configuration and arguments together."""
    told: dict[str, Any] = {name: config[name] for name in ("cutoff", "symmetric_message") if name in config}
    if "zero_initialization" in config:
        if not isinstance(config["zero_initialization"], bool):
            value = config["zero_initialization"]
            raise ValueError(f"{config_path}: `zero_initialization` must be true or false, not {value!r}.")
        told["directional_embedding"] = not config["zero_initialization"]
    given = {name: value for name, value in given.items() if value is not None}
    for name in given.keys() & told.keys():
        if given[name] != told[name]:
            raise ValueError(f"`{name}` was given as {given[name]!r}, but is {told[name]!r} in {config_path}.")
    if missing := sorted({"cutoff", "symmetric_message"} - given.keys() - told.keys()):
        source = "no configuration file was given" if config_path is None else f"{config_path} does not have it"
        flags = {"cutoff": "--cutoff", "symmetric_message": "--symmetric-message or --no-symmetric-message"}
        options = " and ".join(flags[name] for name in missing)
        raise ValueError(
            f"`{'` and `'.join(missing)}` is unknown ({source}), and the weights do not show it. Give the "
            f"configuration file that was published with the weights, or {options}."
        )
    return told | given


def _energies(entry: Any, config_path: str | os.PathLike[str] | None) -> tuple[float, float, int]:
    numbers = list(entry) if isinstance(entry, list) else []
    if len(numbers) != 3 or not all(map(_is_number, numbers)) or not -math.inf < numbers[0] < numbers[1] < math.inf:
        raise ValueError(f"{config_path}: `energies` must be first, last (eV) and number, not {entry!r}.")
    return tuple(numbers)
