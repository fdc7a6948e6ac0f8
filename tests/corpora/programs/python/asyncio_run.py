# corpus: asyncio
# since: 3.10
# event: RuntimeError: in a coroutine
import asyncio

from marks import begin


async def inner():
    await asyncio.sleep(0)
    raise RuntimeError("in a coroutine")


async def outer():
    await inner()


begin()
asyncio.run(outer())
