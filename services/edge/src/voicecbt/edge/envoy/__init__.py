"""The configuration of the Envoy in front of the platform, rendered from settings, the protos and the edge's limits.

`python -m voicecbt.edge.envoy --out envoy.yaml` writes it; with default settings that is the file checked in at
`charts/voice-cbt/files/envoy/envoy.yaml`, which a test holds to.
"""
