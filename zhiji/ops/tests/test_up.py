"""The whole installation by its own command: it comes up, heals, and leaves nothing behind."""

import os
import signal
import subprocess
from base64 import b64encode
from collections.abc import Iterator

import pytest

from zhiji.flow.collect.tests.running import free_port
from zhiji.ops.tests.installation import Installation, temporary, wait_for
from zhiji.ops.tests.test_closed_folder import modes

pytestmark = [pytest.mark.crash, pytest.mark.timeout(600)]


@pytest.fixture
def installation() -> Iterator[Installation]:
    with temporary("zhiji-up-", empty=True) as made:
        yield made


def test_up_heals_refuses_a_second_and_leaves_nothing(installation: Installation) -> None:
    installation.up()
    wait_for(installation.well)

    second = installation.command("up", ZHIJI_PORT=str(free_port()))
    assert second.returncode == 2 and "another zhiji" in second.stderr

    made = installation.command("createuser", "lin", "--role", "marketer", ZHIJI_NEW_PASSWORD="correct horse battery")
    assert made.returncode == 0, made.stderr
    assert installation.command("token", "lin").stdout.startswith("zj_")

    (worker,) = installation.called("worker")
    worker.kill()
    wait_for(lambda: any(one.pid != worker.pid for one in installation.called("worker")))
    assert b"worker ended (by signal 9); starting it again" in installation.said()

    installation.process.send_signal(signal.SIGINT)
    assert installation.process.wait(60) == 0
    assert installation.ours() == []
    assert installation.said().count(b"stopping") == 1 and b"leaked" not in installation.said()


def test_a_killed_supervisor_leaves_no_orphans_and_the_next_start_works(installation: Installation) -> None:
    installation.up()
    assert len(installation.ours()) >= 5
    installation.process.kill()
    installation.process.wait()
    wait_for(lambda: installation.ours() == [], seconds=60)
    (installation.home / "up.log").unlink()
    installation.up()
    installation.process.terminate()
    assert installation.process.wait(60) == 0


def test_another_user_reads_nothing_and_another_key_is_refused(installation: Installation) -> None:
    home, kept = installation.home, installation.home / "master_key"
    (home / "zhiji.toml").write_text("time_zone = 'Asia/Shanghai'\n")
    (home / "zhiji.toml").chmod(0o644)
    installation.up()
    wait_for(installation.well)
    made = installation.command("createuser", "lin", ZHIJI_NEW_PASSWORD="correct horse battery")
    assert made.returncode == 0, made.stderr
    assert modes(home) == {"folder 700", "file 600"}
    if os.geteuid() == 0:
        for path in (home, *home.iterdir(), home / "postgres/log", home / "postgres/.s.PGSQL.5432"):
            seen = subprocess.run(["ls", str(path)], user="nobody", extra_groups=[], capture_output=True, cwd="/")
            assert seen.returncode != 0, path
    installation.process.terminate()
    assert installation.process.wait(60) == 0

    right = kept.read_text()
    kept.write_text(b64encode(bytes(32)).decode())
    for command in ("up", "token"):
        refused = installation.command(command, *(["lin"] if command == "token" else []))
        assert refused.returncode == 2 and f"the file {kept} is not the key" in refused.stderr
    kept.unlink()
    refused = installation.command("up")
    assert refused.returncode == 2 and "missing, but the data is there" in refused.stderr and not kept.exists()
    kept.write_text(right)
    assert installation.command("token", "lin").stdout.startswith("zj_")


def test_a_bad_setting_is_one_clean_line_and_code_2(installation: Installation) -> None:
    refused = installation.command("up", ZHIJI_PORT="many")
    assert refused.returncode == 2
    assert refused.stderr.startswith("zhiji: ZHIJI_PORT is 'many' (environment)") and refused.stderr.count("\n") == 1


def test_the_doctor_names_what_is_wrong_and_what_to_do(installation: Installation) -> None:
    (installation.home / "master_key").write_text("x" * 44)
    (installation.home / "master_key").chmod(0o644)
    told = installation.command("doctor", ZHIJI_SMTP_URL="smtp://127.0.0.1:1")
    assert told.returncode == 1
    assert "chmod 600" in told.stdout and "127.0.0.1:1" in told.stdout and "zhiji up" in told.stdout
