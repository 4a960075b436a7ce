"""HTTP: uploads, stored items, health and metrics. What is uploaded goes through the broker like everything else."""
