# corpus: worker process
# since: 3.7
# event: ValueError: bad sample
import multiprocessing
import traceback
from concurrent.futures import ProcessPoolExecutor, wait

from marks import begin, end, say


def work(number):
    raise ValueError("bad sample")


if __name__ == "__main__":
    begin()
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("fork")) as pool:
        try:
            future = pool.submit(work, 1)
            wait([future])
            future.result()
        except ValueError:
            traceback.print_exc()
    end()
    say("next")
