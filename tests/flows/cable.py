"""The network cable of one browser: a SOCKS proxy that can be cut. Then nothing moves and nothing is said."""

import contextlib
import socket
import struct
import threading

GREETING = b"\x05\x00"
CONNECTED = b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"


class Cable:
    """Listens on a free port of this machine; `server` is what a browser context takes as its proxy."""

    def __init__(self):
        self._whole = threading.Event()
        self._whole.set()
        self._open = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.server = f"socks5://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self):
        """Cut the cable until it is mended."""
        self._whole.clear()

    def mend(self):
        """Join it again; what was under way arrives late."""
        self._whole.set()

    @property
    def whole(self):
        return self._whole.is_set()

    def close(self):
        self.mend()
        for one in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                self._open.append(near)
                threading.Thread(target=self._serve, args=(near,), daemon=True).start()

    def _serve(self, near):
        with contextlib.suppress(OSError):
            near.recv(262)
            near.sendall(GREETING)
            _, _, _, kind = near.recv(4)
            host = near.recv(near.recv(1)[0]).decode() if kind == 3 else socket.inet_ntoa(near.recv(4))
            (port,) = struct.unpack("!H", near.recv(2))
            self._whole.wait()
            far = socket.create_connection(("127.0.0.1" if host == "localhost" else host, port))
            self._open.append(far)
            near.sendall(CONNECTED)
            for source, target in ((near, far), (far, near)):
                threading.Thread(target=self._pump, args=(source, target), daemon=True).start()

    def _pump(self, source, target):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                self._whole.wait()
                target.sendall(data)
        self._whole.wait()
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)
