"""`python -m voicecbt.devstack` is the `voicecbt` command."""

from voicecbt.devstack.cli import app

if __name__ == "__main__":
    app()
