"""Package discovery. Everything else is in setup.cfg."""

from setuptools import find_packages, setup

setup(
    packages=[
        *find_packages(include=["schnetpack_isd", "schnetpack_isd.*"]),
        "schnetpack_isd.configs",  # the folder configs, see package_dir in setup.cfg
        "hydra_plugins",  # a namespace without __init__.py; Hydra finds it in an editable install only if it is listed
    ]
)
