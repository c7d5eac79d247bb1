"""The client: one per process and endpoint, made when first needed, never across a fork. It retries nothing itself."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from evaluation.providers.keys import scrub
from evaluation.providers.outcomes import Fault, Outcome, refused, replied

if TYPE_CHECKING:  # importing the library costs a second, which no web request should pay
    import httpx
    from openai import AsyncOpenAI

CONNECT_SECONDS = 10.0
# More than one worker ever has in flight.
CONNECTIONS = 1100
# A pool looks at each of its connections for each of them whenever a call begins or ends. Over 32 connections in one
# pool that is half of all the work a call makes; over several small pools it is nothing.
POOLS = 8


@dataclass(frozen=True)
class Target:
    """Where calls go. Two targets that are equal share a client."""

    base_url: str
    key: str
    timeout: float

    def __repr__(self) -> str:
        """Show no key, wherever this may be printed."""
        return f"Target({self.base_url!r})"


class Caller:
    """The clients of one process, and the one event loop they live in."""

    def __init__(self) -> None:
        """Make nothing yet: what a fork inherits must not be connections."""
        self.pid = os.getpid()
        self._pools: list[httpx.AsyncClient] = []
        self._clients: dict[tuple[Target, int], AsyncOpenAI] = {}
        self._turn = 0

    def warm(self) -> None:
        """Load the library and make the connection pool, before rows are claimed whose calls would have to wait."""
        self._client(Target("http://127.0.0.1:9/v1", "", 1.0))
        self._clients.clear()

    async def call(self, target: Target, payload: Mapping[str, Any]) -> Outcome:
        """Make one call and return what came of it; raises nothing but cancellation."""
        started, began = datetime.now(UTC), time.monotonic()
        outcome = await self._guarded(target, payload)
        return replace(
            outcome,
            started_at=started,
            latency_ms=round((time.monotonic() - began) * 1000),
            text=_clean(outcome.text, target),
            reasoning=_clean(outcome.reasoning, target),
            model=_clean(outcome.model, target),
            finish_reason=_clean(outcome.finish_reason, target),
            words=scrub(outcome.words, target.key),
        )

    async def models(self, target: Target) -> list[str]:
        """Return the ids of the models the server lists; raises what the library raises."""
        async with asyncio.timeout(target.timeout):
            page = await self._client(target).models.list()
        return sorted(_clean(str(model.id), target) for model in page.data)

    async def close(self) -> None:
        """Close all connections."""
        for pool in self._pools:
            await pool.aclose()
        self._pools.clear()
        self._clients.clear()

    async def _guarded(self, target: Target, payload: Mapping[str, Any]) -> Outcome:
        import httpx
        import openai

        try:
            async with asyncio.timeout(target.timeout):
                return await self._post(target, payload)
        except (TimeoutError, openai.APITimeoutError):
            return Outcome(fault=Fault.TIMEOUT, words=f"No answer within {target.timeout:g} s.")
        except openai.APIStatusError as error:
            body = error.body if error.body is not None else error.response.text
            return refused(error.status_code, body, error.response.headers)
        except (json.JSONDecodeError, UnicodeDecodeError, openai.APIResponseValidationError):
            return Outcome(fault=Fault.GARBLED, words="The answer is not JSON.", status=200)
        except (openai.APIConnectionError, httpx.HTTPError, OSError) as error:
            cause = error.__cause__ or error
            return Outcome(fault=Fault.CONNECTION, words=str(cause) or type(cause).__name__)
        except (openai.OpenAIError, ValueError, TypeError) as error:
            return Outcome(fault=Fault.BAD_REQUEST, words=f"{type(error).__name__}: {error}")

    async def _post(self, target: Target, payload: Mapping[str, Any]) -> Outcome:
        """Send through the library, but write and read the bodies ourselves.

        Servers' shapes differ more than its types allow, and its walk through the types of what is sent took a third of
        all the work of a call.
        """
        import httpx

        further = payload.get("extra_body") or {}
        body = {**{key: value for key, value in payload.items() if key != "extra_body"}, **further}
        raw = await self._client(target).post("/chat/completions", cast_to=httpx.Response, body=body)
        return replied(json.loads(raw.content))

    def _client(self, target: Target) -> AsyncOpenAI:
        """Return a client for the target, each time over the next pool."""
        from openai import AsyncOpenAI, Omit

        self._turn = (self._turn + 1) % POOLS
        if (target, self._turn) not in self._clients:
            # Names in this machine's environment are no business of the endpoint.
            headers: Any = {"OpenAI-Organization": Omit(), "OpenAI-Project": Omit()}
            self._clients[target, self._turn] = AsyncOpenAI(
                base_url=target.base_url,
                # The library insists on a key; servers that want none ignore it.
                api_key=target.key or "none",
                default_headers=headers,
                max_retries=0,
                timeout=target.timeout,
                http_client=self._shared()[self._turn],
            )
        return self._clients[target, self._turn]

    def _shared(self) -> list[httpx.AsyncClient]:
        import httpx

        if not self._pools:
            # Reading the certificates takes most of the time, so once for all.
            context = httpx.create_ssl_context()
            self._pools = [
                httpx.AsyncClient(
                    # A redirect could lead where the address check would not.
                    follow_redirects=False,
                    limits=httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS),
                    timeout=httpx.Timeout(120.0, connect=CONNECT_SECONDS),
                    verify=context,
                )
                for _pool in range(POOLS)
            ]
        return self._pools


def _clean(text: str, target: Target) -> str:
    """A server that echoes its request's headers must not bring the key into a response."""
    return text.replace(target.key, "[key]") if len(target.key) >= 4 else text
