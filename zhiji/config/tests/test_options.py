from pathlib import Path

import pytest

from zhiji.config.options import OPTIONS, BadOption, described, load


def refusal(**given: str) -> str:
    with pytest.raises(BadOption) as caught:
        load({f"ZHIJI_{name}": text for name, text in given.items()} | {"ZHIJI_HOME": "/nowhere"})
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "text", "advice"),
    [
        ("PORT", "99999", "1 to 65535"),
        ("PORT", "http", "1 to 65535"),
        ("HOST", "http://x", "without a port"),
        ("SMTP_URL", "mail.example.com", "smtp://"),
        ("SMTP_URL", "smtp://", "host's name"),
        ("SMTP_URL", "smtp://mail:port", "port"),
        ("DATABASE_URL", "mysql://x/y", "postgresql://"),
        ("PUBLIC_URL", "crm.example.com", "https://"),
        ("MASTER_KEY", "c2hvcnQ=", "5 bytes"),
        ("MASTER_KEY", "not base64!", "base64"),
        ("SECRET_KEY", "short", "16 characters"),
        ("TIME_ZONE", "Mars/Olympus", "Asia/Shanghai"),
        ("CURRENCY", "yuan", "CNY"),
        ("LOG_LEVEL", "loud", "WARNING"),
        ("DEBUG", "maybe", "true or false"),
        ("ALLOWED_HOSTS", "https://x", "host name"),
    ],
)
def test_a_bad_value_is_refused_by_name_with_what_would_do(name: str, text: str, advice: str) -> None:
    message = refusal(**{name: text})
    assert f"ZHIJI_{name} " in message
    assert advice in message


def test_a_misspelt_name_is_refused_and_the_likely_one_named() -> None:
    assert "did you mean ZHIJI_PORT?" in refusal(PROT="8000")


def test_a_secret_is_not_shown_when_it_is_refused() -> None:
    assert "hunter2" not in refusal(SMTP_URL="ftp://bob:hunter2@mail")


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "zhiji.toml").write_text('port = 8001\ncurrency = "eur"\ndebug = true\n')
    options = load({"ZHIJI_HOME": str(tmp_path), "ZHIJI_PORT": "8002"})
    assert (options.port, options.currency, options.debug) == (8002, "EUR", True)


@pytest.mark.parametrize("line", ["prot = 1", "port = [1]", "port = "])
def test_a_bad_file_is_refused(tmp_path: Path, line: str) -> None:
    (tmp_path / "zhiji.toml").write_text(line)
    with pytest.raises(BadOption, match=r"zhiji\.toml"):
        load({"ZHIJI_HOME": str(tmp_path)})


def test_a_named_file_must_be_there() -> None:
    assert "which is no file" in refusal(CONFIG="/nowhere/zhiji.toml")


def test_every_option_is_described_with_its_source_and_without_secrets(tmp_path: Path) -> None:
    (tmp_path / "zhiji.toml").write_text('secret_key = "a very long secret text"')
    rows = described({"ZHIJI_HOME": str(tmp_path), "ZHIJI_SMTP_URL": "smtp://bob:hunter2@mail:25"})
    shown = {option.name: (text, source) for option, text, source in rows}
    assert len(shown) == len(OPTIONS) and all(option.help for option in OPTIONS)
    assert shown["SECRET_KEY"] == ("(given)", "file")
    assert shown["SMTP_URL"] == ("smtp://bob:***@mail:25", "environment")
    assert shown["PORT"] == ("8000", "default")
