"""Pools and the files they are read from."""

import pytest
from engine_builders import an_item

from engine import ItemPool, PoolError, read_parameters, read_pool

HEADER = "item,model,a,b,c,d,outcome,criterion,enemies,set,seconds\n"


def a_file(tmp_path, text):
    path = tmp_path / "POOL.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_pool_file_is_read_with_comments_blanks_and_several_criteria(tmp_path):
    text = "# made for a test\n" + HEADER + "x,3PL,1.2,-.5,.2,,k,k.1|k.2,y,,45\n\ny,rasch,,0.3,,,k,,,,\n"
    pool = read_pool(a_file(tmp_path, text))

    assert (pool.items, pool.outcomes, pool.criteria) == (("x", "y"), ("k",), ("k.1", "k.2"))
    assert pool.parameters.model == ("3PL", "Rasch")
    assert pool.parameters.a.tolist() == [1.2, 1.0]
    assert (pool.parameters.c.tolist(), pool.parameters.d.tolist()) == ([0.2, 0.0], [1.0, 1.0])
    assert pool.measures.tolist() == [[True, True], [False, False]]
    assert pool.enemies == ((1,), (0,))
    assert pool.seconds == (45.0, None)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "the file holds no header"),
        ("item,b\n", "column 'outcome' is missing"),
        ("item,b,outcome,topic\n", "line 1: column 'topic' is not one of"),
        ("item,b,b,outcome\n", "column 'b' stands twice"),
        ("# c\nitem,b,outcome\nx,1\n", "line 3: 2 cells under 3 columns"),
        ("item,b,outcome\nx,hard,k\n", "line 2: b is 'hard', not a number"),
        ("item,b,outcome\nx,,k\n", "line 2: b is '', not a number"),
        ("item,b,outcome,model\nx,1,k,5pl\n", "line 2: model '5pl'"),
        ("item,a,b,outcome\nx,-1,1,k\n", "line 2: a is -1"),
        ("item,b,outcome\n,1,k\n", "line 2: the item id is blank"),
        ("item,b,outcome\nx,1,\n", "line 2: the outcome is blank"),
        ("item,b,outcome\nx,1,k\nx,2,k\n", "item x stands twice"),
        ("item,b,outcome,enemies\nx,1,k,z\n", "item x: enemy z is not in the pool"),
        ("item,b,outcome,enemies\nx,1,k,x\n", "item x: enemy x is itself"),
        ("item,b,outcome,criterion\nx,1,k,c\ny,1,l,c\n", "item y of l: criterion c belongs to outcome k"),
        ("item,b,outcome,provisional\nx,1,k,yes\n", "provisional is 'yes'"),
        ("item,b,outcome,words\nx,1,k,1.5\n", "line 2: words is '1.5', not a whole number"),
        ("item,b,outcome,seconds\nx,1,k,nan\n", "item x: seconds is nan, not a time above 0"),
        ("item,b,outcome,seconds\nx,1,k,0\n", "item x: seconds is 0, not a time above 0"),
    ],
)
def test_a_wrong_pool_file_is_refused_with_file_and_line(tmp_path, text, reason):
    path = a_file(tmp_path, text)

    with pytest.raises(PoolError, match=reason) as refusal:
        read_pool(path)
    assert str(path) in str(refusal.value)


def test_a_parameter_file_is_read_and_its_faults_are_named(tmp_path):
    path = tmp_path / "PARAMS.csv"
    path.write_text("item,model,a,b,c,d\nx,2PL,1.5,-1,,\n")
    table = read_parameters(path)
    assert (table.items, table.parameters.a.tolist(), table.parameters.model) == (("x",), [1.5], ("2PL",))

    path.write_text("item,b\nx,1\nx,1\n")
    with pytest.raises(PoolError, match="line 3: item x stands twice"):
        read_parameters(path)
    path.write_text("item,b\n")
    with pytest.raises(PoolError, match="holds no item"):
        read_parameters(path)


def test_the_digest_follows_every_number_and_the_spelling_of_none():
    one = ItemPool.build([an_item("x", model="2PL", b=1)])

    assert one.digest == ItemPool.build([an_item("x", model="2pl", b=1.0)]).digest
    assert one.digest != ItemPool.build([an_item("x", model="2PL", b=1.0000001)]).digest
    assert one.digest != ItemPool.build([an_item("x", model="2PL", b=1, provisional=True)]).digest


def test_levels_and_words_are_read_and_the_digest_of_a_pool_without_them_does_not_know_them(tmp_path):
    pool = read_pool(a_file(tmp_path, "item,b,outcome,level,words\nx,1,k,apply,40\ny,1,k,,\nz,1,k,recall,0\n"))
    assert (pool.levels, pool.words) == (("apply", None, "recall"), (40, None, 0))

    plain = ItemPool.build([an_item("x")]).digest
    assert plain == "2ab9e221fef9e66403c661ecd9724a845318f064ae92a757653cc4979a3dff42"
    assert (
        len({plain, *(ItemPool.build([an_item("x", **more)]).digest for more in ({"level": "apply"}, {"words": 0}))})
        == 3
    )
    with pytest.raises(PoolError, match="item x: words is -1, below 0"):
        ItemPool.build([an_item("x", words=-1)])


def test_an_item_without_id_or_with_impossible_parameters_is_refused():
    with pytest.raises(PoolError, match="item 1 of the pool has no id"):
        ItemPool.build([an_item("")])
    with pytest.raises(PoolError, match=r"item x: c is 0\.9 and d is 0\.5"):
        ItemPool.build([an_item("x", c=0.9, d=0.5)])
