"""One training step: move every weight towards the site's target, the way a local epoch would."""

import numpy as np
import nvflare.client as flare
from nvflare.app_common.np.constants import NPConstants

TARGET = 10.0
RATE = 0.5


def step(weights):
    """Return the weights after one step; refuse weights that cannot be trained on."""
    if not np.isfinite(weights).all():
        raise ValueError("the weights to train on are not finite")
    return weights + RATE * (TARGET - weights)


def main():
    flare.init()
    while flare.is_running():
        model = flare.receive()
        if model is None:
            break
        weights = step(model.params[NPConstants.NUMPY_KEY])
        print(f"round {model.current_round}: mean weight {weights.mean():.3f}")  # noqa: T201  NVFlare logs it
        flare.send(flare.FLModel(params={NPConstants.NUMPY_KEY: weights}))


if __name__ == "__main__":
    main()
