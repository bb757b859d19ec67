#!/usr/bin/env python3
"""The fuzzer's connection before servers that close it."""
import socket
import threading
import unittest

from wire import Unanswered, Wire

ANSWER = b"HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok"
REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


class Server:
    """Gives each connection its list of answers, one to each request, and closes it."""

    def __init__(self, connections):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._connections = connections
        self.closed = threading.Semaphore(0)  # once for each connection that it has closed
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self):
        for answers in self._connections:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return  # end() came first
            with connection:
                for answer in answers:
                    connection.recv(65536)
                    connection.sendall(answer)
            self.closed.release()

    def end(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()


class WireTest(unittest.TestCase):
    def ask_twice(self, connections):
        server = Server(connections)
        wire = Wire(server.port)
        try:
            self.assertEqual(wire.ask(REQUEST)[2], b"ok")
            server.closed.acquire()
            return wire.ask(REQUEST)
        finally:
            wire.close()
            server.end()

    def test_a_kept_connection_that_was_closed_is_opened_again(self):
        self.assertEqual(self.ask_twice([[ANSWER], [ANSWER]])[2], b"ok")

    def test_a_new_connection_that_is_closed_without_an_answer_is_a_finding(self):
        with self.assertRaises(Unanswered):
            self.ask_twice([[ANSWER], [b""]])

    def test_an_answer_that_ends_early_is_a_finding(self):
        server = Server([[ANSWER, ANSWER[:-1]]])
        wire = Wire(server.port)
        wire.ask(REQUEST)
        with self.assertRaises(Unanswered):
            wire.ask(REQUEST)
        wire.close()
        server.end()


if __name__ == "__main__":
    unittest.main()
