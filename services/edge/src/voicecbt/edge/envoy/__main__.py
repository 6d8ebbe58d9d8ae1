"""`python -m voicecbt.edge.envoy --out PATH [--listen-address HOST:PORT ...]`: writes the configuration."""

import sys
from pathlib import Path

from pydantic import Field
from pydantic_settings import CliApp, SettingsConfigDict

from voicecbt.edge.envoy.render import render
from voicecbt.edge.envoy.settings import EnvoySettings


class Command(EnvoySettings):
    """Renders the Envoy configuration of Voice CBT. Every setting can also come from the environment."""

    model_config = SettingsConfigDict(cli_kebab_case=True, cli_prog_name="voicecbt.edge.envoy")

    out: Path | None = Field(None, description="Where to write it; standard output when left out.")

    def cli_cmd(self) -> None:
        """Writes it."""
        rendered = render(self)
        if self.out is None:
            sys.stdout.write(rendered)
        else:
            self.out.write_text(rendered)


if __name__ == "__main__":
    CliApp.run(Command)
