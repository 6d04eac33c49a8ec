"""Hydra configurations: groups of experiments, data, models and schedules."""
