#!/usr/bin/env python3
"""Users on their way through a sale, for as long as the file given first is there, each client on
seats of its own of the date given second. Prints a line once every client has been through, and at
the end a line of JSON that counts every request and names each that failed. A failure is no answer,
a 5xx, or anything but what the contract has for that request."""
import http.client
import json
import os
import sys
import threading
import time
import uuid

CLIENTS = 8  # every second one keeps its connection
SEATS = 1000  # that the date has
# A seat may be gone once all of them were sold; nothing else may be refused.
REFUSALS = {"POST /reservation": {409}}


class Client(threading.Thread):
    def __init__(self, number, going_on, date):
        super().__init__()
        self.keeps = number % 2 == 0
        self.going_on, self.date, self.seat = going_on, date, number + 1
        self.connection = None
        self.requests = {}
        self.paid = 0
        self.failures = []
        self.been_through = threading.Event()

    def send(self, method, path, body, headers):
        """The status and the text of the answer."""
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", 80, timeout=60)
        self.connection.request(method, path, json.dumps(body) if body else None, headers)
        answer = self.connection.getresponse()
        text = answer.read()
        if not self.keeps:
            self.connection.close()
            self.connection = None
        return answer.status, text

    def ask(self, method, path, body=None, token=None):
        """The JSON of the answer, or None."""
        name = method + " /" + path.split("/")[1]
        kind = ("kept " if self.keeps else "new ") + ("read" if method == "GET" else "write")
        self.requests[kind] = self.requests.get(kind, 0) + 1
        headers = {"Content-Type": "application/json"} if body else {}
        if token:
            headers["token"] = token
        if not self.keeps:
            headers["Connection"] = "close"
        try:
            status, text = self.send(method, path, body, headers)
        except (OSError, http.client.HTTPException) as error:
            self.connection = None
            self.failures.append(f"{time.time():.3f} {kind} {name}: {error!r}")
            return None
        if status < 300:
            return json.loads(text) if text else {}
        if status not in REFUSALS.get(name, set()):
            self.failures.append(f"{time.time():.3f} {kind} {name}: {status} {text[:200]!r}")
        return None

    def purchase(self):
        user = str(uuid.uuid4())
        token = (self.ask("POST", "/token", {"userId": user}) or {}).get("token")
        if not token:
            return
        self.ask("GET", "/queue")
        self.ask("GET", "/concerts", token=token)
        self.ask("GET", f"/concerts/1/dates/{self.date}/seats", token=token)
        if not self.ask("PATCH", f"/user/{user}/charge", {"amount": 1000}, token):
            return  # counted already, and without points the payment would be refused
        seat = {"concertDateId": self.date, "seatNumber": self.seat}
        hold = self.ask("POST", "/reservation", seat, token)
        self.seat = (self.seat + CLIENTS - 1) % SEATS + 1
        self.ask("GET", "/token/refresh", token=token)
        if hold and self.ask("POST", f"/payment/{hold['paymentId']}", token=token):
            self.paid += 1
        elif not hold:
            self.ask("DELETE", "/token", token=token)

    def run(self):
        while os.path.exists(self.going_on):
            self.purchase()
            self.been_through.set()


def main():
    going_on, date = sys.argv[1], int(sys.argv[2])
    clients = [Client(i, going_on, date) for i in range(CLIENTS)]
    for client in clients:
        client.start()
    for client in clients:
        client.been_through.wait()
    print("every client has been through", flush=True)
    counts, failures = {}, []
    for client in clients:
        client.join()
        failures += client.failures
        for kind, count in client.requests.items():
            counts[kind] = counts.get(kind, 0) + count
    print(json.dumps({"requests": sum(counts.values()), "by": counts, "failed": len(failures),
                      "failures": failures[:20], "paid": sum(client.paid for client in clients)}))


if __name__ == "__main__":
    main()
