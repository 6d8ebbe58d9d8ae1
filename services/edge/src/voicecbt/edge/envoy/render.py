"""The whole configuration, as YAML."""

import yaml

from voicecbt.edge.envoy.clusters import clusters
from voicecbt.edge.envoy.config import Block, Yaml, address, extension
from voicecbt.edge.envoy.listener import listener
from voicecbt.edge.envoy.settings import EnvoySettings

MAX_CONNECTIONS = 10_000  # Of all clients together; at 64 KiB of buffers each, 640 MiB at the very worst.

HEADER = """\
# The Envoy in front of Voice CBT. Rendered: change services/edge/src/voicecbt/edge/envoy and run
#   python -m voicecbt.edge.envoy --out charts/voice-cbt/files/envoy/envoy.yaml
"""


class _PlainDumper(yaml.SafeDumper):
    """Writes shared blocks out in full: anchors make a configuration hard to read."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def configuration(settings: EnvoySettings) -> Block:
    """The bootstrap configuration."""
    return {
        "admin": {"address": address(settings.admin_address)},
        "node": {"id": "envoy", "cluster": "voicecbt"},
        "static_resources": {"listeners": [listener(settings)], "clusters": clusters(settings)},
        "overload_manager": _overload_manager(),
    }


def render(settings: EnvoySettings) -> str:
    """As YAML, with a note on where it comes from."""
    return HEADER + yaml.dump(configuration(settings), Dumper=_PlainDumper, sort_keys=False, width=120)


def _overload_manager() -> Yaml:
    connections = extension(
        "envoy.resource_monitors.global_downstream_max_connections",
        "extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig",
        max_active_downstream_connections=MAX_CONNECTIONS,
    )
    return {"resource_monitors": [connections]}
