"""Files of models: SchNetPack's `best_model`, and one that cannot run code."""

from .description import model_from_dict, model_to_dict
from .files import load_model_file, save_model

__all__ = ["load_model_file", "model_from_dict", "model_to_dict", "save_model"]
