# corpus: thread
# since: 3.11
# event: ValueError: bad sample
from concurrent.futures import ThreadPoolExecutor, wait

from marks import begin


def work(number):
    raise ValueError("bad sample")


begin()
with ThreadPoolExecutor(1) as pool:
    future = pool.submit(work, 1)
    wait([future])
    future.result()
