"""Ranking of candidate structures by a measured spectrum."""
