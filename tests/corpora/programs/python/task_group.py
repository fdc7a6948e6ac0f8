# corpus: asyncio
# since: 3.11
# event: ExceptionGroup: unhandled errors in a TaskGroup (2 sub-exceptions)
import asyncio

from marks import begin


async def fail(number):
    raise ValueError("task %d" % number)


async def main():
    async with asyncio.TaskGroup() as group:
        group.create_task(fail(1))
        group.create_task(fail(2))


begin()
asyncio.run(main())
