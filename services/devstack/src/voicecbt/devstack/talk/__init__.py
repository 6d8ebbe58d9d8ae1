"""`voicecbt talk`: plays a recording into the platform as a microphone would, and shows what comes back."""
