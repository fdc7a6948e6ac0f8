# corpus: asyncio
# since: 3.10
# event: ZeroDivisionError: division by zero
import asyncio

from marks import begin, end, say


def callback():
    1 / 0


async def main():
    begin()
    asyncio.get_running_loop().call_soon(callback)
    await asyncio.sleep(0)
    end()
    say("the loop goes on")


asyncio.run(main())
