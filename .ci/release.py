"""Build the wheel and the source distribution, the same bytes on every run: python .ci/release.py FOLDER.

Needs the package `build`. Times are those of the last commit (or SOURCE_DATE_EPOCH); setuptools puts the time of the
run into source distributions, so these are packed anew.
"""

from __future__ import annotations

import gzip
import io
import os
import subprocess
import sys
import tarfile
from pathlib import Path

ROOT = Path(__file__).parent.parent


def main(folder: Path) -> None:
    """Build into a folder."""
    moment = os.environ.get("SOURCE_DATE_EPOCH") or _printed("git", "log", "-1", "--format=%ct")
    environment = {**os.environ, "SOURCE_DATE_EPOCH": moment}
    subprocess.run([sys.executable, "-m", "build", "-q", "--outdir", folder, ROOT], check=True, env=environment)
    for archive in folder.glob("*.tar.gz"):
        archive.write_bytes(packed(archive.read_bytes(), int(moment)))


def packed(archive: bytes, moment: int) -> bytes:
    """The same files in order of their names, all of one moment and of nobody."""
    content = io.BytesIO()
    with tarfile.open(fileobj=io.BytesIO(archive)) as old, tarfile.open(fileobj=content, mode="w") as new:
        for member in sorted(old.getmembers(), key=lambda member: member.name):
            member.mtime, member.uid, member.gid, member.uname, member.gname = moment, 0, 0, "", ""
            member.mode = 0o755 if member.isdir() else 0o644
            member.pax_headers = {}
            new.addfile(member, old.extractfile(member))
    return gzip.compress(content.getvalue(), mtime=moment)


def _printed(*command: str) -> str:
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
