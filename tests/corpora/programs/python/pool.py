# corpus: worker process
# since: 3.6
# event: ZeroDivisionError: division by zero
import multiprocessing

from marks import begin


def work(number):
    return 1 / number


if __name__ == "__main__":
    begin()
    with multiprocessing.get_context("fork").Pool(1) as pool:
        pool.map(work, [0])
