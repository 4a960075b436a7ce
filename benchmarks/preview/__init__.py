"""Pictures of the boards without a Grafana: their JSON, real answers to their questions, and a plotting library.

`make boards-preview` lets people live for a year, starts real databases with what they published, asks what each board
asks, and draws the answers on Grafana's grid into `docs/boards/`. What Grafana does and this does not: what reacts to
the mouse, and maps' ground.
"""
