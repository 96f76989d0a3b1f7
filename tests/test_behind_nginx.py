"""A service with two workers behind nginx, which serves it over TLS under a path prefix."""

import json
import os
import re
import shutil
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from email.message import Message
from http.client import HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
import trustme

from scripts.commands import SECONDS_TO_START, Served, free_port
from tests.services import make_service
from tests.toggles import EVERYTHING_ON

PREFIX = "/shop"
COMMAND = f"""
export ALLOWED_HOSTS=localhost ACCOUNT_MAIL=off WEB_CONCURRENCY=2 ROOT_PATH={PREFIX}
exec uv run --no-sync python -m devtools.with_database --with-servers \
    python -m app.server
"""
# With a path at its end, `proxy_pass` removes the prefix, which `ROOT_PATH` adds again.
CONFIGURATION = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/1; uwsgi_temp_path {folder}/2; scgi_temp_path {folder}/3;
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate {folder}/server.pem; ssl_certificate_key {folder}/server.pem;
        location {prefix}/ {{
            proxy_pass {service}/;
            proxy_set_header Host $host;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header X-Forwarded-Proto $scheme;
        }}
    }}
}}
"""
ACCOUNT = {"email": "ada@example.com", "password": "correct horse battery staple"}

pytestmark = [
    pytest.mark.xdist_group("behind nginx"),
    pytest.mark.skipif(
        sys.platform != "linux", reason="clients have addresses of Linux's loopback"
    ),
    pytest.mark.skipif(
        not shutil.which("nginx") and "NGINX_REQUIRED" not in os.environ,
        reason="nginx is not installed",
    ),
]


@dataclass(frozen=True)
class Response:
    status: int
    headers: Message
    body: bytes

    def json(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.body)
        return document


@dataclass(frozen=True)
class Proxy:
    """Nginx before the service."""

    port: int
    trust: ssl.SSLContext
    served: Served
    client: str = "127.0.0.2"

    def send(self, method: str, path: str, content: object = None, **headers: str) -> Response:
        """Send a request from the client's address to a URL, which may be relative."""
        connection = HTTPSConnection(
            "localhost", self.port, context=self.trust, source_address=(self.client, 0)
        )
        with closing(connection):
            body = None if content is None else json.dumps(content)
            headers = {"Content-Type": "application/json", **headers}
            connection.request(method, urljoin(f"{PREFIX}/", path), body, headers)
            response = connection.getresponse()
            return Response(response.status, response.headers, response.read())


@pytest.fixture(scope="module")
def proxy(
    template: Path, services_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Proxy]:
    service = make_service(services_folder / "behind nginx", template, **EVERYTHING_ON)
    service = service.sharing_packages()
    service.run("make setup")
    folder, authority, port = tmp_path_factory.mktemp("nginx"), trustme.CA(), free_port()
    certificate = authority.issue_cert("localhost")
    certificate.private_key_and_cert_chain_pem.write_to_path(folder / "server.pem")
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    with service.serving(COMMAND) as served:
        values = {"folder": folder, "port": port, "service": served.address, "prefix": PREFIX}
        (folder / "nginx.conf").write_text(CONFIGURATION.format(**values), "utf-8")
        with running_nginx(folder):
            proxy = Proxy(port, trust, served)
            wait_for(proxy)
            yield proxy


@contextmanager
def running_nginx(folder: Path) -> Iterator[None]:
    process = subprocess.Popen(["nginx", "-p", folder, "-c", folder / "nginx.conf"])
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def wait_for(proxy: Proxy) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline:
        try:
            proxy.send("GET", "health/live")
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("nginx does not respond")


def test_both_workers_start_and_are_healthy(proxy: Proxy) -> None:
    for name in ("live", "ready"):
        assert proxy.send("GET", f"health/{name}").status == 200
        assert proxy.send("HEAD", f"health/{name}").status == 200
    assert len(re.findall(r"Started server process", proxy.served.output())) == 2


def test_the_documentation_finds_its_document_and_its_assets(proxy: Proxy) -> None:
    page = proxy.send("GET", "docs").body.decode()
    links = re.findall(r"""(?:src|href|url)\s*[=:]\s*["']([^"']+)""", page)
    assert f"{PREFIX}/openapi.json" in links
    for link in links:
        assert proxy.send("GET", link).status == 200, link
    document = proxy.send("GET", f"{PREFIX}/openapi.json").json()
    assert document["servers"] == [{"url": PREFIX}]


def test_a_created_resource_is_where_its_location_says(proxy: Proxy) -> None:
    assert proxy.send("POST", "api/v1/users", ACCOUNT).status in {201, 202}
    created = proxy.send("POST", "api/v1/sessions", ACCOUNT)
    assert created.status == 201, created.body
    bearer = {"Authorization": f"Bearer {created.json()['data']['token']}"}
    assert proxy.send("GET", created.headers["Location"], **bearer).status == 200
    for _ in range(10):  # Each worker knows the session.
        assert proxy.send("GET", "api/v1/users/me", **bearer).status == 200


def test_errors_have_the_envelope_and_the_headers_of_tls(proxy: Proxy) -> None:
    missing = proxy.send("GET", "api/v1/missing")
    assert (missing.status, missing.json()["error"]["code"]) == (404, "not_found")
    assert "strict-transport-security" in missing.headers
    unsigned = proxy.send("POST", "api/v1/paddle/webhooks", {})
    assert (unsigned.status, unsigned.json()["error"]["code"]) == (400, "invalid_signature")


def test_each_client_is_limited_by_the_address_that_nginx_sees(proxy: Proxy) -> None:
    for number in range(60):
        forged = {"X-Forwarded-For": f"192.0.2.{number}"}
        account = {**ACCOUNT, "email": f"user{number}@example.com"}
        limited = proxy.send("POST", "api/v1/sessions", account, **forged)
    assert limited.status == 429
    assert int(limited.headers["Retry-After"]) > 0
    unlimited = replace(proxy, client="127.0.0.3").send("POST", "api/v1/sessions", account)
    assert unlimited.status == 401
