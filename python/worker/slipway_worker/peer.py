"""One gateway's connection: its frames in order, and a way to end a wait for them."""

import select
import socket
import struct
from collections import deque
from typing import Deque, Optional

from slipway_worker.frames import Frame, read_frames

# No wait is longer. A signal that comes just before the kernel begins one does not end it, and its handler
# runs only afterwards; this is rare, and no call of Python's library would leave no such moment.
LOOK_S = 1

_AFTER_LOOK_S = struct.pack("ll", LOOK_S, 0)
_AT_ONCE = struct.pack("ll", 0, 1)
_SEND_LIMIT = struct.pack("ll", 30, 0)


class Peer:
    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.frames = read_frames(connection)
        # Frames that came while a reply was streaming; they are next.
        self.set_aside: Deque[Frame] = deque()
        # A script may have set a timeout for all new sockets.
        connection.setblocking(True)
        # A gateway that hangs must not hold the worker of another one for ever.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _SEND_LIMIT)

    def next_frame(self) -> Optional[Frame]:
        """None before each time that the socket is read: call again when there is something to read."""
        return self.set_aside.popleft() if self.set_aside else next(self.frames)

    def block(self) -> None:
        """From now on reading waits for bytes, until `wake` or for a second."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, _AFTER_LOOK_S)

    def wake(self) -> None:
        """
        Ends a read that waits, and keeps later ones from waiting; a signal handler may call it at any point.

        The kernel looks at this limit when the read is begun again after the signal. An exception from the
        handler could come between taking bytes and keeping them, and would lose them.
        """
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, _AT_ONCE)

    def has_more(self, wait: bool) -> bool:
        """Whether there is something to read, or the end; with `wait`, returns when there is."""
        poller = select.poll()
        poller.register(self.connection, select.POLLIN)
        return bool(poller.poll(None if wait else 0))

    def has_left(self) -> bool:
        poller = select.poll()
        poller.register(self.connection, 0)
        return bool(poller.poll(0))

    def give_up(self) -> None:
        """Has the connection end for both sides; whoever reads it finds out."""
        try:
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            # The other side was quicker.
            return

    def close(self) -> None:
        self.connection.close()
