#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright (C) 2026 The gst-openai-realtime authors
"""openai-realtime-wire between two network namespaces.

    wire.py PROGRAM NAMESPACES_FOLDER
"""

import os
import select
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

sys.dont_write_bytecode = True
PROGRAM = sys.argv[1]
sys.path.insert(0, sys.argv[2])

import namespaces  # noqa: E402

SKIPPED = 77
# Seconds; only to end what hangs.
PATIENCE = 60
COUNT = 400
SO_RCVBUFFORCE = 33
# With 20 % lost all of these are so once in a thousand million.
ENDS = 13


def read_log(path):
    with open(path) as file:
        return [line.split() for line in file if line[0] != "#"]


def make_rtp(number):
    return bytes([0x80, 111, number >> 8, number & 255]) + bytes(60)


def get_number(rtp):
    return int.from_bytes(rtp[2:4], "big")


class TestCase(unittest.TestCase):
    FAMILIES = ("ipv4", "ipv6")

    @classmethod
    def setUpClass(cls):
        cls.hosts = namespaces.Hosts(*cls.FAMILIES)

    @classmethod
    def tearDownClass(cls):
        cls.hosts.close()

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.log = os.path.join(directory.name, "log")

    def open_pair(self, kind=socket.SOCK_DGRAM, family=0):
        """A client's socket, and a server's that is bound. @family counts
        FAMILIES."""
        sockets = []
        for host in (self.hosts.client, self.hosts.server):
            address = host.addresses[family]
            made = host.socket(
                socket.AF_INET6 if ":" in address else socket.AF_INET, kind)
            self.addCleanup(made.close)
            made.settimeout(PATIENCE)
            # Room for all.
            made.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 22)
            made.bind((address, 0))
            sockets.append(made)
        return sockets

    def wire(self, *options):
        return namespaces.Wire(PROGRAM, self.hosts, "--log", self.log,
                               *options)


class Packets(TestCase):
    def exchange(self, family, *options):
        """COUNT packets up, and each one that comes back down. Which came."""
        client, server = self.open_pair(family=family)
        with self.wire(*options):
            for number in range(COUNT):
                client.sendto(make_rtp(number), server.getsockname())
            # One of these comes through, behind all of the others.
            for number in range(COUNT, COUNT + ENDS):
                client.sendto(make_rtp(number), server.getsockname())
            came, back = [], []
            while not came or came[-1] < COUNT:
                data, source = server.recvfrom(2048)
                came.append(get_number(data))
                server.sendto(data, source)
            while len(back) < len(came):
                back.append(get_number(client.recv(2048)))
        self.assertEqual(back.pop(), came.pop())
        return came, back

    def test_all_of_it_passes(self):
        for family in range(len(self.FAMILIES)):
            came, back = self.exchange(family)
            self.assertEqual(came, list(range(COUNT)))
            self.assertEqual(back, came)

    def test_delay_and_loss_are_in_the_log(self):
        came, _ = self.exchange(0, "--up", "loss=20,delay=40")
        rtp = [line for line in read_log(self.log)
               if line[1] == "up" and line[5] == "rtp"]
        self.assertEqual([int(line[7]) for line in rtp
                          if line[3] != "-" and int(line[7]) < COUNT], came)
        self.assertEqual(sum(int(line[7]) < COUNT for line in rtp), COUNT)
        self.assertLess(len(came), 0.9 * COUNT)
        self.assertGreater(len(came), 0.7 * COUNT)
        for line in rtp:
            if line[3] != "-":
                self.assertGreaterEqual(int(line[3]) - int(line[2]), 40000)

    def test_a_seed_is_a_network(self):
        first, _ = self.exchange(0, "--up", "loss=20", "--seed", 5)
        self.assertEqual(self.exchange(0, "--up", "loss=20", "--seed", 5)[0],
                         first)
        self.assertNotEqual(
            self.exchange(0, "--up", "loss=20", "--seed", 6)[0], first)

    def test_tcp_gets_through_loss(self):
        client, server = self.open_pair(socket.SOCK_STREAM)
        server.listen()
        sent = bytes(range(256)) * 1000
        came = []

        def serve():
            connection, _ = server.accept()
            connection.settimeout(PATIENCE)
            with connection:
                while data := connection.recv(65536):
                    came.append(data)

        thread = threading.Thread(target=serve)
        thread.start()
        with self.wire("--both", "loss=5,delay=2"):
            client.connect(server.getsockname())
            client.sendall(sent)
            client.shutdown(socket.SHUT_WR)
            thread.join(PATIENCE)
        self.assertEqual(b"".join(came), sent)

    def test_firewall_lets_tcp_through(self):
        client, server = self.open_pair()
        tcp_client, tcp_server = self.open_pair(socket.SOCK_STREAM)
        tcp_server.listen()
        with self.wire("--tcp-only"):
            client.sendto(b"no", server.getsockname())
            # Behind it on the same wire.
            tcp_client.connect(tcp_server.getsockname())
        server.setblocking(False)
        self.assertRaises(BlockingIOError, server.recv, 100)
        self.assertEqual(read_log(self.log), [])

    def test_firewall_lets_named_ports_through(self):
        for family in range(len(self.FAMILIES)):
            client, server = self.open_pair(family=family)
            _, blocked = self.open_pair(family=family)
            tcp_client, tcp_server = self.open_pair(socket.SOCK_STREAM, family)
            tcp_blocked = self.open_pair(socket.SOCK_STREAM, family)[1]
            for listener in (tcp_server, tcp_blocked):
                listener.listen()
            with self.wire("--allow-tcp", tcp_server.getsockname()[1],
                           "--allow-udp", server.getsockname()[1]):
                tcp_client.setblocking(False)
                with self.assertRaises(BlockingIOError):
                    tcp_client.connect(tcp_blocked.getsockname())
                client.sendto(b"no", blocked.getsockname())
                # Behind them on the same wire.
                client.sendto(b"yes", server.getsockname())
                data, source = server.recvfrom(100)
                self.assertEqual(data, b"yes")
                server.sendto(b"back", source)
                self.assertEqual(client.recv(100), b"back")
                another = self.open_pair(socket.SOCK_STREAM, family)[0]
                another.connect(tcp_server.getsockname())
            for closed in (blocked, tcp_blocked):
                closed.setblocking(False)
            self.assertRaises(BlockingIOError, blocked.recv, 100)
            self.assertRaises(BlockingIOError, tcp_blocked.accept)

    def test_firewall_for_one_protocol_ends_the_other(self):
        client, server = self.open_pair()
        tcp_client, tcp_server = self.open_pair(socket.SOCK_STREAM)
        tcp_server.listen()
        with self.wire("--allow-udp", "any"):
            tcp_client.setblocking(False)
            with self.assertRaises(BlockingIOError):
                tcp_client.connect(tcp_server.getsockname())
            client.sendto(b"yes", server.getsockname())
            self.assertEqual(server.recv(100), b"yes")
        tcp_server.setblocking(False)
        self.assertRaises(BlockingIOError, tcp_server.accept)

    def test_multicast_ends_here(self):
        client, server = self.open_pair()
        group = "239.190.86.1"
        server.setsockopt(
            socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
            socket.inet_aton(group)
            + socket.inet_aton(self.hosts.server.addresses[0]))
        listener = self.hosts.server.socket(
            socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(listener.close)
        listener.bind((group, server.getsockname()[1]))
        client.setsockopt(
            socket.IPPROTO_IP, socket.IP_MULTICAST_IF,
            socket.inet_aton(self.hosts.client.addresses[0]))
        with self.wire():
            client.sendto(b"to many", (group, server.getsockname()[1]))
            # Behind it on the same wire.
            client.sendto(b"to one", server.getsockname())
            self.assertEqual(server.recv(100), b"to one")
        listener.setblocking(False)
        self.assertRaises(BlockingIOError, listener.recv, 100)


class Ends(TestCase):
    def run_wire(self, *options):
        done = subprocess.run([PROGRAM, *options], capture_output=True,
                              text=True, check=False, timeout=PATIENCE)
        return done.returncode, done.stderr

    def test_wrong_values_are_named(self):
        good = self.hosts.client.end()
        for options, status, said in (
                (["--client", good], 2, "--server are needed"),
                (["--client", good, "--server", "wire0"], 1, "'wire0'"),
                (["--client", good, "--server", good, "--allow-udp", "0"], 1,
                 "'0' is no list of ports"),
                (["--client", good, "--server", good, "--allow-udp", "any",
                  "--tcp-only"], 2, "--tcp-only"),
                (["--client", good, "--server", "nowhere:wire0"], 1,
                 "nowhere"),
                (["--client", good, "--server",
                  self.hosts.server.path + ":" + 20 * "x"], 1, "xxx"),
                (["--client", good, "--server", good, "--both", "loss=no"], 1,
                 "loss=no"),
                # Somebody has it already.
                (["--client", good, "--server", good], 1, "Cannot attach")):
            found = self.run_wire(*options)
            self.assertEqual(found[0], status, found)
            self.assertIn(said, found[1])

    def test_the_namespace_goes_with_who_made_it(self):
        child = subprocess.Popen(
            [sys.executable, "-c", "import namespaces, sys\n"
             "host = namespaces.Namespace('10.190.87.1')\n"
             "print(host.holder.pid, flush=True)\n"
             "sys.stdin.read()"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env=dict(os.environ, PYTHONPATH=sys.argv[2]))
        with child.stdin, child.stdout:
            holder = int(child.stdout.readline())
            descriptor = os.pidfd_open(holder)
            # Without a chance to tidy up.
            child.kill()
            child.wait()
        # Can be read when that process is over.
        over, _, _ = select.select([descriptor], [], [], PATIENCE)
        os.close(descriptor)
        self.assertTrue(over)


if __name__ == "__main__":
    MISSING = namespaces.find_missing()
    if MISSING is not None:
        print("skipped:", MISSING)
        sys.exit(SKIPPED)
    unittest.main(argv=sys.argv[:1], verbosity=2)
