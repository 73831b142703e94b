"""The wheel on a machine without the checkout: its own command migrates, serves pages in words, and verifies."""

import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
import requests
from centre import READY_S, ROOT, free_port, until

pytestmark = pytest.mark.drill


def run(*command, **more):
    return subprocess.run(command, capture_output=True, text=True, check=True, **more)


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The bin folder of an environment that holds the wheel, and the libraries of this one without its checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder), cwd=ROOT)
    run(sys.executable, "-m", "venv", "--without-pip", str(folder / "env"))
    python = str(folder / "env/bin/python")
    (wheel,) = folder.glob("*.whl")
    run(str(Path(sys.executable).with_name("uv")), "pip", "install", "-q", "--no-deps", "--python", python, str(wheel))
    site = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").stdout.strip())
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")  # its own .pth files are not followed
    return folder / "env/bin"


@pytest.fixture
def environment(tmp_path):
    port = free_port()
    given = {
        "KRITERIA_DATABASE_URL": f"sqlite:///{tmp_path}/centre.db",
        "KRITERIA_SECRET_KEY": "d" * 40,
        "KRITERIA_LOG_KEY": "0f" * 32,
        "KRITERIA_PERSON_KEY": "a1" * 32,
        "KRITERIA_PUBLIC_ORIGIN": f"http://localhost:{port}",
        "KRITERIA_BIND": f"127.0.0.1:{port}",
        "KRITERIA_CHECKPOINT_FILE": f"{tmp_path}/checkpoints.jsonl",
    }
    return {key: value for key, value in os.environ.items() if key != "PYTHONPATH"} | given


def test_the_wheel_serves_without_the_checkout(installed, environment, tmp_path):
    where = run(str(installed / "python"), "-c", "import web; print(web.__file__)", cwd=tmp_path, env=environment)
    assert str(installed.parent) in where.stdout
    command, origin = str(installed / "kriteria"), environment["KRITERIA_PUBLIC_ORIGIN"]
    log = (tmp_path / "server.log").open("w")
    server = subprocess.Popen([command, "serve"], cwd=tmp_path, env=environment, stdout=log, stderr=log)

    def answers():
        assert server.poll() is None, Path(log.name).read_text()
        try:
            return requests.get(f"{origin}/readyz", timeout=2).status_code == 200
        except requests.RequestException:
            return False

    try:
        until(answers, READY_S, "the server is ready")
        page = requests.get(f"{origin}/login", headers={"Accept-Language": "pl"}, timeout=10)
        assert (page.status_code, "Zaloguj" in page.text) == (200, True)
        player = requests.get(f"{origin}/exam", timeout=10)
        assert player.status_code == 200
        scripts = [part.split('"')[0] for part in player.text.split('src="')[1:]]
        assert scripts
        assert [requests.get(f"{origin}{script}", timeout=10).status_code for script in scripts] == [200] * len(scripts)
        verified = run(command, "verify-log", cwd=tmp_path, env=environment)
        assert verified.returncode == 0
    finally:
        server.terminate()
        server.wait(30)
        log.close()


def test_the_wheels_command_simulates_on_several_processes(installed, environment, tmp_path):
    (tmp_path / "pool.csv").write_text("item,b,outcome\n" + "".join(f"i{n},{n / 5 - 1},A\n" for n in range(10)))
    plan = {"outcomes": {"A": {"cut": 0}}, "selection": {"max_exposure": 1}, "at_limit": "forced"}
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    given = ("simulate", "--pool", "pool.csv", "--plan", "plan.json", "--n", "600", "--seed", "1", "--json")
    command = (str(installed / "kriteria"), *given)
    alone, spread = (
        json.loads(run(*command, *more, cwd=tmp_path, env=environment).stdout) for more in ((), ("--dask", "local"))
    )

    assert spread | {"cpu_seconds": 0} == alone | {"cpu_seconds": 0}
