"""The packing of files into one archive."""

import gzip
import io
import zipfile
from collections.abc import Mapping


def pack(files: Mapping[str, bytes]) -> bytes:
    """Return an archive of files."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return target.getvalue()


def shrink(content: bytes) -> bytes:
    """Return the content compressed as far as possible."""
    return gzip.compress(content, compresslevel=9)
