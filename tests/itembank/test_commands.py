"""`kriteria standard import` and `kriteria bank import|export` as a script meets them."""

import json

import pytest
from bank_builders import GAPS, SHARED, crm, item, row
from click.testing import CliRunner

import web.cli_bank
from itembank import content
from itembank.exchange import table
from itembank.lifecycle import State
from itembank.repository import MemoryBank
from web.cli_bank import bank
from web.cli_standard import standard
from web.settings import SettingsError


@pytest.fixture
def kept(monkeypatch):
    """The bank of the installation, in memory."""
    opened = MemoryBank()
    monkeypatch.setattr(web.cli_bank, "open_bank", lambda: opened)
    return opened


@pytest.fixture
def nothing_set(monkeypatch):
    """An environment without settings."""

    def refuse():
        raise SettingsError("KRITERIA_SECRET_KEY is missing\nKRITERIA_LOG_KEY is missing")

    monkeypatch.setattr(web.cli_bank, "open_bank", refuse)


def run(command, *arguments):
    return CliRunner().invoke(command, [str(one) for one in arguments], catch_exceptions=False)


@pytest.fixture
def items(tmp_path):
    path = tmp_path / "items.jsonl"
    path.write_text("\n".join(json.dumps(one) for one in (row(), row(id="CRM.1.1.1-02", seconds=-1))), encoding="utf-8")
    return path


def test_a_standard_is_printed_as_one_document_and_kept(kept):
    result = run(standard, "import", content.standard_file("pl-crm"), "--name", "CRM", "--json")

    assert result.exit_code == 0
    assert json.loads(result.stdout) == json.loads(json.dumps(crm().as_json()))
    assert kept.standard("CRM") == crm()


def test_a_standard_is_printed_without_any_database(nothing_set):
    result = run(standard, "import", content.standard_file("pl-crm"), "--name", "CRM", "--json")

    assert result.exit_code == 0
    assert json.loads(result.stdout)["warnings"] == []
    assert "nothing was kept: KRITERIA_SECRET_KEY" in result.stderr


def test_keeping_without_settings_is_an_error_and_reading_alone_is_not(nothing_set):
    refused = run(standard, "import", content.standard_file("pl-crm"), "--name", "CRM")
    dry = run(standard, "import", content.standard_file("pl-crm"), "--name", "CRM", "--dry-run")

    assert (refused.exit_code, dry.exit_code) == (2, 0)
    assert refused.stderr.count("\n") == 1


@pytest.mark.parametrize("data", [b"", b"\x00\x01", b"x" * 200_000, "Zestawy efektów uczenia się".encode()])
def test_a_file_that_is_no_standard_ends_with_two_and_one_line_naming_it(tmp_path, kept, data):
    path = tmp_path / "page.txt"
    path.write_bytes(data)

    result = run(standard, "import", path, "--name", "CRM", "--json")

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.count("\n") == 1
    assert str(path) in result.stderr


def test_a_standard_of_another_kind_is_refused(kept):
    path = SHARED / "standards" / "kz-smm.txt"
    if not path.exists():
        pytest.skip("../shared/standards is not beside this repository")

    assert run(standard, "import", path, "--name", "KZ").exit_code == 2


def test_items_are_kept_as_drafts_and_bad_rows_are_listed(kept, items):
    kept.add_standard(crm(), 1)

    result = run(bank, "import", items, "--account", "author-1", "--json")

    found = json.loads(result.stdout)
    assert result.exit_code == 0
    assert (found["imported"], found["items"][0]["id"], found["items"][0]["max_score"]) == (1, "CRM.1.1.1-01", 1)
    assert found["rejected"][0]["where"].endswith("items.jsonl, line 2, field seconds")
    assert [(one.state, one.added_by) for one in kept.items("CRM")] == [(State.DRAFT, "author-1")]


def test_a_dry_run_keeps_nothing_and_needs_no_database(nothing_set, items):
    result = run(bank, "import", items, "--dry-run", "--json")

    assert result.exit_code == 0
    assert result.stderr == ""


def test_items_of_another_standard_are_rejected_by_name(kept, items):
    result = run(bank, "import", items, "--standard", "KZ", "--json")

    assert result.exit_code == 2
    assert json.loads(result.stdout)["rejected"][1] == {"where": "CRM.1.1.1-01@1", "reason": "belongs to CRM"}
    assert "no item could be read" in result.stderr


def test_items_of_an_unknown_standard_are_refused(kept, items):
    result = run(bank, "import", items)

    assert result.exit_code == 2
    assert "unknown_standard CRM" in result.stderr


@pytest.fixture
def drafts(tmp_path):
    path = tmp_path / "drafts.jsonl"
    path.write_text("".join(json.dumps(row(**GAPS, id=f"Q{n}", standard=None)) + "\n" for n in (1, 2)), "utf-8")
    return path


def test_drafts_with_gaps_are_read_without_a_standard_and_kept_under_the_one_given(kept, drafts):
    kept.add_standard(crm(), 1)

    read = run(bank, "import", drafts, "--dry-run", "--json")
    refused = run(bank, "import", drafts)
    stored = run(bank, "import", drafts, "--standard", "CRM")

    assert json.loads(read.stdout)["items"][0]["gaps"] == ["standard", *GAPS]
    assert refused.exit_code == 2
    assert refused.stderr.splitlines()[-1].endswith("say whose they are with --standard CODE")
    assert stored.exit_code == 0
    assert "2 items lack outcome, criteria" in stored.stderr
    assert [one.item.id for one in kept.items("CRM")] == ["Q1", "Q2"]


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_an_author_fills_in_an_exported_draft_and_imports_it_as_the_next_version(kept, drafts, tmp_path, form):
    kept.add_standard(crm(), 1)
    run(bank, "import", drafts, "--standard", "CRM")
    out = tmp_path / f"out.{form}"
    run(bank, "export", "--standard", "CRM", "--format", form, out)
    empty = {"csv": ",CRM,,,", "jsonl": '"outcome": null, "criteria": null'}[form]
    tagged = {"csv": ",CRM,CRM.1.1,CRM.1.1.1,", "jsonl": '"outcome": "CRM.1.1", "criteria": ["CRM.1.1.1"]'}[form]
    text = out.read_bytes().decode()
    assert text.count(empty) == 2
    out.write_bytes(text.replace(empty, tagged).encode())

    again = run(bank, "import", out, "--standard", "CRM")

    assert again.stderr.splitlines()[-3:] == [
        "drafts kept: 2, there already: 0",
        "next version: Q1@2",
        "next version: Q2@2",
    ]
    assert kept.item("Q1@2").item.gaps == ("rationale", "expected_difficulty", "seconds")
    assert kept.item("Q1@2").item.outcome == "CRM.1.1"


@pytest.mark.parametrize("name", ["quiz.gift", "quiz.txt"])
def test_foreign_questions_are_read_kept_filled_in_and_then_reviewed(kept, tmp_path, name):
    kept.add_standard(crm(), 1)
    file, out = tmp_path / name, tmp_path / "out.jsonl"
    file.write_text("::Q1::Dwa i dwa? {=cztery ~pięć}\n\n::Q2::Opisz. {}\n", encoding="utf-8")
    words = ("--standard", "CRM", "--language", "pl", "--json")

    found = json.loads(run(bank, "import", file, *words).stdout)
    again = run(bank, "import", file, *words)
    run(bank, "export", "--standard", "CRM", "--format", "jsonl", out)
    filled = json.loads(out.read_text(encoding="utf-8")) | {
        name: row()[name] for name in ("outcome", "criteria", "rationale", "expected_difficulty", "seconds")
    }
    out.write_text(json.dumps(filled), encoding="utf-8")
    run(bank, "import", out)
    kept.move(["Q1@2"], State.REVIEWED, "reviewer", 5)

    assert (found["imported"], found["items"][0]["gaps"]) == (1, list(GAPS))
    assert found["rejected"][0]["where"].endswith(f"{name}, line 3, question 2 'Q2'")
    assert "drafts kept: 0, there already: 1" in again.stderr
    assert [(one.item.version_id, one.state) for one in kept.items("CRM")] == [
        ("Q1@1", State.DRAFT),
        ("Q1@2", State.REVIEWED),
    ]


def test_what_a_reviewer_should_know_is_a_warning(kept, tmp_path):
    path = tmp_path / "items.csv"
    path.write_text(table.write([item(enemies=["CRM.1.1.1-09"])]), encoding="utf-8", newline="")

    result = run(bank, "import", path, "--dry-run", "--json")

    assert json.loads(result.stdout)["warnings"] == ["CRM.1.1.1-01@1: its enemy CRM.1.1.1-09 is not in the bank"]


def test_what_is_found_in_many_items_is_one_warning(kept, tmp_path):
    path = tmp_path / "quiz.gift"
    path.write_text("\n\n".join(f"::Q{n}::Czy {n} to {n}? {{T}}" for n in range(12)), encoding="utf-8")

    read = run(bank, "import", path, "--standard", "CRM", "--language", "pl", "--dry-run", "--json")

    warnings = json.loads(read.stdout)["warnings"]
    assert len(warnings) == 4
    assert warnings[2] == "Q0@1, Q1@1, Q2@1, Q3@1, Q4@1 and 7 more: 2 options, the house format has 4 to 4"


@pytest.mark.parametrize("form", ["csv", "jsonl", "qti3"])
def test_what_is_exported_can_be_imported_again(kept, tmp_path, form):
    kept.add_standard(crm(), 1)
    kept.add_items([item(), item("match", id="CRM.1.1.1-02")], "author", 2)
    kept.add_items([item(stem="Nowa wersja?")], "author", 3)
    kept.move(["CRM.1.1.1-02@1"], State.RETIRED, "author", 4)
    out = tmp_path / "out.txt"

    written = run(bank, "export", "--standard", "CRM", "--format", form, out)
    read = run(bank, "import", out, "--dry-run", "--json")

    assert (written.exit_code, written.stdout) == (0, "")
    assert [(one["id"], one["version"]) for one in json.loads(read.stdout)["items"]] == [("CRM.1.1.1-01", 2)]


def test_every_version_is_exported_when_asked(kept, tmp_path):
    kept.add_standard(crm(), 1)
    kept.add_items([item(), item(stem="Nowa wersja?")], "author", 2)

    run(bank, "export", "--standard", "CRM", "--format", "jsonl", "--all-versions", tmp_path / "out.jsonl")

    assert (tmp_path / "out.jsonl").read_text(encoding="utf-8").count("\n") == 2


def test_exporting_an_unknown_standard_ends_with_two(kept, tmp_path):
    result = run(bank, "export", "--standard", "KZ", "--format", "csv", tmp_path / "out.csv")

    assert result.exit_code == 2
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize("command", [standard, bank])
def test_a_file_that_cannot_be_read_ends_with_two_and_one_line_naming_it(kept, tmp_path, command):
    for path in (tmp_path / "missing.txt", tmp_path):
        result = run(command, "import", path)

        assert result.exit_code == 2
        assert result.stderr.count("\n") == 1
        assert str(path) in result.stderr


def test_an_export_that_fails_leaves_the_file_as_it_was(kept, tmp_path, monkeypatch):
    kept.add_standard(crm(), 1)
    kept.add_items([item(stem="a\ufffeb")], "author", 2)
    out = tmp_path / "out.zip"
    out.write_bytes(b"before")

    done = run(bank, "export", "--standard", "CRM", "--format", "qti3", out)

    assert (done.exit_code, done.stderr) == (2, "kriteria: CRM.1.1.1-01@1: holds a character that XML cannot hold\n")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("out.zip", b"before")]


def test_a_long_package_shows_a_bar_on_standard_error_and_none_beside_a_document(kept, tmp_path, monkeypatch):
    kept.add_standard(crm(), 1)
    kept.add_items([item()], "author", 2)
    out = tmp_path / "out.zip"
    run(bank, "export", "--standard", "CRM", "--format", "qti3", out)

    short = run(bank, "import", out, "--dry-run")
    monkeypatch.setattr(web.cli_bank, "MANY", 2)
    long = run(bank, "import", out, "--dry-run")
    document = run(bank, "import", out, "--dry-run", "--json")

    assert ("Items" in short.stderr, "Items" in long.stderr, "Items" in document.stderr) == (False, True, False)


def test_a_draft_goes_to_another_tool_and_back_as_qti(kept, drafts, tmp_path):
    kept.add_standard(crm(), 1)
    run(bank, "import", drafts, "--standard", "CRM")
    out = tmp_path / "out.zip"
    run(bank, "export", "--standard", "CRM", "--format", "qti3", out)

    again = run(bank, "import", out, "--standard", "CRM")

    assert "drafts kept: 0, there already: 2" in again.stderr
