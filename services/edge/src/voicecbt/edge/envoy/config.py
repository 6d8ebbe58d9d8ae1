"""Building blocks of Envoy configuration."""

import ipaddress
from collections.abc import Mapping, Sequence

Yaml = str | int | float | bool | Sequence["Yaml"] | Mapping[str, "Yaml"]
Block = dict[str, Yaml]

_TYPE_PREFIX = "type.googleapis.com/envoy."


def typed(kind: str, **fields: Yaml) -> Block:
    """An `Any` of Envoy's API: `typed("extensions.filters.http.router.v3.Router")`."""
    return {"@type": _TYPE_PREFIX + kind, **fields}


def extension(name: str, kind: str, **fields: Yaml) -> Block:
    """A named extension with its typed configuration."""
    return {"name": name, "typed_config": typed(kind, **fields)}


def address(host_and_port: str) -> Block:
    """`127.0.0.1:80` as a socket address."""
    host, _, port = host_and_port.rpartition(":")
    return {"socket_address": {"address": host, "port_value": int(port)}}


def is_ip(host_and_port: str) -> bool:
    """Whether the host is an IP address rather than a name."""
    try:
        ipaddress.ip_address(host_and_port.rpartition(":")[0].strip("[]"))
    except ValueError:
        return False
    return True


def seconds(value: float) -> str:
    """A duration as Envoy writes it."""
    return f"{value:g}s"
