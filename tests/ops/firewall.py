#!/usr/bin/env python3
"""Tries nginx/firewall.nft between two network namespaces: the clients' and the server's.

  unshare --net tests/ops/firewall.py RULES

RULES let one address have 3 connections, and exempt 192.0.2.9. Prints what did not hold and exits 1.
"""

import ctypes
import os
import socket
import subprocess
import sys

MOST = 3
# Two addresses of one /64, another /64, two translated IPv4 addresses, and IPv4.
CLIENTS = ["192.0.2.2/24", "192.0.2.3/24", "192.0.2.9/24",
           "2001:db8:0:1::2/48", "2001:db8:0:1:ffff::2/48", "2001:db8:0:2::2/48",
           "64:ff9b::c000:202/96", "64:ff9b::c000:203/96"]
faults = []


def run(*words):
    subprocess.run(words, check=True)


def expect(is_so, what):
    if not is_so:
        faults.append(what)


def serve(port, family, address):
    server = socket.socket(family)
    server.bind((address, port))
    server.listen(64)
    return server


class Client:
    """Connects from the clients' namespace, where a child makes the sockets and hands them over."""

    def __init__(self):
        self.ours, theirs = socket.socketpair()
        self.pid = os.fork()
        if self.pid == 0:
            self.ours.close()
            unshare_net()
            theirs.send(b".")
            self.work(theirs)
            os._exit(0)
        theirs.close()
        self.ours.recv(1)

    @staticmethod
    def work(theirs):
        while wanted := theirs.recv(200).decode():
            source, target, port = wanted.split()
            one = socket.socket(socket.AF_INET6 if ":" in source else socket.AF_INET)
            one.settimeout(20)
            try:
                one.bind((source, 0))
                one.connect((target, int(port)))
                socket.send_fds(theirs, [b"y"], [one.fileno()])
            except OSError as error:
                theirs.send(str(error).encode())
            one.close()

    def connect(self, source, port=80):
        """The connection, or None if it was refused."""
        target = "2001:db8:0:9::1" if ":" in source else "192.0.2.1"
        self.ours.send(f"{source} {target} {port}".encode())
        said, fds, _, _ = socket.recv_fds(self.ours, 200, 1)
        if fds:
            return socket.socket(fileno=fds[0])
        expect(b"refused" in said or b"reset" in said, f"{source}: {said}")
        return None


def unshare_net():
    if ctypes.CDLL(None, use_errno=True).unshare(0x40000000) != 0:
        raise OSError(ctypes.get_errno(), "unshare")


def connect_the_namespaces(pid):
    run("ip", "link", "set", "lo", "up")
    run("ip", "link", "add", "server", "type", "veth", "peer", "name", "clients", "netns", str(pid))
    there = ["nsenter", "--target", str(pid), "--net"]
    for address in CLIENTS:
        run(*there, "ip", "addr", "add", address, "dev", "clients", *nodad(address))
    run(*there, "ip", "link", "set", "clients", "up")
    for address in ["192.0.2.1/24", "2001:db8:0:9::1/48", "64:ff9b::1/96"]:
        run("ip", "addr", "add", address, "dev", "server", *nodad(address))
    run("ip", "link", "set", "server", "up")


def nodad(address):
    return ["nodad"] if ":" in address else []


def try_address(client, sources, other, exempt=None):
    """Of `sources`, which are one client, so many get through; `other` is another."""
    held = [client.connect(sources[i % len(sources)]) for i in range(MOST)]
    expect(all(held), f"{sources}: fewer than {MOST} connections")
    for source in sources:
        expect(client.connect(source) is None, f"{source}: more than {MOST} connections")
        expect(client.connect(source, 81) is not None, f"{source}: another port is closed, too")
    expect(client.connect(other) is not None, f"{other}: refused for the connections of others")
    if exempt:
        many = [client.connect(exempt) for _ in range(2 * MOST)]
        expect(all(many), f"{exempt}: exempt and refused")


def main():
    client = Client()
    connect_the_namespaces(client.pid)
    servers = [serve(port, socket.AF_INET, "192.0.2.1") for port in (80, 81)]
    servers += [serve(port, socket.AF_INET6, "2001:db8:0:9::1") for port in (80, 81)]
    run("nft", "-f", sys.argv[1])
    run("nft", "-f", sys.argv[1])
    try_address(client, ["192.0.2.2"], "192.0.2.3", "192.0.2.9")
    try_address(client, ["2001:db8:0:1::2", "2001:db8:0:1:ffff::2"], "2001:db8:0:2::2")
    try_address(client, ["64:ff9b::c000:202"], "64:ff9b::c000:203")
    client.ours.close()
    os.waitpid(client.pid, 0)
    print("\n".join(faults), end="")
    return 1 if faults else 0


sys.exit(main())
