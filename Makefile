# Every target that a person may want says so after `##`; `make` or `make help` lists them.

PYTHON ?= python3
PORT ?= 4001
SPEC ?= gateway
URL ?= http://127.0.0.1:$(PORT)
WORKERS ?= auto
ARGS ?=
BIN := .venv/bin
COMPILE := UV_PYTHON_DOWNLOADS=never $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate \
	--no-emit-index-url --no-emit-find-links

.DEFAULT_GOAL := help
.PHONY: help setup generate reference check-generated page pictures lint format test docs run run-all run-cluster conform mutants fuzz soak rolling backup-drill check bench bench-quick bench-page bench-shares bench-scale bench-scale-page bench-group-commit flood bench-idle bench-lint bench-generate bench-docs bench-toolchain bench-toolchain-page constraints audit compiled dist dist-compiled sbom third-party clean

help: ## List what can be made
	@echo "Palaver: documents in, chat server and its proof out."
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "Variables: PYTHON=$(PYTHON) PORT=$(PORT) SPEC=$(SPEC) ARGS= (passed on to pytest, palaver serve, palaver conform, palaver docs)"
	@echo "           WORKERS=$(WORKERS) (processes that share the tests; auto takes one more than there are processors)"

setup: ## Make .venv and install everything into it (does nothing when up to date)
	@$(PYTHON) bootstrap.py

generate: setup ## Write generated/ from spec/, and the reference
	@$(BIN)/palaver generate
	@$(MAKE) --no-print-directory reference

reference: setup ## Write the pages of docs/reference that code and documents know
	@$(BIN)/python -m palaver.page docs/reference/commands.md
	@$(BIN)/python -m palaver_codegen.diff.page docs/reference/diff.md
	@$(BIN)/python -m palaver_codegen.docs.catalogue spec docs/reference/errors.md
	@$(BIN)/python -m palaver_codegen.documents.rules.page docs/reference/lint-rules.md
	@$(BIN)/python -m palaver_codegen.documents.vocabulary_page docs/reference/x-chat.md
	@$(BIN)/python -m palaver_conformance.report.schema_page docs/reference/conformance-report.md
	@$(BIN)/python -m palaver_conformance.scenarios.page docs/reference/scenarios.md
	@$(BIN)/python -m palaver_conformance.subject_file.page docs/reference/subject-file.md
	@$(BIN)/python -m palaver_runtime.metrics.page docs/reference/metrics.md
	@$(BIN)/python -m palaver_runtime.settings_page docs/reference/settings.md

check-generated: setup ## Fail when generated/ is not exactly what spec/ says
	@echo "== generated code"
	@$(BIN)/palaver generate --check

page: ## Compile the chat page, whose source is in page/ (needs Node.js and npm)
	@cd page && npm ci --silent
	@find runtime/palaver_runtime/page/assets/js -name '*.js' -not -path '*/vendor/*' -delete
	@cd page && node_modules/.bin/tsc

pictures: setup ## Take the pictures of the README anew (needs Node.js and npm; a Chromium comes with it)
	@exec $(BIN)/python tests/drills/pictures.py $(ARGS)

lint: setup ## Check style (ruff), types (mypy), who imports whom (import-linter) and the documents
	@echo "== ruff"
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@echo "== mypy"
	@$(BIN)/mypy
	@echo "== import-linter"
	@$(BIN)/lint-imports
	@echo "== documents"
	@$(BIN)/palaver lint --fail-on warning
	@$(BIN)/palaver lint --spec examples/overlay --fail-on warning

format: setup ## Rewrite the sources in the house style
	@$(BIN)/ruff check --quiet --fix .
	@$(BIN)/ruff format --quiet .

test: setup lint check-generated ## Run lint, check-generated and every test
	@echo "== tests"
	@# Hundreds of processes import what is here, and each would compile it where none of them may keep what it compiles.
	@$(BIN)/python -m compileall -q cli client codegen conformance generated runtime
	@MYPYC_OPT_LEVEL=0 $(BIN)/python -m pytest -p xdist -n $(WORKERS) --dist loadfile --no-loadscope-reorder --max-worker-restart 0 $(ARGS)

docs: setup ## Publish the documents as a web site in site/ (ARGS="--since v1.0 --open")
	@$(BIN)/palaver docs --title Palaver $(ARGS)

run: setup ## Serve the gateway dialect on PORT
	@exec $(BIN)/palaver serve --dialect $(SPEC) --port $(PORT) $(ARGS)

run-all: setup ## Serve all dialects, each on its own port
	@exec $(BIN)/palaver serve --all $(ARGS)

run-cluster: setup ## Serve SPEC by three instances on PostgreSQL and Redis behind PORT
	@exec $(BIN)/palaver cluster --spec $(SPEC) --port $(PORT) $(ARGS)

conform: setup ## Prove that the server at URL keeps the contract of SPEC
	@exec $(BIN)/palaver conform --spec $(SPEC) --url $(URL) $(ARGS)

mutants: setup ## Break the reference server and the foreign one in every way we know; see each caught (ARGS="limits.*")
	@exec $(BIN)/python tests/mutants/score.py $(ARGS)

fuzz: setup ## Put 1,000,000 inputs through every parser, and 20,000 over sockets (ARGS="--targets 'socketio.*' --seconds 60")
	@exec $(BIN)/python tests/fuzz/run.py $(ARGS)

soak: setup ## Talk for a minute over three instances while Redis, the database and instances break
	@exec $(BIN)/python -m palaver_conformance.running.soak --spec $(SPEC) $(ARGS) --launch "PALAVER_DATABASE_URL={database_url} \
		PALAVER_REDIS_URL={redis_url} PALAVER_JWT_SECRET={secret} $(BIN)/palaver serve --dialect $(SPEC) --port {port}"

rolling: setup ## Talk over three instances behind a proxy while each in turn is told to stop and started again
	@exec $(BIN)/python -m palaver_conformance.running.rolling --spec $(SPEC) $(ARGS) --launch "PALAVER_DATABASE_URL={database_url} \
		PALAVER_REDIS_URL={redis_url} PALAVER_JWT_SECRET={secret} $(BIN)/palaver serve --dialect $(SPEC) --port {port}"

backup-drill: setup ## Back up, migrate, restore and move a server while clients talk (ARGS="--messages 100 --on sqlite")
	@exec $(BIN)/python tests/drills/backup.py $(ARGS)

check: test ## Run all that test does, then conform against a server started for it
	@echo "== conformance"
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && \
		PALAVER_DATABASE_URL="sqlite:///$$folder/palaver.db" $(BIN)/palaver conform --spec $(SPEC) \
		--launch "$(BIN)/palaver serve --dialect $(SPEC) --port {port}"

bench: setup ## Measure the server side by side with Node.js, NestJS, the stock stack and C (ARGS=--help)
	@exec $(BIN)/python bench/compare.py $(ARGS)

bench-quick: setup ## The same in less than a minute: round trips and fan-out, against Node.js and C
	@exec $(BIN)/python bench/compare.py --quick $(ARGS)

bench-shares: setup ## Show where the processor's time goes, room by room (needs perf; ARGS="--json bench/results/shares.json")
	@exec $(BIN)/python bench/shares.py $(ARGS)

bench-page: setup ## Write docs/topics/performance.md from what `make bench ARGS="--all --json bench/results/peers.json"` and bench-shares found
	@exec $(BIN)/python bench/performance_page.py $(ARGS)

bench-scale: setup ## Measure history at 10 million messages, members, conversations, instances, idle connections, workers (ARGS="--only idle")
	@exec $(BIN)/python bench/scale.py $(ARGS)

bench-scale-page: setup ## Write docs/topics/scale.md from what `make bench-scale ARGS="--json bench/results/scale.json"` found
	@exec $(BIN)/python bench/scale_page.py $(ARGS)

bench-group-commit: setup ## Measure group commit on SQLite and PostgreSQL against one transaction for each message
	@exec $(BIN)/python bench/group_commit.py $(ARGS)

bench-idle: setup ## Measure what 1,000 idle sockets cost: memory, processor, Redis commands, database statements
	@exec $(BIN)/python bench/idle.py $(ARGS)

bench-lint: setup ## Measure palaver lint on the dialects, and on documents of growing size
	@exec $(BIN)/python bench/lint.py $(ARGS)

bench-generate: setup ## Measure palaver generate: cold, warm, and for 300 operations and 600 schemas
	@exec $(BIN)/python bench/generate.py $(ARGS)

bench-docs: setup ## Measure palaver docs on the dialects, and on documents of growing size
	@exec $(BIN)/python bench/docs.py $(ARGS)

bench-toolchain: setup ## Measure lint, generate, docs and conform beside the nearest peers (ARGS=--help; needs Node.js and npm)
	@exec $(BIN)/python bench/toolchain.py $(ARGS)

bench-toolchain-page: setup ## Write docs/topics/toolchain-speed.md from bench/results/toolchain.json
	@exec $(BIN)/python bench/toolchain_page.py $(ARGS)

flood: setup ## Measure what bystanders notice of floods, and the server's memory (ARGS="--only messages --seconds 5")
	@exec $(BIN)/python bench/flood.py $(ARGS)

constraints: setup ## Pin every dependency anew in constraints.txt (ARGS=--upgrade for newer ones), and the image's by hash
	@$(COMPILE) $(ARGS) pyproject.toml --all-extras -o constraints.txt
	@$(COMPILE) --generate-hashes --constraint constraints.txt pyproject.toml --extra server -o deploy/requirements/server.txt
	@printf 'hatchling\nuv\n' | $(COMPILE) --generate-hashes --constraint constraints.txt - -o deploy/requirements/build.txt
	@$(COMPILE) --generate-hashes bench/tools/peers/requirements.in -o bench/tools/peers/requirements.txt

audit: setup ## Ask whether anything that is pinned has a known vulnerability (this goes to the network; 3: could not ask)
	@exec $(BIN)/python supply/audit.py $(ARGS)

compiled: setup ## Compile the server's hot modules into build/compiled, for PYTHONPATH (needs a C compiler; ARGS="--untrained" is sooner done)
	@exec $(BIN)/python supply/compiled.py $(ARGS)

dist: setup ## Build the wheel and the sdist in dist/, the same bytes each time
	@exec $(BIN)/hatchling build --directory dist

dist-compiled: setup ## Build a wheel in dist/ with the hot modules compiled, for this Python and machine (needs a C compiler)
	@HATCH_BUILD_HOOK_ENABLE_CUSTOM=true exec $(BIN)/hatchling build --target wheel --directory dist

sbom: setup ## List all that the image has installed in dist/sbom.cdx.json (CycloneDX)
	@exec $(BIN)/python supply/sbom.py $(ARGS)

third-party: setup ## Write THIRD-PARTY.md: under which licence everything stands
	@exec $(BIN)/python supply/licences.py $(ARGS)

clean: ## Remove .venv and all that tools left behind
	@rm -rf .venv .palaver-cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist build conform-report fuzz-report site
	@rm -rf tests/foreign/*/node_modules examples/*/node_modules bench/*/peers/node_modules bench/*/peers/.venv page/node_modules
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
