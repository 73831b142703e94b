"""Tampering with stored rows is found at its first row; checkpoints reach beyond the database."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from room import SESSION, SITTING, Room

from proctor import checkpoints
from proctor.chain import link
from proctor.checkpoints import Checkpoint
from proctor.log import Stored
from proctor.verify import claims, first_break, report

SEED = bytes(range(32))
PUBLIC = checkpoints.public_key(SEED)


@pytest.fixture(scope="module")
def rows():
    room = Room().running()
    for response in ("1", "2", "3"):
        room.answer(response=(response,))
    return room.log.read(SITTING)


def stored(rows):
    return [
        Stored(
            sitting=r.sitting, seq=r.seq, feed=r.feed, at=r.at, type=r.type, schema=r.schema, body=r.body, head=r.head
        )
        for r in rows
    ]


def rechained(rows):
    """What somebody with the database and this program could do: make the chain fit again."""
    head, out = "", []
    for seq, row in enumerate(rows, start=1):
        head = link(head, seq, row.body)
        out.append(replace(row, seq=seq, head=head))
    return out


def at(rows, kind):
    return next(place for place, row in enumerate(rows) if row.type == kind)


def checkpoint(rows, upto, seed=SEED):
    return checkpoints.make(seed, SESSION, 1_000, {SITTING: (upto, rows[upto - 1].head)})


def test_an_untouched_log_is_whole(rows):
    assert first_break(stored(rows)) is None
    assert first_break([]) is None


def test_an_edited_answer_breaks_the_log_where_it_was_edited(rows):
    place = at(rows, "AnswerRecorded")
    body = rows[place].body.replace(b'"score":0', b'"score":1') if b'"score":0' in rows[place].body else None
    body = body or rows[place].body.replace(b'"score":1', b'"score":0')
    forged = [*stored(rows)]
    forged[place] = replace(forged[place], body=body)

    assert first_break(forged) == (place + 1, "the stored bytes do not give the stored head")


def test_a_deleted_row_breaks_the_log_where_it_was(rows):
    forged = stored(rows)
    del forged[4]

    assert first_break(forged) == (5, "row 6 stands in its place")


def test_an_inserted_row_breaks_the_log_where_it_was_put(rows):
    forged = stored(rows)
    forged.insert(5, replace(forged[4], seq=6))

    assert first_break(forged)[0] == 6


def test_swapped_rows_break_the_log_at_the_first_of_them(rows):
    forged = stored(rows)
    forged[4], forged[5] = replace(forged[5], seq=5), replace(forged[4], seq=6)

    assert first_break(forged)[0] == 5


def test_a_row_of_another_sitting_is_found(rows):
    forged = stored(rows)
    forged[3] = replace(forged[3], sitting="other")

    assert first_break(forged) == (4, "the row is of another sitting")


def test_a_whole_log_under_another_name_is_found(rows):
    assert first_break([replace(row, sitting="other") for row in stored(rows)])[0] == 1


def test_a_changed_column_beside_the_body_is_found(rows):
    for place, change in ((2, {"at": 5}), (3, {"type": "HandLowered"}), (4, {"schema": 9})):
        forged = stored(rows)
        forged[place] = replace(forged[place], **change)
        assert first_break(forged)[0] == place + 1


def test_a_chain_made_anew_over_an_illegal_order_is_found_by_the_rules(rows):
    forged = stored(rows)
    del forged[at(rows, "Authorised")]

    assert first_break(rechained(forged)) == (at(rows, "Authorised") + 1, "SittingStarted while awaiting")


def test_a_truncated_log_is_whole_in_itself_and_broken_against_a_checkpoint(rows):
    short = stored(rows)[:-2]

    assert first_break(short) is None
    found = report(SITTING, short, [checkpoint(rows, len(rows))], PUBLIC)
    assert (found.broken_seq, found.covered) == (len(rows) - 1, len(short))


def test_a_sitting_that_is_gone_altogether_is_a_break_that_names_both_numbers(rows):
    kept = [checkpoint(rows, 4), checkpoint(rows, 6)]
    found = report(SITTING, [], kept, PUBLIC)

    assert (found.events, found.covered, found.broken_seq) == (0, 0, 1)
    assert found.reason == "6 events are in a checkpoint, 0 are stored"
    assert claims(kept, PUBLIC).named_in == {SITTING: SESSION}
    assert report(SITTING, stored(rows)[:5], kept, PUBLIC).reason == "6 events are in a checkpoint, 5 are stored"


@given(st.data())
def test_whatever_is_cut_off_below_a_checkpoint_is_named_and_nothing_above_it(rows, data):
    """Law: `left` events are whole against a checkpoint of `upto` if and only if left >= upto."""
    upto = data.draw(st.integers(1, len(rows)))
    left = data.draw(st.integers(0, len(rows)))
    found = report(SITTING, stored(rows)[:left], [checkpoint(rows, upto)], PUBLIC)

    assert (found.broken_seq is None) == (left >= upto)
    assert found.covered == min(left, upto)


def test_a_statement_that_is_none_is_refused():
    with pytest.raises(ValueError, match="states no heads"):
        claims([Checkpoint(body=b'{"at":1}', signature=b"")], PUBLIC)


def test_a_chain_made_anew_over_a_legal_change_is_broken_against_a_checkpoint(rows):
    place = at(rows, "AnswerRecorded")
    forged = stored(rows)
    forged[place] = replace(forged[place], body=forged[place].body.replace(b'"visible_ms":0', b'"visible_ms":9'))
    forged = rechained(forged)
    assert first_break(forged) is None

    found = report(SITTING, forged, [checkpoint(rows, 6), checkpoint(rows, place + 2)], PUBLIC)
    assert found.broken_seq == place + 2
    assert found.covered == place + 1


def test_the_earlier_of_two_breaks_is_named(rows):
    forged = stored(rows)
    forged[3] = replace(forged[3], head="0")

    assert report(SITTING, forged, [checkpoint(rows, 8)], PUBLIC).broken_seq == 4


def test_the_report_names_the_uncovered_tail(rows):
    found = report(SITTING, stored(rows), [checkpoint(rows, 6), checkpoint(rows, 4)], PUBLIC)

    assert (found.broken_seq, found.covered, found.uncovered) == (None, 6, len(rows) - 6)
    assert report(SITTING, stored(rows), [], PUBLIC).uncovered == len(rows)
    elsewhere = checkpoints.make(SEED, SESSION, 1, {"another": (3, "x")})
    assert report(SITTING, stored(rows), [elsewhere], PUBLIC).covered == 0


def test_a_checkpoint_of_another_key_is_no_checkpoint(rows):
    found = report(SITTING, stored(rows), [checkpoint(rows, 6, seed=b"x" * 32)], PUBLIC)

    assert (found.broken_seq, found.covered) == (0, 0)
    assert "not signed" in found.reason


def test_a_checkpoint_that_was_changed_does_not_verify(rows):
    made = checkpoint(rows, 6)

    assert checkpoints.verify(PUBLIC, made)
    assert not checkpoints.verify(
        PUBLIC, Checkpoint(body=made.body.replace(b"1000", b"1001"), signature=made.signature)
    )
    assert (made.at, made.exam_session, made.heads) == (1_000, SESSION, {SITTING: (6, rows[5].head)})


def test_the_signature_is_ed25519_of_the_seed():
    """RFC 8032, 7.1, test 1: the empty message."""
    seed = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")

    assert checkpoints.public_key(seed).hex() == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    assert checkpoints.sign(seed, b"").hex() == (
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24"
        "655141438e7a100b"
    )


def test_checkpoints_outside_the_database_are_lines_of_a_file(rows, tmp_path):
    file = tmp_path / "checkpoints.jsonl"
    made = [checkpoint(rows, 3), checkpoint(rows, 6)]
    for one in made:
        checkpoints.append_to(file, one)

    assert list(checkpoints.read_from(file)) == made


@pytest.mark.parametrize(
    "line",
    ["{", "{}", "[]", '{"body":1,"signature":""}', '{"body":"x","signature":"zz"}', '{"body":"{}","signature":""}'],
)
def test_a_line_that_is_no_checkpoint_is_named(tmp_path, line):
    file = tmp_path / "checkpoints.jsonl"
    file.write_text(line)

    with pytest.raises(ValueError, match=r"checkpoints\.jsonl, line 1"):
        list(checkpoints.read_from(file))
