"""Answers the three questions of cross-site evaluation: train, hand over the local model, score a model."""

import nvflare.client as flare
from nvflare.app_common.np.constants import NPConstants

TARGET = 10.0
RATE = 0.5


def train(weights):
    """Return the weights after one step towards the target."""
    return weights + RATE * (TARGET - weights)


def score(weights):
    """Return how close the weights are to the target; 1.0 is a perfect hit."""
    return 1.0 / (1.0 + float(abs(TARGET - weights).mean()))


def main():
    flare.init()
    local = None
    while flare.is_running():
        model = flare.receive()
        if model is None:
            break
        if flare.is_submit_model():
            answer = flare.FLModel(params={NPConstants.NUMPY_KEY: local})
        elif flare.is_evaluate():
            answer = flare.FLModel(metrics={"score": score(model.params[NPConstants.NUMPY_KEY])})
        else:
            local = train(model.params[NPConstants.NUMPY_KEY])
            answer = flare.FLModel(params={NPConstants.NUMPY_KEY: local})
        flare.send(answer)


if __name__ == "__main__":
    main()
