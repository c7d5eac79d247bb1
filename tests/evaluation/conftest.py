"""A scripted server in a thread, and one engine whose connections are closed at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from benchmarks.chat_server import Chat, Say, Script, running


@pytest.fixture
def chat() -> Iterator[Callable[..., Chat]]:
    """Return a function that starts a server with a script; without one, it answers each question by its own words."""
    with ExitStack() as stack:

        def start(script: Script | None = None) -> Chat:
            return stack.enter_context(running(script or echo))

        yield start


def echo(request: dict[str, Any], _times: int) -> Say:
    """Answer with the question and the model's name."""
    return Say(text=f"{request['model']} on {request['messages'][-1]['content']}")


@pytest.fixture
def engine(settings: Any) -> Iterator[Any]:
    """An engine of its own, allowed to call this machine."""
    from evaluation.engine import Engine

    settings.CONCORD_PRIVATE_ENDPOINTS = True
    one = Engine()
    yield one
    one.close()


@pytest.fixture
def mocked(tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Return a function that starts aimock with fixtures, or skips with the reason why there is none."""
    from tests.evaluation import mocked as one

    with ExitStack() as stack:

        def start(fixtures: list[dict[str, Any]], *options: str) -> Any:
            try:
                return stack.enter_context(one.aimock(tmp_path, fixtures, *options))
            except one.Unavailable as reason:
                pytest.skip(str(reason))

        yield start
