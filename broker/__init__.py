"""The way to the broker: an MQTT 5 session on the `mqtt5` codec, Mosquitto's configuration, and who is who there.

`protocol` is a connection without I/O, `session` is what the house uses. `mosquitto` writes a broker's configuration,
`acl` says who may do what, `authority` makes certificates, and `warden` brings their revocation into force.
"""
