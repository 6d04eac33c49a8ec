"""Direction-resolved core-electron excitation spectra with SchNetPack."""

__version__ = "0.1.0"
