"""Addresses with which every connection would fail stop the start, and show no secret."""

import pytest
from pydantic import SecretStr

from app.core.config import ConfigurationError, load_settings
from app.integrations.redis.connection import make_client
from app.integrations.redis.settings import RedisSettings
from app.settings import Environment

VALID = [
    "redis://localhost",
    "redis://:hunter2@my_cache:6379/0",
    "rediss://default:p%40%2Fw%3F@cache.example.com:6380/1?client_name=api",
    "rediss://cache.example.com?ssl_cert_reqs=none",
    "rediss://cache.example.com?ssl_check_hostname=false&protocol=2",
    "redis://[::1]:6379?db=3",
    "unix:///run/a%20folder/valkey.sock?db=1",
    "unix://ada:hunter2@/run/valkey.sock",
]
INVALID = {
    "write it like redis://": [
        "hunter2",
        "cache:6379",
        "https://hunter2.upstash.io",
        "redis-cli -u redis://:hunter2@cache",
        "'redis://:hunter2@cache'",
        "redis://:hunt/er2@cache",
        "redis://:hunt#er2@cache",
        "redis://:hunt?er2@cache",
        "redis://:12?er2=3@cache",
        "redis://:hunt@er2@cache",
        "redis://cache/hunter2",
        "redis://",
    ],
    "unsupported parameters: foo": ["redis://:hunter2@cache?foo=bar"],
    "unsupported parameters: ssl;.* for TLS write rediss://": ["redis://cache?ssl=true"],
    "unsupported parameters: socket_timeout": ["redis://cache?socket_timeout=5"],
    "a port or parameter is invalid": [
        "redis://cache?ssl_cert_reqs=none",
        "rediss://cache?ssl_cert_reqs=CERT_NONE",
        "rediss://cache?ssl_ca_certs=/hunter2",
        "redis://cache?db=hunter2",
        "redis://cache?protocol=9",
        "redis://:hunter2@cache:99999",
    ],
    "Sentinel and cluster are unsupported": [
        "redis+sentinel://:hunter2@a:26379/mymaster/0",
        "sentinel://a:26379",
        "redis-cluster://a:6379",
        "redis://:hunter2@a:6379,b:6379",
    ],
}


@pytest.mark.parametrize("address", VALID)
async def test_a_valid_address_makes_a_connection(address: str) -> None:
    client = make_client(RedisSettings(redis_url=SecretStr(address)))
    assert client.connection_pool.make_connection()


@pytest.mark.parametrize(
    ("reason", "address"),
    [(reason, address) for reason, addresses in INVALID.items() for address in addresses],
)
def test_an_invalid_address_stops_the_start(
    reason: str, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDIS_URL", address)
    with pytest.raises(ConfigurationError, match=f"REDIS_URL: .*{reason}") as refusal:
        load_settings([RedisSettings])
    assert not any(part in str(refusal.value) for part in ("hunt", "er2"))


def test_connecting_has_a_time_limit_of_its_own() -> None:
    settings = RedisSettings(
        environment=Environment.TEST, redis_url=SecretStr("rediss://cache.example.com")
    )
    limits = make_client(settings).connection_pool.connection_kwargs
    assert (limits["socket_timeout"], limits["socket_connect_timeout"]) == (0.1, 1)
