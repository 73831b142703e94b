"""The words of a simulation's report: each is marked for translation, and said in the reader's language."""

from engine import ItemPool, Plan, PoolItem, Population, compile, report, simulate, study
from engine.simulation_page import MEANINGS, files, study_files
from web.language import within
from web.report_words import WORDS


def test_every_word_of_a_simulation_report_is_marked_for_translation():
    pool = ItemPool.build(PoolItem(item=f"i{n}", outcome=f"O{n % 2}", a=1.0, b=n / 9 - 1) for n in range(20))
    outcomes = {name: {"cut": 0, "min_items": 2, "max_items": 5} for name in ("O0", "O1")}
    test = compile(pool, Plan.parse({"outcomes": outcomes, "at_limit": "forced"}))
    used = set(MEANINGS.values())

    def words(text):
        used.add(text)
        return text

    files(report(test, simulate(test, Population(), 60, 1)), test.plan, 1.0, words)
    study_files(study(test, 10, 1), test.plan, 1.0, words)

    assert used == set(WORDS)


def test_a_report_in_polish_is_polish():
    assert within("pl", "Items per sitting") == "Zadania w podejściu"
