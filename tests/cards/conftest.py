import pytest

from tests.cards import gallery  # noqa: F401 - first: it and what it draws on import each other


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write-golden", action="store_true", help="write tests/cards/golden anew")
