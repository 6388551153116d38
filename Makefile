SHELL := /bin/bash
.DEFAULT_GOAL := help

# the environment R and Python run in; see scripts/env.sh
WITH_ENV := . scripts/env.sh &&

.PHONY: help setup setup-dev demo bench bench-hlo bench-r accuracy test test-long test-public test-lowest test-current-r check document docs dist r-check clean clean-current-r

help: ## show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F'\t' '{printf "  make %-16s %s\n", $$1, $$2}'

setup: ## install what is missing: R, its packages, .venv/, .rlib/, lossbridge in both
	@bash scripts/setup.sh

setup-dev: ## the same, and what `check`, `document` and the vignettes need
	@bash scripts/setup.sh --dev

demo: setup ## train small Keras models from R on real data, and compare R, Python and Keras
	@$(WITH_ENV) Rscript examples/demo.R

accuracy: setup ## errors of all losses in units in the last place, beside Keras; writes docs/accuracy.md
	@$(WITH_ENV) PYTHONPATH=benchmarks:tests/cases:$$PYTHONPATH $$PY -m accuracy $(ARGS)

test: setup ## pytest, the bridge through rpy2, testthat; ends with one summary
	@bash scripts/test.sh $(SUITES)

test-long: setup ## the sweeps that are too long for `test`
	@$(WITH_ENV) $$PY -m pytest -m long tests/python tests/bridge

test-public: setup ## tests/python without the private names of TensorFlow and Keras
	@$(WITH_ENV) LOSSBRIDGE_PUBLIC_ONLY=1 $$PY -m pytest tests/python $(ARGS)

test-lowest: ## tests/python with the oldest Python and packages that are declared
	@bash scripts/test-lowest.sh $(ARGS)

test-current-r: ## the same tests on a current R, in a Debian 13 root (needs root)
	@bash scripts/test-current-r.sh

bench: ## time and memory of all losses beside Keras, PyTorch and JAX; writes benchmarks/results
	@bash scripts/setup.sh --bench
	@$(WITH_ENV) $$PY benchmarks/bench.py $(ARGS)

bench-hlo: ## export the compiled losses and time them in JAX's runtime
	@bash scripts/setup.sh --bench
	@$(WITH_ENV) $$PY benchmarks/export_hlo.py build/hlo && $$PY benchmarks/run_hlo.py build/hlo $(ARGS)

check: setup-dev ## formatting, lints and types
	@bash scripts/check.sh

document: setup-dev ## what is written from the code: NAMESPACE, man/, api.py, tables of losses
	@$(WITH_ENV) PYTHONPATH=python_pkg $$PY scripts/generate.py
	@$(WITH_ENV) Rscript --vanilla -e 'roxygen2::roxygenise()'

bench-r: setup ## time the losses called from R, beside Keras through reticulate and R keras3
	@$(WITH_ENV) Rscript benchmarks/bench.R $(ARGS)

docs: setup-dev ## the pages of Python and R, in site/
	@bash scripts/docs.sh

dist: setup-dev ## the R source package and the Python wheel and sdist, in dist/; tries each
	@bash scripts/dist.sh

r-check: dist ## R CMD check on the built R package
	@mkdir -p build
	@$(WITH_ENV) cd build && _R_CHECK_FORCE_SUGGESTS_=false R CMD check --no-manual ../dist/lossbridge_*.tar.gz

clean: ## remove everything that was made here, except .current-r/
	rm -rf .venv .rlib build dist site demo-output *.Rcheck *.tar.gz
	rm -rf .pytest_cache .ruff_cache .hypothesis
	find . -path ./.current-r -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

clean-current-r: ## remove the Debian 13 root of test-current-r
	@bash scripts/test-current-r.sh --remove
