"""An emulator of Gong's public REST API v2, as strict as the real one, with a control plane beside it.

Start it with ``python -m include.emulator``; README.md says what it does, invents and leaves out.
It imports nothing of the client: shared code would let both be wrong alike.
"""
