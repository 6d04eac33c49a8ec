"""Predictions in parts on the workers of a Dask cluster, and the folder that holds them."""
