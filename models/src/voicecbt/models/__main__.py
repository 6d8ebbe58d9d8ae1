"""`python -m voicecbt.models`."""

from voicecbt.models.commands import main

if __name__ == "__main__":
    main()
