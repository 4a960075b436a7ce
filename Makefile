# Everything that people do with the repository. All of it works from a fresh clone: what is missing is installed.

.DEFAULT_GOAL := help
export PYTHON
in_venv := .venv/bin/python -m
rooms := contract broker storage ingestor insights api dashboards device_simulator paceline

.PHONY: help run test check bench boards-preview chaos fmt lock documents

help:  ## list these targets
	@sed -n 's/^\([a-z-]*\):.*  ## /  make \1~/p' $(MAKEFILE_LIST) | awk -F'~' '{ printf "%-22s%s\n", $$1, $$2 }'

run: .venv/.run  ## start it all on this machine, with simulated people (ARGS="--no-demo": without)
	@scripts/install-programs run
	@exec .venv/bin/paceline run $(ARGS)

test: .venv/.dev  ## run the tests with the real servers (ARGS="-k sleep": some of them)
	@scripts/install-programs test
	@exec $(in_venv) pytest $(ARGS)

check: .venv/.dev  ## lint, formatting, types, security, and which room may import which
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	.venv/bin/bandit -q -c pyproject.toml -r $(rooms)
	.venv/bin/lint-imports

bench: .venv/.dev  ## measure the way from publish to stored (JSON=FILE: figures also there)
	@scripts/install-programs test
	@exec $(in_venv) benchmarks.ingest $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(JSON),--json $(JSON)) $(ARGS)

boards-preview: .venv/.dev  ## draw all boards from their JSON and real answers into docs/boards (ARGS="--theme dark")
	@scripts/install-programs test
	@exec $(in_venv) benchmarks.preview $(ARGS)

chaos: .venv/.dev  ## kill every part at random and count what was lost (ROUNDS=10 SEED=1 JSON=FILE)
	@scripts/install-programs test
	@exec $(in_venv) benchmarks.chaos $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(SEED),--seed $(SEED)) \
		$(if $(JSON),--json $(JSON)) $(ARGS)

fmt: .venv/.dev  ## format the code, and mend what can be mended by itself
	.venv/bin/ruff check --fix-only
	.venv/bin/ruff format

lock: .venv/.dev  ## write the requirements files from pyproject.toml (ARGS=--upgrade: newest versions)
	scripts/lock $(ARGS)

documents: .venv/.dev  ## write what docs/ derives from the code: AsyncAPI, OpenAPI, kinds, settings
	.venv/bin/paceline documents

# Each stamp says that .venv holds the packages of its lock file; what the tests need includes what a run needs.
.venv/.run: requirements.txt pyproject.toml
	@scripts/install-packages requirements.txt
	@touch $@

.venv/.dev: requirements-dev.txt pyproject.toml
	@scripts/install-packages requirements-dev.txt
	@touch .venv/.run $@
