"""Frames leave whole even when the socket takes only a part at a time."""

import gevent
from gevent import socket
from simple_websocket.ws import Base

from web import websocket_frames
from web.websocket_frames import WholeSends


class Trickle:
    """A socket whose `send` takes three bytes, like a full buffer towards a slow reader."""

    def __init__(self):
        self.taken = b""

    def send(self, data):
        self.taken += data[:3]
        return 3

    def sendall(self, data):
        while data:
            gevent.sleep(0)
            data = data[self.send(data) :]

    def fileno(self):
        return 42


def test_a_frame_is_written_whole():
    socket_ = Trickle()
    assert WholeSends(socket_).send(b"a frame of twenty-five b.") == 25
    assert socket_.taken == b"a frame of twenty-five b."


def test_two_frames_at_once_do_not_mix():
    socket_ = Trickle()
    whole = WholeSends(socket_)
    gevent.joinall([gevent.spawn(whole.send, b"A" * 30), gevent.spawn(whole.send, b"B" * 30)], raise_error=True)
    assert socket_.taken in (b"A" * 30 + b"B" * 30, b"B" * 30 + b"A" * 30)


def test_everything_else_is_the_sockets_own():
    assert WholeSends(Trickle()).fileno() == 42


def test_a_slow_reader_gets_four_megabytes():
    ours, theirs = socket.socketpair()
    frame = bytes(range(256)) * 16_384
    sender = gevent.spawn(WholeSends(ours).send, frame)
    got = bytearray()
    while len(got) < len(frame):
        gevent.sleep(0)
        got += theirs.recv(50_000)
    assert sender.get() == len(frame)
    assert bytes(got) == frame
    ours.close()
    theirs.close()


def test_installing_twice_wraps_once():
    websocket_frames.install()
    first = Base.__init__
    websocket_frames.install()
    assert Base.__init__ is first
