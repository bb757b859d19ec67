"""Buyers who come at once, each on a connection of its own: from the queue to the ticket."""
import asyncio
import base64
import hashlib
import hmac
import json
import time
import uuid

POLL_S = 0.2


def voucher(secret, user, amount):
    """A voucher as the operator's payment service signs it."""
    def part(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
    claims = {"sub": user, "amount": amount, "jti": str(uuid.uuid4()), "exp": int(time.time()) + 600}
    text = ".".join(part(json.dumps(claim).encode()) for claim in ({"alg": "HS256", "typ": "JWT"}, claims))
    return f"{text}.{part(hmac.new(secret, text.encode(), hashlib.sha256).digest())}"


class Buyer:
    """One user. After buy() and look(), `balance`, `paid` (the reservation) and `tickets` are what the service says."""

    def __init__(self, port, secret, amount):
        self.user, self._port, self._secret = str(uuid.uuid4()), port, secret
        self.charged, self.balance, self.paid, self.tickets = amount, 0, None, []
        self.refusal = None  # the code of the refusal that ended the purchase
        self._token, self._reader, self._writer = "", None, None

    async def buy(self, wish):
        """Waits for a turn, redeems a voucher, holds what the body `wish` asks for, and pays."""
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            await self._enter()
            await self._charge()
            held = await self._expect(201, "POST", "/reservation", wish, may_be_refused=True)
            if held and await self._expect(200, "POST", f"/payment/{held['paymentId']}", may_be_refused=True):
                self.paid = held
            else:
                await self._expect(204, "DELETE", "/token")  # or nobody else comes in for minutes
        finally:
            self._writer.close()

    async def look(self):
        """Reads the reservation, the tickets and the balance, with a token for records."""
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            wish = {"userId": self.user, "recordsOnly": True}
            self._token = (await self._expect(201, "POST", "/token", wish))["token"]
            self.balance = (await self._expect(200, "GET", f"/client/{self.user}/balance"))["balance"]
            if self.paid:
                path = f"/reservation/{self.paid['reservationId']}"
                self.paid = await self._expect(200, "GET", path)
                self.tickets = (await self._expect(200, "GET", f"{path}/tickets"))["tickets"]
        finally:
            self._writer.close()

    async def _enter(self):
        answer = await self._expect(201, "POST", "/token", {"userId": self.user})
        self._token = answer["token"]
        while answer["status"] == "WAITING":
            await asyncio.sleep(POLL_S)
            answer = await self._expect(200, "GET", "/token/refresh")
            self._token = answer["token"]

    async def _charge(self):
        body = {"amount": self.charged, "voucher": voucher(self._secret, self.user, self.charged)}
        await self._expect(200, "PATCH", f"/user/{self.user}/charge", body)

    async def _expect(self, status, method, path, body=None, may_be_refused=False):
        """The body of an answer with this status. None where the call may be refused and is."""
        got, answer = await self._ask(method, path, body)
        if got == status:
            return answer
        if not may_be_refused or got >= 500:
            raise RuntimeError(f"{method} {path}: {got} {answer}")
        self.refusal = answer["code"]
        return None

    async def _ask(self, method, path, body):
        text = b"" if body is None else json.dumps(body).encode()
        head = f"{method} {path} HTTP/1.1\r\nHost: tour\r\nContent-Length: {len(text)}\r\n"
        if body is not None:
            head += "Content-Type: application/json\r\n"
        if self._token:
            head += f"token: {self._token}\r\n"
        self._writer.write(head.encode() + b"\r\n" + text)
        status, length = int((await self._reader.readline()).split()[1]), 0
        while (line := await self._reader.readline()).strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        answer = await self._reader.readexactly(length)
        return status, json.loads(answer) if answer else None
