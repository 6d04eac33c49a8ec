"""Files, downloads, text and RDKit."""
