import pytest

_LONGEST = ("tests/kills", "tests/replicas", "tests/journeys")
"""Begun first, so that no worker is left alone with one of them at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        path = item.path.relative_to(item.config.rootpath).as_posix()
        return next(
            (place for place, folder in enumerate(_LONGEST) if path.startswith(folder)), len(_LONGEST)
        )

    items.sort(key=place)
