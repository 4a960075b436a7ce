"""Grafana boards as code: what coaches, nutritionists and operators look at, and the JSON that Grafana reads.

Each board is a function in `dashboards.boards`; `paceline dashboards build` writes them into `dashboards/json`.
"""
