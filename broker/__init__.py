"""The way to the broker: an MQTT 5 session on the `mqtt5` codec, and Mosquitto's configuration.

`protocol` is a connection without I/O, `session` is what the house uses; `mosquitto` writes the local run's
configuration.
"""
