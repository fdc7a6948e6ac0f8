"""`loggate run` on a POC whose clients say `allow_log_streaming: false`, which no suite can."""

from __future__ import annotations

import json

from gate import cli
from gate.config import Suite
from gate.runners.flare import streaming
from gate.runners.flare.provision import Layout

_deploy = streaming.deploy


def deploy_and_refuse(suite: Suite, layout: Layout) -> None:
    """As loggate deploys, and then the switch in each client's resources."""
    _deploy(suite, layout)
    for client in layout.clients:
        local = layout.site(client) / "local"
        given = local / "resources.json"
        source = given if given.is_file() else local / "resources.json.default"
        content = json.loads(source.read_text(encoding="utf-8"))
        given.write_text(json.dumps(content | {"allow_log_streaming": False}, indent=2), encoding="utf-8")


if __name__ == "__main__":
    streaming.deploy = deploy_and_refuse
    cli.main()
