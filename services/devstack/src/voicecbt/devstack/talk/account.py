"""The account that the command line talks with: made at first use, kept beside the stack."""

import json
import os
import secrets
from pathlib import Path

import httpx

TIMEOUT_SECONDS = 20.0


class SignInFailed(Exception):
    """The platform did not let the command line in; the message is the platform's own."""


def access_token(address: str, account_file: Path) -> str:
    """Signs in with the kept account, or registers one. Raises SignInFailed."""
    with httpx.Client(base_url=address, timeout=TIMEOUT_SECONDS) as client:
        if account_file.exists():
            response = client.post("/api/v1/auth/sign-in", json=json.loads(account_file.read_text()))
            if response.is_success:
                return _token(response)
        return _register(client, account_file)


def _register(client: httpx.Client, account_file: Path) -> str:
    account = {"email": f"terminal-{secrets.token_hex(6)}@example.com", "password": secrets.token_urlsafe(24)}
    response = client.post("/api/v1/auth/register", json=account)
    if not response.is_success:
        raise SignInFailed(response.json().get("detail", response.reason_phrase))
    account_file.unlink(missing_ok=True)
    descriptor = os.open(account_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(account, file)
    return _token(response)


def _token(response: httpx.Response) -> str:
    token: str = response.json()["tokens"]["access_token"]
    return token
