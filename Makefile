# `make demo` and `make test` set up what they need in .venv; PYTHON chooses the interpreter.
PYTHON ?= python3
OLDEST ?= python3.11
BIN := .venv/bin
OLDEST_BIN := .venv-oldest/bin

.PHONY: demo test test-oldest lint docs clean

# One thread each: the demo's batches are small, and more threads wait for each other on a busy machine.
demo test test-oldest: export OMP_NUM_THREADS = 1

demo: .venv/installed
	mkdir -p demo
	cd demo && ../$(BIN)/spktrain experiment=isd_tensor_molecules run.id=demo logger=csv print_config=False
	cd demo && ../$(BIN)/spkisd evaluate --model runs/demo/best_model --data data/ck_edge_molecules.db \
		--split runs/demo/split.npz --plot spectra.png --force

test: .venv/installed
	$(BIN)/python -m pytest -n 2

test-oldest: .venv-oldest/installed
	$(OLDEST_BIN)/python -m pytest -n 2

lint: .venv/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: .venv/installed-docs
	$(BIN)/python -m sphinx -W --keep-going -b html docs docs/_build/html

.venv/installed: setup.py setup.cfg pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q -e ".[test,dev]"
	touch $@

.venv/installed-docs: .venv/installed
	$(BIN)/python -m pip install -q -e ".[docs]"
	touch $@

.venv-oldest/installed: setup.py setup.cfg pyproject.toml tests/oldest.txt
	$(OLDEST) -m venv .venv-oldest
	$(OLDEST_BIN)/python -m pip install -q -e ".[test]" -r tests/oldest.txt
	touch $@

clean:
	rm -rf .venv .venv-oldest demo build dist docs/_build *.egg-info
