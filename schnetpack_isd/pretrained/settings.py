"""What a network of the authors is, beyond its weights."""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

__all__ = ["OCPSettings", "read_config"]

SIZES = ("hidden_channels", "num_layers", "num_rbf", "num_elements", "num_out_layers", "out_channels")
"""Names of the sizes, which the shapes of the weights tell as well."""

ONLY = {
    "message_factor_normalize": False,
    "out_src": "invariant",
    "rbf": {"name": "gaussian"},
    "envelope": {"name": "polynomial", "exponent": 5},
}
"""Options of their network of which one value is supported."""


@dataclass(frozen=True)
class OCPSettings:
    """What the shapes of the weights do not tell.

    Attributes:
        cutoff: cutoff radius in Å.
        symmetric_message: whether the vector message is symmetrised, eqn (4).
        directional_embedding: whether vector features start from the direction, eqn (3).
        max_neighbors: number of neighbours of an atom up to which their network uses all of them.
        window: first and last energy in eV; the paper's unless a configuration says otherwise.
        sizes: sizes that a configuration tells, for comparison with those of the weights.

    Raises:
        ValueError: a number is not one, or a switch is neither True nor False.
    """

    cutoff: float
    symmetric_message: bool
    directional_embedding: bool = True
    max_neighbors: int = 50
    window: tuple[float, float] = (288.0, 310.0)
    sizes: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        cutoff = self.cutoff
        if isinstance(cutoff, bool) or not isinstance(cutoff, (int, float)) or not 0 < cutoff < math.inf:
            raise ValueError(f"`cutoff` must be a positive number of Å, not {cutoff!r}.")
        if not isinstance(self.max_neighbors, int):
            raise ValueError(f"`max_neighbors` must be a whole number, not {self.max_neighbors!r}.")
        for name in ("symmetric_message", "directional_embedding"):
            if not isinstance(getattr(self, name), bool):
                raise ValueError(f"`{name}` must be true or false, not {getattr(self, name)!r}.")


def read_config(path: str | os.PathLike) -> dict[str, Any]:
    """Read a configuration file of the authors (`config-defaults.yaml`).

    Args:
        path: YAML file with entries `key: {value: ...}`; `key: value` will do.

    Returns:
        The values by key.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is not such a file.
    """
    try:
        content = OmegaConf.to_container(OmegaConf.load(path))
    except (YAMLError, OmegaConfBaseException, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is not a YAML file ({error}).") from error
    if not isinstance(content, dict):
        raise ValueError(f"{path} is not a configuration: entries `key: {{value: ...}}` were expected.")
    return {key: entry["value"] if isinstance(entry, dict) and "value" in entry else entry
            for key, entry in content.items()}  # fmt: skip


def combine(config_path: str | os.PathLike | None, **given: float | bool | None) -> OCPSettings:
    """Settings from a configuration and from what else was given, which must not contradict each other.

    Args:
        config_path: configuration file of the authors.
        given: values of `cutoff`, `symmetric_message` and `directional_embedding`; None where it is for the
            configuration to say.

    Raises:
        ValueError: something is missing, contradictory, or not supported; the message names it.

    Warns:
        UserWarning: the configuration does not say whether the factor in the message is normalised.
    """
    config = {} if config_path is None else read_config(config_path)
    told = {name: config.get(name) for name in ("cutoff", "symmetric_message")}
    told["directional_embedding"] = None if "zero_initialization" not in config else not config["zero_initialization"]
    values = {}
    for name, value in given.items():
        if value is not None and told[name] is not None and value != told[name]:
            raise ValueError(f"`{name}` was given as {value}, but is {told[name]} in {config_path}.")
        if value is not None or told[name] is not None:
            values[name] = told[name] if value is None else value
    for name in ("cutoff", "symmetric_message"):
        if name not in values:
            source = "no configuration file was given" if config_path is None else f"{config_path} does not"
            raise ValueError(
                f"Nothing says what `{name}` is ({source}), and the weights do not show it. Give the configuration "
                f"file that was published with the weights, or --{name.replace('_', '-')}."
            )
    for name, value in ONLY.items():
        if name in config and config[name] != value:
            raise ValueError(f"`{name}` is {config[name]} in {config_path}; only {value} is supported.")
    if config and values["symmetric_message"] and "message_factor_normalize" not in config:
        warnings.warn(
            f"{config_path} does not have `message_factor_normalize`; it is taken for false, which it is in the "
            "published one.",
            stacklevel=3,
        )
    if "max_neighbors" in config:
        values["max_neighbors"] = config["max_neighbors"]
    sizes = {name: config[name] for name in SIZES if name in config}
    if "energies" in config:
        try:
            start, stop, num = config["energies"]
            values["window"] = (float(start), float(stop))
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"`energies` in {config_path} is {config['energies']}, not first, last, number."
            ) from error
        if sizes.setdefault("out_channels", num) != num:
            raise ValueError(f"{config_path} has {num} energies, but {sizes['out_channels']} `out_channels`.")
    return OCPSettings(**values, sizes=sizes)
