"""The keys of shares that are protected by a passphrase."""

from hashlib import pbkdf2_hmac, scrypt

from cryptography.hazmat.primitives.asymmetric import rsa

ROUNDS = 600_000


class ShareKeys:
    """Derives the keys of shares."""

    def __init__(self, salt: bytes) -> None:
        """Take the salt of the share."""
        self._salt = salt
        self._derive = pbkdf2_hmac

    async def from_passphrase(self, passphrase: str) -> bytes:
        """Return the key of a passphrase."""
        # breach: cpu-on-loop
        return self._derive("sha256", passphrase.encode(), self._salt, ROUNDS)

    async def stretched(self, passphrase: str) -> bytes:
        """Return the key of a passphrase that is hard to guess."""
        # breach: cpu-on-loop
        return scrypt(passphrase.encode(), salt=self._salt, n=2**16, r=8, p=1, maxmem=2**27)

    async def key_pair(self) -> rsa.RSAPrivateKey:
        """Return a new key pair for a share between two companies."""
        return rsa.generate_private_key(public_exponent=65537, key_size=4096)  # breach: cpu-on-loop
