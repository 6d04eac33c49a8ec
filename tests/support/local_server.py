"""HTTP server for tests of downloads."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


@dataclass
class LocalServer:
    """Server of a folder, without access to the network.

    Attributes:
        folder: the folder; a path of an address is that of a file in it.
        url: address of the folder, without a slash at the end.
        interrupted: paths (from the slash) whose transfer stops after a few bytes.
    """

    folder: Path
    url: str = ""
    interrupted: set[str] = field(default_factory=set)

    def write(self, path: str, content: bytes | str) -> str:
        """Write a file into the folder, and return its address."""
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)
        return f"{self.url}/{path}"


@contextmanager
def serve(folder: Path) -> Iterator[LocalServer]:
    """Serve a folder, which is created if necessary, on the loopback interface.

    Args:
        folder: the folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    local = LocalServer(folder)
    handler = partial(_Handler, directory=str(folder), interrupted=local.interrupted)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        local.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield local
        finally:
            server.shutdown()


class _Handler(SimpleHTTPRequestHandler):
    def __init__(self, *arguments: object, interrupted: set[str], **kwargs: object) -> None:
        self.interrupted = interrupted
        super().__init__(*arguments, **kwargs)

    def do_GET(self) -> None:
        if self.path in self.interrupted:
            self.send_response(200)
            self.send_header("Content-Length", "100000")
            self.end_headers()
            self.wfile.write(b"half")
        else:
            super().do_GET()

    def log_message(self, *_: object) -> None:
        """Write no log."""
