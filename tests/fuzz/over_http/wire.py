"""HTTP/1.1 as bytes: what is sent may be anything, what comes back must be whole."""
import gzip
import socket

PATIENCE_S = 30


class Unanswered(Exception):
    """There was no whole answer."""


class Wire:
    """A connection to the server, reopened when necessary."""

    def __init__(self, port):
        self._port = port
        self._socket = None
        self._rest = b""
        self._answered = False

    def ask(self, request, head=False):
        """Sends `request` and returns (status, headers, body). Raises Unanswered."""
        if self._socket is not None:
            try:
                return self._ask(request, head)
            except Unanswered:
                # The server closes a kept connection that was idle for long. Whatever else was
                # wrong is wrong on a new connection as well.
                if self._answered:
                    raise
        self._socket = socket.create_connection(("127.0.0.1", self._port), PATIENCE_S)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._ask(request, head)

    def _ask(self, request, head):
        self._answered = False  # whether a byte has come
        try:
            try:
                self._socket.sendall(request)
            except (BrokenPipeError, ConnectionResetError):
                pass  # the server may have answered, and closed, before it has read all
            answer = self._read(head)
        except OSError as error:
            self.close()
            raise Unanswered(f"no answer: {error!r}") from error
        except Unanswered:
            self.close()
            raise
        if answer[1].get("connection", "").lower() != "keep-alive" or self._rest:
            self.close()
        return answer

    def close(self):
        """The next request opens a connection."""
        if self._socket is not None:
            self._socket.close()
        self._socket, self._rest = None, b""

    def _more(self):
        some = self._socket.recv(65536)
        if not some:
            raise Unanswered(f"the connection was closed after {self._rest[:200]!r}")
        self._answered = True
        self._rest += some

    def _line(self):
        while b"\r\n" not in self._rest:
            self._more()
        line, _, self._rest = self._rest.partition(b"\r\n")
        return line

    def _bytes(self, count):
        while len(self._rest) < count:
            self._more()
        some, self._rest = self._rest[:count], self._rest[count:]
        return some

    def _to_the_end(self):
        while some := self._socket.recv(65536):
            self._rest += some
        return self._bytes(len(self._rest))

    def _head(self):
        first = self._line().split(b" ", 2)
        if len(first) < 2 or not first[0].startswith(b"HTTP/1.") or not first[1].isdigit():
            raise Unanswered(f"no HTTP answer: {first!r}")
        headers = {}
        while line := self._line():
            name, colon, value = line.decode("latin-1").partition(":")
            if not colon:
                raise Unanswered(f"no header: {line!r}")
            name, value = name.lower(), value.strip()
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        return int(first[1]), headers

    def _read(self, head):
        status, headers = self._head()
        while status < 200:  # 100 Continue
            status, headers = self._head()
        body = b""
        if head or status in (204, 304):
            pass
        elif headers.get("transfer-encoding") == "chunked":
            while size := int(self._line(), 16):
                body += self._bytes(size)
                self._line()
            self._line()
        elif "content-length" in headers:
            body = self._bytes(int(headers["content-length"]))
        elif headers.get("connection") == "close":
            body = self._to_the_end()
        else:
            raise Unanswered(f"an answer without a length: {status} {headers}")
        if headers.get("content-encoding") == "gzip" and body:
            body = gzip.decompress(body)
        return status, headers, body
