#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright (C) 2026 The gst-openai-realtime authors
"""The elements through nginx, over HTTP/2 and TLS. The calls themselves are the
emulator's, behind it."""

import argparse
import datetime
import http.client
import ipaddress
import json
import os
import re
import select
import shutil
import signal
import socket
import ssl
import tempfile
import time

import interop

try:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
except ImportError:
    interop.skip("python3-cryptography is not installed")

# An ordinary user has no sbin in the path.
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
if NGINX is None:
    interop.skip("nginx-light is not installed")

CALLS = "/v1/realtime/calls"
SECRETS = "/v1/realtime/client_secrets"
HANGUP = re.compile(CALLS + "/([^/]+)/hangup")
KEY = "sk-test-of-nginx"

# What --mind parrot says of sound in words.
PARROT = "(parrot)"

ELEMENTS = 12

HALF_AN_ANSWER = (b"HTTP/1.1 201 Created\r\nContent-Type: application/sdp\r\n"
                  b"Content-Length: 1000\r\n\r\nv=0\r\n")

# GST_RESOURCE_ERROR_...
OPEN_READ_WRITE = 7
NOT_AUTHORIZED = 15


def make_certificate(subject, key, issuer, issuer_key, *extensions):
    now = datetime.datetime.now(datetime.timezone.utc)
    day = datetime.timedelta(days=1)

    def name(text):
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    builder = x509.CertificateBuilder(
        name(issuer), name(subject), key.public_key(),
        x509.random_serial_number(), now - day, now + day)
    # What OpenSSL asks for where it is strict, as Python has it since 3.13.
    extensions += (
        x509.SubjectKeyIdentifier.from_public_key(key.public_key()),
        x509.AuthorityKeyIdentifier.from_issuer_public_key(
            issuer_key.public_key()))
    for extension in extensions:
        builder = builder.add_extension(
            extension, isinstance(extension, x509.BasicConstraints))
    return builder.sign(issuer_key, hashes.SHA256()).public_bytes(
        serialization.Encoding.PEM)


def make_certificates(folder):
    """ca.pem, whom to trust; server.pem and server.key of 127.0.0.1."""
    authority = ec.generate_private_key(ec.SECP256R1())
    server = ec.generate_private_key(ec.SECP256R1())
    files = {
        "ca.pem": make_certificate(
            "CA", authority, "CA", authority,
            x509.BasicConstraints(ca=True, path_length=None),
            x509.KeyUsage(
                key_cert_sign=True, crl_sign=True, digital_signature=False,
                content_commitment=False, key_encipherment=False,
                data_encipherment=False, key_agreement=False,
                encipher_only=False, decipher_only=False)),
        "server.pem": make_certificate(
            "server", server, "CA", authority,
            x509.SubjectAlternativeName(
                [x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])),
        "server.key": server.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption()),
    }
    for name, data in files.items():
        with open(os.path.join(folder, name), "wb") as file:
            file.write(data)


# "listen ... http2" is deprecated since nginx 1.25, which only says so; versions
# before do not know the directive that replaces it. As root, nginx would give its
# worker to a user who may not enter the folder. Without a buffer the head of a
# reply is passed on before the rest is there.
CONFIGURATION = """
daemon off;
{user}
pid {folder}/nginx.pid;
error_log stderr notice;
worker_processes 1;
events {{ worker_connections 512; }}
http {{
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  log_format requests escape=json '{{"worker":$pid,'
    '"connection":$connection,"number":$connection_requests,'
    '"protocol":"$server_protocol","tls":"$ssl_protocol",'
    '"method":"$request_method","path":"$uri","status":$status}}';
  access_log /dev/stdout requests;
  ssl_certificate {certificates}/server.pem;
  ssl_certificate_key {certificates}/server.key;
  server {{
    listen 127.0.0.1:{port} ssl http2;
    proxy_http_version 1.1;
    proxy_read_timeout 10m;
    proxy_buffering off;
    location = /up {{ return 204; }}
    {locations}
    location / {{ proxy_pass {upstream}; }}
  }}
}}
"""


class Nginx(interop.Process):
    """It prints the requests. There is a worker, which has the connections, and
    the master, whose end by this signal is that of the worker too."""

    LAST = signal.SIGTERM

    def __init__(self, folder, certificates, upstream, locations="", port=0):
        self.certificates = certificates
        self.upstream = upstream
        self.unread = []
        os.makedirs(folder, exist_ok=True)
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", port))
            listener.listen(64)
            listener.setblocking(False)
            self.port = listener.getsockname()[1]
            configuration = os.path.join(folder, "nginx.conf")
            with open(configuration, "w", encoding="utf-8") as file:
                file.write(CONFIGURATION.format(
                    user="user root root;" if os.geteuid() == 0 else "",
                    folder=folder, certificates=certificates, port=self.port,
                    locations=locations.replace("UPSTREAM", upstream),
                    upstream=upstream))
            # It takes over a socket that listens already, as it does from the
            # nginx that it replaces.
            super().__init__(
                [NGINX, "-p", folder, "-c", configuration, "-e", "stderr"],
                folder + ".log", dict(os.environ, NGINX=f"{listener.fileno()};"),
                (listener.fileno(),))
        try:
            self.find_worker()
        except BaseException:
            self.stop()
            raise

    def find_worker(self):
        """Who answers now."""
        context = ssl.create_default_context(
            cafile=os.path.join(self.certificates, "ca.pem"))
        connection = http.client.HTTPSConnection(
            "127.0.0.1", self.port, timeout=interop.PATIENCE, context=context)
        try:
            connection.request("GET", "/up")
            if connection.getresponse().status != 204:
                raise AssertionError("nginx does something else")
        except OSError as error:
            raise AssertionError(f"{error}:\n{self.errors()}") from error
        finally:
            connection.close()
        unread = []
        while (request := self.request())["path"] != "/up":
            unread.append(request)
        self.worker = request["worker"]
        self.unread = unread + self.unread

    def request(self):
        """The next one that is over; None at the end."""
        if self.unread:
            return self.unread.pop(0)
        line = self.line(time.monotonic() + interop.PATIENCE)
        return None if line is None else json.loads(line)

    def rest(self):
        """Ends; all requests that have not been read yet."""
        self.stop()
        return list(iter(self.request, None))

    def _replace_worker(self, pid, number):
        """Signals, and waits for the worker's end, with which all of its
        connections are closed."""
        worker = os.pidfd_open(self.worker)
        try:
            os.kill(pid, number)
            ended, _, _ = select.select([worker], [], [], interop.PATIENCE)
        finally:
            os.close(worker)
        if not ended:
            raise AssertionError(f"the worker stays:\n{self.errors()}")
        before = self.worker
        self.find_worker()
        if self.worker == before:
            raise AssertionError("the worker is the same")

    def reload(self):
        """Says goodbye (GOAWAY) on connections that have nothing to do, and
        closes them."""
        self._replace_worker(self.process.pid, signal.SIGHUP)

    def crash(self):
        """Is gone without a word, and there again."""
        self._replace_worker(self.worker, signal.SIGKILL)


class Upstream:
    """Takes requests and does not answer, or not all of it."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(interop.PATIENCE)
        self.url = "http://127.0.0.1:%d" % self.listener.getsockname()[1]
        self.connections = []

    def take(self, answer=b""):
        """Waits for the next request, reads its head, and says so much."""
        connection, _ = self.listener.accept()
        self.connections.append(connection)
        connection.settimeout(interop.PATIENCE)
        head = b""
        while b"\r\n\r\n" not in head:
            data = connection.recv(65536)
            if not data:
                raise AssertionError(f"only {head!r}")
            head += data
        connection.sendall(answer)
        return head.split(b"\r\n")[0].decode()

    def close(self):
        for connection in (self.listener, *self.connections):
            connection.close()


class NginxTest(interop.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.certificates = tempfile.mkdtemp(prefix="interop-")
        cls.addClassCleanup(shutil.rmtree, cls.certificates, True)
        make_certificates(cls.certificates)

    def serve(self, upstream, locations="", port=0):
        upstream = upstream.removesuffix("/v1")
        nginx = Nginx(self.path("nginx"), self.certificates, upstream,
                      locations, port)
        self.addCleanup(nginx.stop)
        return nginx

    def call(self, nginx, question="-", **settings):
        settings = {"api_key": KEY, **settings}
        return self.client(
            question, "-" if question == "-" else "answer.wav",
            base_url=f"https://127.0.0.1:{nginx.port}/v1",
            tls_ca_file=os.path.join(self.certificates, "ca.pem"),
            # Nothing waits for this to pass.
            connect_timeout=int(1000 * interop.PATIENCE), **settings)

    def change(self, client, state):
        self.assertTrue(client.command("state " + state))

    def end(self, client):
        """Ends the conversation; its events."""
        self.assertTrue(client.command("end"))
        return client.finish()

    def assert_calls(self, requests, n_calls):
        """Each was accepted and hung up, over HTTP/2. The ids of the calls and
        their connections."""
        for request in requests:
            self.assertEqual(request["method"], "POST", requests)
            self.assertEqual(request["protocol"], "HTTP/2.0", requests)
            self.assertIn("TLS", request["tls"], requests)
            self.assertEqual(
                request["status"], 201 if request["path"] == CALLS else 200,
                requests)
        calls = [request for request in requests if request["path"] == CALLS]
        hangups = [HANGUP.fullmatch(request["path"]) for request in requests
                   if request["path"] != CALLS]
        self.assertNotIn(None, hangups, requests)
        self.assertEqual(len(calls), n_calls, requests)
        ids = [match.group(1) for match in hangups]
        self.assertEqual(len(set(ids)), n_calls, requests)
        self.assertEqual(len(ids), n_calls, requests)
        return ids

    def connections(self, requests):
        return [(request["worker"], request["connection"])
                for request in requests]

    def assert_error(self, said, code, sentence, **details):
        self.assertEqual(said["domain"], "gst-resource-error-quark")
        self.assertEqual(said["code"], code, said)
        self.assertTrue(said["error"].startswith(sentence + " ("), said)
        for name, value in details.items():
            self.assertEqual(
                said["details"].get(name.replace("_", "-")), value, said)

    # --- conversations ---

    def test_question_comes_back(self):
        phrase = interop.load_phrase()
        url, record = self.emulator()
        nginx = self.serve(url)
        client = self.call(nginx, self.make_question(phrase),
                           **interop.LONG_TURN)
        events = client.finish()
        requests = nginx.rest()
        call, = self.assert_calls(requests, 1)
        self.assertEqual(len(set(self.connections(requests))), 1, requests)
        self.assert_turn(events, PARROT)
        self.assertEqual(client.of("assistant"), [PARROT])
        self.assert_same(phrase, self.answer())
        heard, said, sent, received = self.exchanged(record, call)
        self.assert_same(phrase, heard)
        self.assert_same(phrase, said)
        self.assertEqual(events, sent)
        self.assertEqual(received, [])

    def test_secret_and_call(self):
        url, _ = self.emulator("--api-key", KEY)
        nginx = self.serve(url)
        client = self.call(nginx, mint_client_secret="true")
        client.event("session.created")
        self.end(client)
        secret, *requests = nginx.rest()
        self.assertEqual((secret["path"], secret["status"]), (SECRETS, 200))
        self.assert_calls(requests, 1)
        self.assertEqual(
            len(set(self.connections([secret, *requests]))), 1, requests)

    def call_twice(self, between=lambda client: None,
                   after=lambda client: None, locations=""):
        """Two calls of one element, which goes to READY in between; the requests
        of the first one and of the second."""
        url, _ = self.emulator()
        self.nginx = self.serve(url, locations)
        client = self.call(self.nginx)
        sessions = [client.event("session.created")["session"]["id"]]
        self.change(client, "ready")
        first = [self.nginx.request(), self.nginx.request()]
        between(client)
        client.say("state playing")
        after(client)
        sessions.append(client.event("session.created")["session"]["id"])
        self.assertIn(True, client.of("done"))
        self.assertEqual(len(set(sessions)), 2)
        self.end(client)
        second = self.nginx.rest()
        ids = self.assert_calls(first, 1)
        self.assertEqual(len(set(self.connections(first))), 1, first)
        return ids, first, second

    def call_after(self, between, after=lambda client: None):
        """The connection ends between the calls; the second has another."""
        ids, first, second = self.call_twice(between, after)
        self.assertNotEqual(self.assert_calls(second, 1), ids)
        self.assertEqual(len(set(self.connections(second))), 1, second)
        self.assertNotEqual(first[0]["worker"], second[0]["worker"])

    def test_second_call_has_the_connection(self):
        ids, first, second = self.call_twice()
        self.assertNotEqual(self.assert_calls(second, 1), ids)
        self.assertEqual(len(set(self.connections(first + second))), 1)
        self.assertEqual([request["number"] for request in first + second],
                         [1, 2, 3, 4])

    def test_second_call_after_a_goodbye(self):
        self.call_after(lambda client: self.nginx.reload())

    def test_second_call_after_a_crash(self):
        self.call_after(lambda client: self.nginx.crash())

    def test_second_call_after_a_restart(self):
        def restart(client):
            self.assertEqual(self.nginx.rest(), [])
            self.nginx = self.serve(self.nginx.upstream, port=self.nginx.port)

        self.call_after(restart)

    def look_away(self, ends):
        """The client learns of the connection's end when it is to call again."""
        def between(client):
            os.kill(client.process.pid, signal.SIGSTOP)
            ends(self.nginx)

        self.call_after(between, lambda client: os.kill(
            client.process.pid, signal.SIGCONT))

    def test_second_call_in_the_moment_of_a_goodbye(self):
        self.look_away(Nginx.reload)

    def test_second_call_in_the_moment_of_a_crash(self):
        self.look_away(Nginx.crash)

    def test_second_call_is_posted_again(self):
        # The third request of a connection, the first of the second call, is not
        # answered. As the connection had been used before, it is posted once more
        # over another.
        upstream = Upstream()
        self.addCleanup(upstream.close)

        def crash(client):
            self.assertEqual(upstream.take(), f"POST {CALLS} HTTP/1.1")
            self.nginx.crash()

        ids, _, second = self.call_twice(after=crash, locations=f"""
            location = {CALLS} {{
              if ($connection_requests = 3) {{ proxy_pass {upstream.url}; }}
              proxy_pass UPSTREAM;
            }}""")
        self.assertNotEqual(self.assert_calls(second, 1), ids)

    def hang_up_after(self, ends, away=False):
        """The connection ends during the call; the hang-up takes another."""
        url, _ = self.emulator()
        nginx = self.serve(url)
        client = self.call(nginx)
        client.event("session.created")
        call = nginx.request()
        if away:
            os.kill(client.process.pid, signal.SIGSTOP)
        ends(nginx)
        client.say("state null")
        if away:
            os.kill(client.process.pid, signal.SIGCONT)
        client.until(lambda said: said.get("done"))
        requests = [call, nginx.request()]
        self.assert_calls(requests, 1)
        self.assertEqual(len(set(self.connections(requests))), 2, requests)

    def test_hang_up_after_a_goodbye(self):
        self.hang_up_after(Nginx.reload)

    def test_hang_up_after_a_crash(self):
        self.hang_up_after(Nginx.crash)

    def test_hang_up_in_the_moment_of_a_goodbye(self):
        self.hang_up_after(Nginx.reload, True)

    def test_hang_up_in_the_moment_of_a_crash(self):
        self.hang_up_after(Nginx.crash, True)

    def test_many_elements(self):
        url, _ = self.emulator()
        nginx = self.serve(url)
        client = self.call(nginx, elements=ELEMENTS)
        sessions = {client.event("session.created")["session"]["id"]
                    for _ in range(ELEMENTS)}
        self.assertEqual(len(sessions), ELEMENTS)
        self.end(client)
        requests = nginx.rest()
        self.assert_calls(requests, ELEMENTS)
        # Each element has a connection of its own.
        connections = self.connections(requests)
        self.assertEqual(len(set(connections)), ELEMENTS, requests)
        for connection in connections:
            self.assertEqual(connections.count(connection), 2, requests)

    # --- errors ---

    def test_wrong_key(self):
        url, _ = self.emulator("--api-key", "sk-another")
        nginx = self.serve(url)
        said = self.call(nginx).failure()
        direct = self.client("-", "-", base_url=url, api_key=KEY).failure()
        self.assert_error(
            said, NOT_AUTHORIZED, "The server did not accept the API key.",
            http_status=401, step="http", **{"class": "fatal"})
        # As over HTTP/1.1.
        for failure in said, direct:
            failure["details"].pop("request-id", None)
        self.assertEqual(said["details"], direct["details"])
        self.assertEqual(said["code"], direct["code"])
        request, = nginx.rest()
        self.assertEqual((request["protocol"], request["path"],
                          request["status"]), ("HTTP/2.0", CALLS, 401))

    def assert_bad_gateway(self, said):
        self.assert_error(
            said, OPEN_READ_WRITE,
            "The server failed to process the request.",
            http_status=502, step="http", **{"class": "retryable"})
        # The page is for browsers.
        self.assertNotIn("server-message", said["details"])
        self.assertNotIn("<", json.dumps(said))
        self.assertNotIn("Bad Gateway", json.dumps(said))

    def test_emulator_is_gone(self):
        url, _ = self.emulator()
        nginx = self.serve(url)
        self.server.stop()
        self.assert_bad_gateway(self.call(nginx).failure())
        request, = nginx.rest()
        self.assertEqual((request["protocol"], request["path"],
                          request["status"]), ("HTTP/2.0", CALLS, 502))

    def test_emulator_is_gone_at_the_second_call(self):
        url, _ = self.emulator()
        nginx = self.serve(url)
        client = self.call(nginx)
        client.event("session.created")
        self.change(client, "ready")
        self.server.stop()
        self.change(client, "playing")
        self.assert_bad_gateway(client.failure())
        requests = nginx.rest()
        self.assertEqual(len(set(self.connections(requests))), 1, requests)
        self.assertEqual([request["status"] for request in requests],
                         [201, 200, 502])

    def break_the_post(self, breaks, answer=b""):
        upstream = Upstream()
        self.addCleanup(upstream.close)
        nginx = self.serve(upstream.url)
        client = self.call(nginx)
        self.assertEqual(upstream.take(answer), f"POST {CALLS} HTTP/1.1")
        breaks(nginx)
        said = client.failure()
        self.assertEqual(said["domain"], "gst-resource-error-quark")
        self.assertEqual(said["code"], OPEN_READ_WRITE, said)
        self.assertEqual(said["details"]["class"], "retryable", said)
        self.assertEqual(said["details"]["step"], "http", said)
        return said["details"]["reason"]

    def test_nginx_crashes_under_the_post(self):
        self.assertEqual(
            self.break_the_post(Nginx.crash), "connection-broken")

    def test_nginx_ends_under_the_post(self):
        self.assertEqual(self.break_the_post(Nginx.stop), "connection-broken")

    def test_nginx_crashes_under_the_answer(self):
        # With the second reason nothing of it had come over yet.
        self.assertIn(
            self.break_the_post(Nginx.crash, HALF_AN_ANSWER),
            ("truncated-reply", "connection-broken"))

    def test_answer_is_cut_off(self):
        url, _ = self.emulator("--fault", "truncated-answer")
        nginx = self.serve(url)
        said = self.call(nginx).failure()
        if said["details"]["reason"] == "connection-failed":
            # libsoup 3.8 keeps the head to itself when the end has come, too: there
            # is no name for what would have to be hung up.
            self.assert_error(
                said, OPEN_READ_WRITE, "The connection to the server failed.",
                reason="connection-failed", step="http",
                **{"class": "retryable"})
            return
        self.assert_error(
            said, OPEN_READ_WRITE,
            "The connection broke in the middle of the server's reply.",
            reason="truncated-reply", http_status=201, step="http",
            **{"class": "retryable"})
        # The server had made a call of it.
        call, hangup = nginx.rest()
        self.assertEqual((call["path"], call["status"]), (CALLS, 201))
        self.assertRegex(hangup["path"], HANGUP)
        self.assertEqual((hangup["protocol"], hangup["status"]),
                         ("HTTP/2.0", 200))
        self.assertNotEqual(hangup["connection"], call["connection"])

    def test_redirect_is_not_followed(self):
        url, _ = self.emulator()
        other = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(other.close)
        port = other.getsockname()[1]
        nginx = self.serve(url, f"location = {CALLS} {{ return 307 "
                           f"https://127.0.0.1:{port}{CALLS}; }}")
        said = self.call(nginx).failure()
        self.assert_error(
            said, OPEN_READ_WRITE,
            "The server sent a redirect. Redirects are not followed: check "
            "the base URL.",
            http_status=307, step="http", **{"class": "fatal"})
        request, = nginx.rest()
        self.assertEqual((request["protocol"], request["path"],
                          request["status"]), ("HTTP/2.0", CALLS, 307))
        other.setblocking(False)
        with self.assertRaises(BlockingIOError):
            other.accept()


if __name__ == "__main__":
    interop.main(argparse.ArgumentParser())
