"""Downloads of public sets, from a server of this machine that speaks https."""

import hashlib
import http.server
import json
import shutil
import ssl
import subprocess
import threading
import time
from dataclasses import replace

import pytest

from app.evaluation.datasets import DatasetError, load_dataset
from app.evaluation.datasets.fetching import FetchError, fetch
from app.evaluation.datasets.sources import SOURCES, Address

pytestmark = pytest.mark.skipif(
    shutil.which("openssl") is None, reason="openssl, which makes the certificate, is not installed"
)

CONTENT = (
    json.dumps({"question": "Bo has 2 figs and eats 1. How many has he?", "answer": "2 - 1\n#### 1"}) + "\n"
).encode()
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Publisher(http.server.BaseHTTPRequestHandler):
    asked: list[str]

    def do_GET(self):
        type(self).asked.append(self.path)
        port = self.server.server_address[1]
        match self.path:
            case "/test.jsonl":
                self.reply(200, CONTENT)
            case "/moved/test.jsonl":
                self.reply(302, b"", "/test.jsonl")
            case "/away/test.jsonl":
                self.reply(302, b"", f"https://127.0.0.1:{port}/test.jsonl")
            case "/plain/test.jsonl":
                self.reply(302, b"", f"http://localhost:{port}/test.jsonl")
            case "/circle/test.jsonl":
                self.reply(302, b"", self.path)
            case "/slow/test.jsonl":
                self.send_response(200)
                self.end_headers()
                for _ in range(50):
                    self.wfile.write(b"x")
                    time.sleep(0.1)
            case _:
                self.reply(404, b"no such file")

    def reply(self, status, body, location=None):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if location is not None:
            self.send_header("Location", location)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certificate")
    command = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    )
    subprocess.run(
        [*command.split(), "-keyout", "key.pem", "-out", "cert.pem"], cwd=folder, check=True, capture_output=True
    )
    return folder


@pytest.fixture
def tls(certificate):
    return ssl.create_default_context(cafile=certificate / "cert.pem")


@pytest.fixture
def publisher(certificate):
    """The address that it is reached at, and what it is asked for."""
    handler = type("Asked", (Publisher,), {"asked": []})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None  # a client that hangs up
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"https://localhost:{server.server_address[1]}", handler.asked
    server.shutdown()
    server.server_close()
    thread.join()


def address(publisher, path="/test.jsonl", sha256=SHA256):
    return Address(publisher[0] + path, frozenset({"localhost"}), sha256)


def public(publisher, path="/test.jsonl", sha256=SHA256):
    return {"gsm8k": replace(SOURCES["gsm8k"], address=address(publisher, path, sha256))}


@pytest.mark.parametrize("path", ["/test.jsonl", "/moved/test.jsonl"])
def test_a_public_set_is_fetched_once_and_kept(publisher, tls, tmp_path, path):
    sources = public(publisher, path)
    first = load_dataset("gsm8k", cache=tmp_path, sources=sources, tls=tls)
    asked = len(publisher[1])
    again = load_dataset("GSM8K", cache=tmp_path, sources=sources, tls=tls)
    assert first == again
    assert len(publisher[1]) == asked
    assert first.samples[0].target == "1"
    assert (first.name, first.source, first.licence) == ("gsm8k", publisher[0] + path, "MIT")
    assert [file.name for file in (tmp_path / "datasets" / "gsm8k").iterdir()] == ["test.jsonl"]


def test_a_kept_file_that_was_changed_is_fetched_again(publisher, tls, tmp_path):
    kept = tmp_path / "test.jsonl"
    kept.write_text("something else")
    assert fetch(address(publisher), kept, tls=tls).read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("path", "sha256", "reason"),
    [
        ("/none/test.jsonl", SHA256, "404 Not Found"),
        ("/test.jsonl", "0" * 64, f"its SHA-256 is {SHA256}"),
        ("/away/test.jsonl", SHA256, "only https at localhost is followed"),
        ("/plain/test.jsonl", SHA256, "only https at localhost is followed"),
        ("/circle/test.jsonl", SHA256, "redirected more than 5 times"),
    ],
)
def test_what_cannot_be_fetched_is_told_with_what_to_do_by_hand(publisher, tls, tmp_path, path, sha256, reason):
    with pytest.raises(DatasetError) as caught:
        load_dataset("gsm8k", cache=tmp_path, sources=public(publisher, path, sha256), tls=tls)
    told = str(caught.value)
    assert reason in told
    assert publisher[0] + path in told
    assert f"put it at {tmp_path / 'datasets' / 'gsm8k' / 'test.jsonl'} or name it with --path" in told
    assert not list((tmp_path / "datasets" / "gsm8k").iterdir())


def test_bytes_and_time_are_limited_and_nothing_is_kept(publisher, tls, tmp_path):
    kept = tmp_path / "test.jsonl"
    with pytest.raises(FetchError, match="longer than 10 bytes"):
        fetch(address(publisher), kept, tls=tls, most_bytes=10)
    with pytest.raises(FetchError, match="takes too long"):
        fetch(address(publisher, "/slow/test.jsonl"), kept, tls=tls, seconds=1.0)
    assert not list(tmp_path.iterdir())


def test_a_certificate_of_nobody_is_not_trusted(publisher, tmp_path):
    with pytest.raises(FetchError, match=r"(?i)certificate"):
        fetch(address(publisher), tmp_path / "test.jsonl")
    assert publisher[1] == []


def test_without_a_network_the_address_is_told(tmp_path):
    nobody = {
        "gsm8k": replace(
            SOURCES["gsm8k"], address=Address("https://localhost:1/test.jsonl", frozenset({"localhost"}), None)
        )
    }
    with pytest.raises(DatasetError, match=r"https://localhost:1/test\.jsonl: .*; fetch it by hand"):
        load_dataset("gsm8k", cache=tmp_path, sources=nobody)


def test_nothing_is_downloaded_where_no_folder_keeps_it():
    with pytest.raises(DatasetError, match=r"nothing is downloaded here: fetch it from https://raw\."):
        load_dataset("gsm8k")


def test_every_address_is_https_at_a_host_of_its_publisher():
    for source in SOURCES.values():
        if source.address is not None:
            host = source.address.url.removeprefix("https://").partition("/")[0]
            assert source.address.url.startswith("https://")
            assert host in source.address.hosts
