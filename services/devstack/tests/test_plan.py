"""What would run: every service, its own secrets only, on loopback, in an order that works."""

import configparser
import stat

import pytest

from voicecbt.devstack.programs import Options, plan
from voicecbt.devstack.state import SERVICES, PortTaken, StackFolder, choose_ports
from voicecbt.devstack.supervision import render_configuration
from voicecbt.kit.local.ports import free_port

pytestmark = pytest.mark.integration


@pytest.fixture
def stack(tmp_path):
    return plan(StackFolder.of(tmp_path / "with space"), choose_ports(free_port()), Options())


def test_every_service_runs_between_the_stores_and_the_front(stack):
    names = [[program.name for program in stack.stage(number)] for number in (0, 1, 2)]
    assert names == [["postgres", "valkey"], list(SERVICES), ["edge", "envoy"]]


def test_ports_differ(stack):
    assert len(set(stack.ports.values())) == len(stack.ports)


@pytest.mark.parametrize(("secret", "owner"), [("key_encryption_key", "auth"), ("pseudonym_secret", "insights")])
def test_a_secret_goes_only_to_the_service_that_needs_it(stack, secret, owner):
    value = getattr(stack.folder.secrets(), secret)
    assert [program.name for program in stack.programs if value in program.environment.values()] == [owner]


def test_only_services_with_tables_know_the_database(stack):
    knowing = {program.name for program in stack.programs if "VOICECBT_DATABASE_URL" in program.environment}
    assert knowing == {"auth", "journal", "session"}


def test_everything_listens_on_loopback(stack):
    addresses = [
        value for program in stack.programs for name, value in program.environment.items() if name.endswith("_ADDRESS")
    ]
    assert addresses and all(address.startswith("127.0.0.1:") for address in addresses)


def test_secrets_are_made_once_and_are_private(tmp_path):
    folder = StackFolder.of(tmp_path)
    assert folder.secrets() == StackFolder.of(tmp_path).secrets()
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600


def test_a_taken_port_is_named_with_a_way_out(tmp_path, valkey):
    with pytest.raises(PortTaken, match=rf"port {valkey.port} is in use.*PORT={valkey.port + 1}"):
        choose_ports(valkey.port)


def test_the_supervisor_can_read_its_configuration(stack):
    parser = configparser.RawConfigParser()
    parser.read_string(render_configuration(stack.folder, stack.programs))
    assert {f"program:{program.name}" for program in stack.programs} <= set(parser.sections())
    assert parser["program:auth"]["autorestart"] == "true"
    assert parser["program:postgres"]["stopsignal"] == "INT"
