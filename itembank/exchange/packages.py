"""A content package from outside, a zip file, a folder or one file, read so that it can do nothing but be read.

Rules:
- nothing is unpacked: files are handed out by name, from memory or from the folder itself;
- names are plain relative paths: no "..", no root, no drive, no backslash, no link, no name twice;
- number of files, depth, size of a file, size of all and the rate of compression have limits, held against what is
  really read, not against what the package says about itself;
- a package that breaks a rule is refused as a whole, in one sentence.
"""

from __future__ import annotations

import io
import os
import re
import stat
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from itembank.errors import ContentError

MAX_PACKED = 300_000_000
MAX_FILE = 50_000_000
MAX_TOTAL = 1_000_000_000
"""Bytes: of the zip file, of one file in it, of all files in it."""
MAX_FILES = 50_000
MAX_DEPTH = 16
"""Folders within folders."""
SMALL = 1_000_000
MAX_RATE = 200
"""A file larger than SMALL is refused when it was packed more tightly than this: text packs 3 to 20 times, the manifest
of 5,000 items 80 times, nothing but zeros 1,000 times."""
SMALL_TOTAL = 10_000_000
MAX_TOTAL_RATE = 10
"""The same for the files that XML and pictures make up together."""

ZIP = b"PK\x03\x04"
_CLUTTER = re.compile(r"(^|/)(__MACOSX/|\.DS_Store$|Thumbs\.db$)")
_DRIVE = re.compile(r"^[A-Za-z]:")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError, NotImplementedError)
"""What the zip reader raises for damaged files; ValueError covers names that are no text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """The files of a package: names in order, and `read` for the bytes of one of them (ContentError when damaged)."""

    place: str
    names: tuple[str, ...]
    read: Callable[[str], bytes]

    def where(self, name: str) -> str:
        """A file of the package as an error names it."""
        return f"{self.place}, {name}" if name else self.place


def opened(path: Path) -> Package:
    """The package at this path; ContentError when it breaks a rule, OSError when it cannot be read at all."""
    if path.is_dir():
        return _folder(path)
    with path.open("rb") as file:
        data = file.read(MAX_PACKED + 1)
    return of_bytes(data, str(path))


def of_bytes(data: bytes, place: str) -> Package:
    """A zip file given as bytes, or any other file as a package of the one file ""."""
    if len(data) > MAX_PACKED:
        raise ContentError(place, f"larger than {MAX_PACKED} bytes")
    return _zipped(data, place) if data.startswith((ZIP, b"PK\x05\x06")) else _of({"": data}, place)


def _of(files: Mapping[str, bytes], place: str) -> Package:
    return Package(place=place, names=tuple(files), read=files.__getitem__)


def _zipped(data: bytes, place: str) -> Package:
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except _BROKEN as error:
        raise ContentError(place, "is not a readable zip file") from error
    entries: dict[str, zipfile.ZipInfo] = {}
    listed = archive.infolist()
    if len(listed) > MAX_FILES:
        raise ContentError(place, f"holds more than {MAX_FILES} files")
    for entry in listed:
        # orig_filename: zipfile cuts a name at a zero character
        if fault := _name_fault(entry.orig_filename) or _entry_fault(entry):
            raise ContentError(f"{place}, {_shown(entry.orig_filename)}", fault)
        if entry.filename in entries:
            raise ContentError(f"{place}, {_shown(entry.filename)}", "is in the package twice")
        entries[entry.filename] = entry
    packed = sum(entry.compress_size for entry in listed)
    if packed > len(data):
        raise ContentError(place, "holds files that overlap")
    _check_total(sum(entry.file_size for entry in listed), packed, place)
    files = {name: entry for name, entry in entries.items() if not entry.is_dir() and not _CLUTTER.search(name)}

    def read(name: str) -> bytes:
        try:
            with archive.open(files[name]) as file:
                found = file.read(files[name].file_size + 1)
        except _BROKEN as error:
            raise ContentError(f"{place}, {name}", "is damaged in the zip file") from error
        if len(found) != files[name].file_size:
            raise ContentError(f"{place}, {name}", "is not as long as the package says")
        return found

    return Package(place=place, names=tuple(files), read=read)


def _entry_fault(entry: zipfile.ZipInfo) -> str:
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if entry.flag_bits & 1:
        return "is encrypted"
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is a link or another special file"
    if entry.compress_type not in _PACKINGS:
        return "is packed in a way that is not read"
    if entry.file_size > MAX_FILE:
        return f"larger than {MAX_FILE} bytes"
    if entry.file_size > SMALL and entry.file_size > MAX_RATE * entry.compress_size:
        return f"would unpack to more than {MAX_RATE} times its size"
    return ""


def _check_total(size: int, packed: int, place: str) -> None:
    if size > MAX_TOTAL:
        raise ContentError(place, f"would unpack to more than {MAX_TOTAL} bytes")
    if size > SMALL_TOTAL and size > MAX_TOTAL_RATE * packed:
        raise ContentError(place, f"would unpack to more than {MAX_TOTAL_RATE} times its size")


def _name_fault(name: str) -> str:
    """What is wrong with a name, "" for nothing."""
    if _CONTROL.search(name):
        return "has a control character in its name"
    if "\\" in name:
        return "has a backslash in its name"
    if name.startswith("/") or _DRIVE.match(name):
        return "has an absolute path"
    parts = name.removesuffix("/").split("/")
    if any(part in ("", ".", "..") for part in parts):
        return "has a path that leads outside the package"
    if len(parts) > MAX_DEPTH:
        return f"is nested more than {MAX_DEPTH} folders deep"
    return ""


def _shown(name: str) -> str:
    """A name as it may be quoted: one short line."""
    return _CONTROL.sub("?", name.encode("utf-8", "replace").decode())[:80]


def _folder(path: Path) -> Package:
    place, files, total = str(path), {}, 0
    for folder, folders, names in os.walk(path, followlinks=False):
        folders.sort()
        for name in (*sorted(names), *folders):
            file = Path(folder, name)
            inside = file.relative_to(path).as_posix()
            about = file.lstat()
            if fault := _name_fault(inside) or _file_fault(about):
                raise ContentError(f"{place}, {_shown(inside)}", fault)
            if stat.S_ISREG(about.st_mode) and not _CLUTTER.search(inside):
                files[inside] = file
                total += about.st_size
            if len(files) > MAX_FILES:
                raise ContentError(place, f"holds more than {MAX_FILES} files")
    if total > MAX_TOTAL:
        raise ContentError(place, f"holds more than {MAX_TOTAL} bytes")
    return Package(place=place, names=tuple(files), read=lambda name: files[name].read_bytes())


def _file_fault(about: os.stat_result) -> str:
    if not stat.S_ISREG(about.st_mode) and not stat.S_ISDIR(about.st_mode):
        return "is a link or another special file"
    return f"larger than {MAX_FILE} bytes" if about.st_size > MAX_FILE else ""
