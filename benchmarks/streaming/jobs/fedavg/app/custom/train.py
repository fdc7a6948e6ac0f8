"""One training step as a plain executor: it logs no ERROR of its own when its job is aborted, so that all are seen."""

from nvflare.apis.dxo import from_shareable
from nvflare.apis.executor import Executor

TARGET = 10.0
RATE = 0.5


class Trainer(Executor):
    """Moves every weight towards the target."""

    def execute(self, task_name, shareable, fl_ctx, abort_signal):
        model = from_shareable(shareable)
        model.data = {name: weights + RATE * (TARGET - weights) for name, weights in model.data.items()}
        self.log_info(fl_ctx, f"{task_name}: one step made")
        return model.to_shareable()
