# corpus: asyncio
# since: 3.7
# event: ValueError: lost
import asyncio
import gc

from marks import begin, end, say


async def fail():
    raise ValueError("lost")


async def main():
    task = asyncio.get_running_loop().create_task(fail())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    begin()
    del task
    gc.collect()
    await asyncio.sleep(0)
    end()
    say("the loop goes on")


asyncio.run(main())
