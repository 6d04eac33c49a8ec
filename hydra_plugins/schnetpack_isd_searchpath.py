"""Puts the configurations of schnetpack-isd on Hydra's search path, whatever application is started."""

from hydra.core.config_search_path import ConfigSearchPath
from hydra.plugins.search_path_plugin import SearchPathPlugin


class SchNetPackISDSearchPath(SearchPathPlugin):
    """Appends ``pkg://schnetpack_isd.configs``, where ``spktrain experiment=isd_ck_edge`` is found."""

    def manipulate_search_path(self, search_path: ConfigSearchPath) -> None:
        """Append the package's configurations; the application's own come first."""
        search_path.append(provider="schnetpack-isd", path="pkg://schnetpack_isd.configs")
