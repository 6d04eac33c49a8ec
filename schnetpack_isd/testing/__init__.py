"""Files in the layouts of published ones, for tests and benchmarks."""
