"""Direction-resolved core-electron excitation spectra with SchNetPack."""

import warnings

__version__ = "0.1.0"

# SchNetPack compiles functions with TorchScript when it is imported; users can do nothing about it.
warnings.filterwarnings("ignore", message=".*torch.jit.script. is deprecated", category=FutureWarning)
