# Everything a person does with this checkout. `make` says what there is.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
BENCH_VENV := build/bench-venv
BENCH_STAMP := $(BENCH_VENV)/.installed
HOME_FOLDER ?= build/home
export UCC_SHARED ?= ../shared
SEEDS ?= 1 2 3
KILLS ?= 20
LINES ?= 0
SPEED ?= 600x
JOBS ?= 2

.DEFAULT_GOAL := help
.PHONY: help run sample test lint types unit accept accept-kafka bench bench-growth bench-words bench-dispatch bench-month bench-kafka bench-served bench-doors faults schemas clean

help: ## Say what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "ucc needs Python 3.11 or newer: install it, or name it with make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "this Python cannot make environments: install its venv package (Debian: apt-get install python3-venv)"; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable . --group dev
	@touch $@

run: $(STAMP) ## Set up, and run a simulated day of a district through the doors (SPEED=600x)
	@$(BIN)/ucc --home build/demo demo --speed $(SPEED)

sample: $(STAMP) ## Run the shipped synthetic week of a hotline into the embedded warehouse
	@$(BIN)/ucc --home $(HOME_FOLDER) reference use pukou --mode stream
	@$(BIN)/ucc --home $(HOME_FOLDER) import connectors/samples/pukou_week.csv --source hotline12345 --mapping pukou-sample

test: $(STAMP) lint types unit ## Set up, and run all checks and tests

lint: $(STAMP) ## Style of the sources
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(STAMP) ## Types of sources and tests
	@$(BIN)/mypy

unit: $(STAMP) ## Tests, JOBS files at a time (each has a broker of its own)
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadfile

accept: $(STAMP) ## The black-box check on the real stream, three seeds, under kills and swaps
	@for seed in 1 2 3; do PATH="$(CURDIR)/$(BIN):$$PATH" $(PYTHON) $(UCC_SHARED)/accept/stream.py --kills 20 --swap-hours 1 --seed $$seed || exit 1; done

accept-kafka: $(STAMP) ## The same against Kafka: two workers and a sink beside the import, kills over all of them
	@$(BIN)/python -m tests.served.accept --lines $(LINES) --kills $(KILLS) $(SEEDS)

bench: $(STAMP) ## Speed of the whole path and of its stages; writes benchmarks/results/
	@$(BIN)/python -m benchmarks.whole_path

bench-growth: $(STAMP) ## The whole path over 1, 4 and 16 times the stream: is it a straight line?
	@$(BIN)/python -m benchmarks.whole_path --growth 1 4 16

bench-words: $(STAMP) ## How well the lexicon alone classifies the real stream and letters
	@$(BIN)/python -m benchmarks.classify

bench-dispatch: $(STAMP) ## Choosing a responder among 3,000: how long it takes; writes benchmarks/results/
	@$(BIN)/python -m benchmarks.dispatch

bench-month: $(STAMP) ## A simulated district month with 3,000 responders and people who are late; writes benchmarks/results/
	@$(BIN)/python -m benchmarks.month

# Quix Streams bounds pydantic below what we pin, so what runs beside each other has an environment of its own; all else is as pinned.
$(BENCH_STAMP): pyproject.toml constraints.txt $(STAMP)
	@$(PYTHON) -m venv $(BENCH_VENV)
	@grep -v '^pydantic' constraints.txt > $(BENCH_VENV)/constraints.txt
	@$(BENCH_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	@$(BENCH_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --constraint $(BENCH_VENV)/constraints.txt --editable . --group dev --group bench
	@touch $@

bench-kafka: $(BENCH_STAMP) ## Our Kafka runtime beside Faust, Quix Streams and bare aiokafka, on a broker of its own (java, mvn); draws docs/pictures/
	@$(BENCH_VENV)/bin/python -m benchmarks.kafka_peers

bench-served: $(STAMP) ## Catching up, latency, take-over and growth over workers on a broker of its own (java, mvn)
	@$(BIN)/python -m benchmarks.kafka_figures

bench-doors: $(STAMP) ## How long a push takes, how soon a report is a row, how soon the door is back after a kill
	@$(BIN)/python -m benchmarks.doors

faults: $(STAMP) ## A hundred faults over workers, sink, imports, brokers, network and disk: nothing may be lost or doubled (java, mvn; about half an hour)
	@$(BIN)/python -m tests.faults $(if $(SEED),--seed $(SEED)) --faults $(or $(FAULTS),100)

schemas: $(STAMP) ## JSON Schemas of what flows, into build/schemas
	@$(BIN)/ucc schema export build/schemas

clean: ## Forget what was built
	rm -rf build $(VENV)
