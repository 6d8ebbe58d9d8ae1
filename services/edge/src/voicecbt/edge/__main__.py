"""The edge's process: settings -> channels -> application -> server."""

import argparse
import asyncio
import json
import logging

import structlog
from prometheus_client import start_http_server

from voicecbt.edge.app import make_app
from voicecbt.edge.backends import connect
from voicecbt.edge.serving import serving, until_told
from voicecbt.edge.settings import Settings
from voicecbt.kit.channels import ChannelFactory
from voicecbt.kit.logs import configure_logging
from voicecbt.kit.telemetry import configure_tracing
from voicecbt.kit.tokens import ServiceTokens

log = structlog.get_logger(__name__)


async def run(settings: Settings) -> None:
    """Serves until SIGTERM or SIGINT, then drains."""
    tokens = ServiceTokens(settings.service_secret.get_secret_value())
    channels = ChannelFactory("edge", tokens, settings.max_message_bytes)
    try:
        async with serving(make_app(settings, connect(settings, channels)), settings) as running:
            log.info("listening", port=running.port)
            await until_told()
            log.info("draining", seconds=settings.drain_seconds)
    finally:
        await channels.close()


def main() -> None:
    """`python -m voicecbt.edge [--show-settings]`."""
    parser = argparse.ArgumentParser(prog="voicecbt.edge")
    parser.add_argument("--show-settings", action="store_true", help="print the settings, secrets masked, and exit")
    show = parser.parse_args().show_settings
    settings = Settings()
    if show:
        print(json.dumps(settings.masked(), indent=2))
        return
    configure_logging("edge", settings.log_level, settings.log_format)
    logging.getLogger("uvicorn").setLevel(
        logging.WARNING
    )  # It would log the addresses of WebSockets, with session ids.
    provider = configure_tracing("edge", settings.otlp_endpoint)
    host, _, port = settings.metrics_address.rpartition(":")
    start_http_server(int(port), addr=host)
    try:
        asyncio.run(run(settings))
    finally:
        provider.shutdown()


if __name__ == "__main__":
    main()
