# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright (C) 2026 The gst-openai-realtime authors
"""Two hosts on one machine: network namespaces with openai-realtime-wire between
them. Needs root, a kernel with TUN, and iproute2."""

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import threading

# Not to be looked for between fork and exec.
LIBC = ctypes.CDLL(None)
CLONE_NEWNET = 0x40000000
PR_SET_PDEATHSIG = 1
INTERFACE = "wire0"


class Failure(Exception):
    pass


def die_with_parent():
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def stop(process):
    """Ends one that writes to a pipe, by force when it does not listen."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    process.stdout.close()


class Namespace:
    """A network of its own, that goes with this object or this process. There
    are a loopback and a TUN interface with the addresses, and nothing else."""

    def __init__(self, *addresses):
        self.addresses = addresses
        # It waits for the end of its input, which comes when this process is
        # gone, however it ended.
        self.holder = subprocess.Popen(
            ["unshare", "--net", "sh", "-c", "echo; exec cat"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE)
        if not self.holder.stdout.readline():
            problem = self.holder.stderr.read().decode().strip()
            self.close()
            raise Failure(problem or "no network namespace")
        self.path = f"/proc/{self.holder.pid}/ns/net"
        # How to run a program there.
        self.prefix = ["nsenter", f"--net={self.path}", "--"]
        try:
            self._set_up()
        except BaseException:
            self.close()
            raise

    def _set_up(self):
        self.ip("link", "set", "lo", "up")
        self.ip("tuntap", "add", INTERFACE, "mode", "tun")
        for address in self.addresses:
            if ":" in address:
                self.ip("addr", "add", address + "/64", "dev", INTERFACE,
                        "nodad")
            else:
                self.ip("addr", "add", address + "/24", "dev", INTERFACE)
        # No link-local address that nobody asked for.
        self.ip("link", "set", INTERFACE, "addrgenmode", "none")
        # What the wire loses is lost, and nothing else.
        self.ip("link", "set", INTERFACE, "txqueuelen", "10000")
        self.ip("link", "set", INTERFACE, "up")

    def ip(self, *words):
        done = subprocess.run([*self.prefix, "ip", *words], check=False,
                              capture_output=True, text=True)
        if done.returncode != 0:
            raise Failure(f"ip {' '.join(words)}: {done.stderr.strip()}")

    def socket(self, *arguments):
        """A socket of that network, for any thread of this process."""
        result = []

        def make():
            with open(self.path, "rb") as file:
                if LIBC.setns(file.fileno(), CLONE_NEWNET) == 0:
                    result.append(socket.socket(*arguments))

        # It is the thread that moves there.
        thread = threading.Thread(target=make)
        thread.start()
        thread.join()
        if not result:
            raise Failure("cannot enter " + self.path)
        return result[0]

    def end(self):
        """For the command line of the wire."""
        return f"{self.path}:{INTERFACE}"

    def close(self):
        self.holder.stdin.close()
        self.holder.wait()
        self.holder.stdout.close()
        self.holder.stderr.close()


class Hosts:
    """A client's host and a server's. They reach each other while there is a
    Wire."""

    ADDRESSES = {
        "ipv4": ("10.190.86.1", "10.190.86.2"),
        "ipv6": ("fd0a:86::1", "fd0a:86::2"),
    }

    def __init__(self, *families):
        pairs = [self.ADDRESSES[family] for family in families or ("ipv4",)]
        self.client = Namespace(*(pair[0] for pair in pairs))
        try:
            self.server = Namespace(*(pair[1] for pair in pairs))
        except BaseException:
            self.client.close()
            raise

    def close(self):
        self.client.close()
        self.server.close()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()


class Wire:
    """openai-realtime-wire between the hosts, with its options."""

    def __init__(self, program, hosts, *options, stderr=None):
        self.process = subprocess.Popen(
            [program, "--exit-with-parent", "--client", hosts.client.end(),
             "--server", hosts.server.end(), *map(str, options)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=stderr,
            text=True, preexec_fn=die_with_parent)
        if self.process.stdout.readline() != "ready\n":
            self.close()
            raise Failure(f"{program} ended with {self.process.returncode}")

    def close(self):
        """The log is complete then."""
        stop(self.process)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()


def find_missing():
    """Why there can be no hosts here, or None."""
    if os.geteuid() != 0:
        return "only root makes network namespaces"
    for program in ("ip", "unshare", "nsenter"):
        if shutil.which(program) is None:
            return program + " is not installed"
    if not os.path.exists("/dev/net/tun"):
        return "there is no /dev/net/tun"
    try:
        Hosts(*Hosts.ADDRESSES).close()
    except (Failure, OSError) as failure:
        return str(failure)
    return None
