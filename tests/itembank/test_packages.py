"""Packages from outside: read without unpacking, and refused as a whole when they could do harm."""

import contextlib
import io
import os
import stat
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qti_builders import zipped

from itembank.errors import ContentError
from itembank.exchange import packages


def archive(*entries, compression=zipfile.ZIP_DEFLATED):
    """A zip file of (ZipInfo or name, bytes), duplicates and all."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as file:
        for name, data in entries:
            file.writestr(name, data)
    return out.getvalue()


def link(name):
    entry = zipfile.ZipInfo(name)
    entry.create_system, entry.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    return entry


def encrypted(data):
    """The same zip file with the flag of encryption set in both headers."""
    found = bytearray(data)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = found.index(signature) + offset
        found[place] |= 1
    return bytes(found)


def refusal(data):
    with pytest.raises(ContentError) as caught:
        read_all(data)
    return str(caught.value)


def read_all(data):
    package = packages.of_bytes(data, "p.zip")
    return [package.read(name) for name in package.names]


def test_files_are_handed_out_by_name():
    package = packages.of_bytes(zipped({"imsmanifest.xml": b"m", "items/a.xml": b"a"}), "p.zip")

    assert package.names == ("imsmanifest.xml", "items/a.xml")
    assert package.read("items/a.xml") == b"a"
    assert package.where("items/a.xml") == "p.zip, items/a.xml"


def test_anything_but_a_zip_file_is_a_package_of_one_file():
    assert packages.of_bytes(b"<x/>", "x.xml").read("") == b"<x/>"


def test_what_an_operating_system_leaves_in_a_zip_file_is_not_looked_at():
    names = ("imsmanifest.xml", "__MACOSX/._imsmanifest.xml", "items/.DS_Store", "Thumbs.db", "items/")

    assert packages.of_bytes(zipped(dict.fromkeys(names, b"")), "p.zip").names == ("imsmanifest.xml",)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("../evil.xml", "leads outside"),
        ("items/../../evil.xml", "leads outside"),
        ("/etc/passwd", "absolute path"),
        ("C:/evil.xml", "absolute path"),
        ("..\\evil.xml", "backslash"),
        ("items//a.xml", "leads outside"),
        ("./a.xml", "leads outside"),
        ("a\x07.xml", "control character"),
        ("/".join("d" * 20) + "/a.xml", "nested more than"),
    ],
)
def test_a_name_that_could_leave_the_package_is_refused(name, said):
    assert said in refusal(archive(("imsmanifest.xml", b""), (name, b"x")))


def test_a_name_cut_by_a_zero_character_is_refused():
    data = archive(("a_b.xml", b"x")).replace(b"a_b.xml", b"a\x00b.xml")

    assert "control character" in refusal(data)


def test_a_link_is_refused():
    assert "a link" in refusal(archive((link("items/a.xml"), b"/etc/passwd")))


def test_a_name_twice_is_refused():
    with pytest.warns(UserWarning, match="Duplicate name"):
        data = archive(("a.xml", b"1"), ("a.xml", b"2"))

    assert "in the package twice" in refusal(data)


def test_an_encrypted_file_is_refused():
    assert "is encrypted" in refusal(encrypted(archive(("a.xml", b"1"))))


def test_another_way_of_packing_is_refused():
    assert "packed in a way" in refusal(archive(("a.xml", b"1" * 99), compression=zipfile.ZIP_BZIP2))


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"a.xml": b"\0" * 3_000_000}, "more than 200 times"),
        ({f"{n}.xml": (b"%d" % n) * 400_000 for n in range(30)}, "more than 10 times"),
    ],
    ids=["one file", "many files"],
)
def test_a_bomb_is_refused_before_it_is_unpacked(files, said):
    assert said in refusal(zipped(files))


def test_sizes_have_limits(monkeypatch):
    data = zipped({"a.xml": os.urandom(200), "b.xml": os.urandom(200)})
    for name, value, said in (
        ("MAX_PACKED", 99, "larger than 99 bytes"),
        ("MAX_FILE", 99, "larger than 99 bytes"),
        ("MAX_TOTAL", 399, "unpack to more than 399 bytes"),
        ("MAX_FILES", 1, "more than 1 files"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(packages, name, value)
            assert said in refusal(data)


def test_files_that_overlap_are_refused():
    data = bytearray(archive(("a.xml", os.urandom(500)), ("b.xml", b"1"), compression=zipfile.ZIP_STORED))
    second = data.rindex(b"PK\x01\x02")
    data[second + 20 : second + 28] = (5_000).to_bytes(4, "little") * 2  # the sizes of the second entry

    assert "overlap" in refusal(bytes(data))


def test_a_file_that_is_not_what_its_checksum_says_is_refused_when_it_is_read():
    data = archive(("a.xml", b"0123456789"), compression=zipfile.ZIP_STORED).replace(b"0123456789", b"0123456780")

    assert refusal(data) == "p.zip, a.xml: is damaged in the zip file"


def test_a_folder_is_a_package_too(tmp_path):
    (tmp_path / "items").mkdir()
    (tmp_path / "items" / "a.xml").write_bytes(b"a")
    (tmp_path / "imsmanifest.xml").write_bytes(b"m")
    package = packages.opened(tmp_path)

    assert package.names == ("imsmanifest.xml", "items/a.xml")
    assert package.read("items/a.xml") == b"a"


@pytest.mark.parametrize("target", ["/etc/passwd", "."])
def test_a_link_in_a_folder_is_refused(tmp_path, target):
    (tmp_path / "a.xml").symlink_to(target)

    with pytest.raises(ContentError, match="a link"):
        packages.opened(tmp_path)


def test_a_folder_has_limits_too(tmp_path, monkeypatch):
    (tmp_path / "a.xml").write_bytes(b"12")
    (tmp_path / "b.xml").write_bytes(b"12")
    for name, value in (("MAX_FILE", 1), ("MAX_TOTAL", 3), ("MAX_FILES", 1)):
        with monkeypatch.context() as patch:
            patch.setattr(packages, name, value)
            with pytest.raises(ContentError):
                packages.opened(tmp_path)


WHOLE = zipped({"imsmanifest.xml": b"<m/>" * 50, "items/a.xml": b"<a/>" * 50, "b/c.xml": b"<c/>" * 50})


@settings(max_examples=300)
@given(
    st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), min_size=1, max_size=8), st.integers(0, 60)
)
def test_a_damaged_zip_file_never_ends_in_anything_but_a_refusal(flips, cut):
    data = bytearray(WHOLE)
    for place, value in flips:
        data[place] = value
    with contextlib.suppress(ContentError):
        read_all(bytes(data[: len(data) - cut]))
