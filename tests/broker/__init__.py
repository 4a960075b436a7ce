"""The MQTT session without sockets, then with a real Mosquitto and with brokers that talk nonsense."""
