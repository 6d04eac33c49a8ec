"""Pages in which a molecule and its light are turned, and the spectra follow."""
