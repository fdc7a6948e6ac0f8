# corpus: worker process
# since: 3.6
# event: RuntimeError: child failed
import multiprocessing

from marks import begin, end, say


def work():
    raise RuntimeError("child failed")


if __name__ == "__main__":
    begin()
    process = multiprocessing.get_context("fork").Process(target=work, name="trainer-1")
    process.start()
    process.join()
    end()
    say("joined")
