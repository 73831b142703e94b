"""What `engine` exports."""

import engine


def test_the_exported_names_are_sorted_and_exist():
    assert list(engine.__all__) == sorted(engine.__all__)
    assert all(hasattr(engine, name) for name in engine.__all__)
