"""Seeded draws: golden values, so that they never change."""

import hashlib

import numpy as np

from engine import SeededDraw
from engine.draws import words_of


def test_draws_are_the_ones_they_always_were():
    draw = SeededDraw(secret=b"kriteria")

    assert draw.uniform("randomesque:0") == 0.6209548198396613
    assert draw.words("eligible:x")[:2] == (0.08240530965849757, 0.3364102514460683)


def test_a_draw_is_the_head_of_a_hash_anybody_can_compute():
    digest = hashlib.sha256(b"secret\x00label").digest()

    assert SeededDraw(secret=b"secret").uniform("label") == (int.from_bytes(digest[:8], "big") >> 11) / 2**53
    assert SeededDraw(secret=b"secret").words("label")[7] == int.from_bytes(digest[28:], "big") / 2**32


def test_many_draws_are_one_stream_of_which_fewer_are_the_beginning():
    draw = SeededDraw(secret=b"secret")
    stream = hashlib.shake_256(b"secret\x00label").digest(400)

    assert draw.many("label", 100)[99] == int.from_bytes(stream[396:], "big") / 2**32
    assert draw.many("label", 7).tolist() == draw.many("label", 100)[:7].tolist()
    assert draw.many("label", 0).shape == (0,)


def test_secret_and_label_both_count_and_the_secret_is_not_printed():
    assert SeededDraw(secret=b"a").uniform("x") != SeededDraw(secret=b"b").uniform("x")
    assert SeededDraw(secret=b"a").uniform("x") != SeededDraw(secret=b"a").uniform("y")
    assert "hush" not in repr(SeededDraw(secret=b"hush"))


def test_the_words_of_many_sittings_are_those_of_each():
    draws, labels = [SeededDraw(secret=bytes([n])) for n in range(3)], ["eligible:a", "", "ż"]

    who, which = np.array([2, 0, 2]), np.array([1, 2, 0])
    assert words_of(draws, labels, who, which).tolist() == [
        list(draws[i].words(labels[n])) for i, n in zip(who, which, strict=True)
    ]
    assert words_of(draws, labels, who[:0], which[:0]).shape == (0, 8)
