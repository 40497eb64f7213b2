# `make help` lists what there is. Each target installs what it needs, inside this folder and nowhere else.
SHELL := /bin/sh
.DEFAULT_GOAL := help

PYTHON ?= python3
PIP := -m pip install -qq --disable-pip-version-check --no-deps --require-hashes
# What pip downloads stays here too.
export PIP_CACHE_DIR ?= $(CURDIR)/.cache/pip
TOOLS := .local/tools
CHECKS := .local/checks
LOCAL := $(TOOLS)/bin/python -m local
# An address of the local stack in a developer's shell must reach neither a real account nor the tests in memory.
WITHOUT_AWS := env -u AWS_ENDPOINT_URL -u AWS_PROFILE
# The SAM CLI reports nothing home, and keeps its own files here.
SAM := env -u AWS_ENDPOINT_URL SAM_CLI_TELEMETRY=0 __SAM_CLI_APP_DIR="$(CURDIR)/.local/sam/home" \
	LAMBDA_CACHE="$(CURDIR)/.local/dependencies" $(TOOLS)/bin/sam

# An unknown parameter or target stops make before it does anything; the message names the nearest known one.
GIVEN := $(strip $(foreach name,$(.VARIABLES),$(if $(filter command,$(origin $(name))),$(name))))
checked = $(shell "$(PYTHON)" commands/targets.py "$(MAKECMDGOALS)" "$(GIVEN)" 2>/dev/null)
ifneq ($(GIVEN),)
$(if $(checked),$(error $(checked)))
endif
.DEFAULT:
	$(error $(or $(checked),There is no target $@: make help lists them))
# A switch is 1 or left out.
switch = $(if $(filter-out 1,$($(1))),$(error $(1)=$($(1)): use $(1)=1 or leave it out))$(if $($(1)),$(2))

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' Makefile

# ------------------------------------------------------------------------------------------ the local stack
STACK_OPTIONS = $(if $(PORT),--port "$(PORT)") $(if $(DIR),--dir "$(DIR)")

.PHONY: run up down reset logs tail sms token sample
run: $(TOOLS)/ready ## Start the local stack, show four cashier's panels, serve until Ctrl-C [PORT=4566 DIR=.local]
	@exec $(LOCAL) run $(STACK_OPTIONS)

up: $(TOOLS)/ready ## Start the local stack in the background [PORT=4566 DIR=]
	@$(LOCAL) up $(STACK_OPTIONS)

down: $(TOOLS)/ready ## Stop the local stack; it keeps its state for the next start [DIR=]
	@$(LOCAL) down $(STACK_OPTIONS)

reset: $(TOOLS)/ready ## Stop the local stack and delete its state [DIR=]
	@$(LOCAL) reset $(STACK_OPTIONS)

logs: $(TOOLS)/ready ## Print the functions' latest log lines [DIR=]
	@$(LOCAL) logs $(STACK_OPTIONS)

tail: $(TOOLS)/ready ## Show the events that this system publishes, until Ctrl-C [DIR=]
	@exec $(LOCAL) tail $(STACK_OPTIONS)

sms: $(TOOLS)/ready ## Wait for the SMS to a phone and print its link [PHONE=+97455003345 WAIT=30 DIR=]
	@$(LOCAL) sms --phone "$(PHONE)" $(if $(WAIT),--wait "$(WAIT)") $(if $(DIR),--dir "$(DIR)")

token: $(TOOLS)/ready ## Print a token [ENTERPRISE= AUDIENCE=pos-terminal BRANCH= MERCHANT= PERMISSIONS=a,b DIR=]
	@$(LOCAL) token $(if $(DIR),--dir "$(DIR)") $(if $(ENTERPRISE),--enterprise "$(ENTERPRISE)") $(if $(AUDIENCE),--audience "$(AUDIENCE)") \
	  $(if $(BRANCH),--branch "$(BRANCH)") $(if $(MERCHANT),--merchant "$(MERCHANT)") \
	  $(if $(PERMISSIONS),--permissions "$(PERMISSIONS)")

sample: $(TOOLS)/ready ## Write a file of made-up facts, to try a load [FILE=base.jsonl CUSTOMERS=1000 FACTS=5000]
	@$(LOCAL) sample $(if $(CUSTOMERS),--customers "$(CUSTOMERS)") $(if $(FACTS),--facts "$(FACTS)") \
	  -- "$(or $(FILE),base.jsonl)"

# ------------------------------------------------------------------------------------------ facts, by hand
# On the local stack, unless STACK names a deployed one; then with the shell's AWS credentials.
ADMIN = exec $(if $(STACK),env -u AWS_ENDPOINT_URL,$(WITHOUT_AWS)) PYTHONPATH=layers/common/python \
	.venv/bin/python -m admin
ON_STACK = $(if $(STACK),--stack "$(STACK)")

.PHONY: web request smoke take-out stop-consumers restore-rows start-consumers load facts refused redrive rebuild audit publish resume-erasures replay-erasures receipt verify-receipt
load: .venv/ready ## Send a file of facts; a second run continues where the first stopped [FILE=facts.jsonl FILE=s3://bucket/key STACK= AGAIN=1 IN_PARTS=1 WAITING=5000 STALLED=30]
	@[ -n "$(FILE)" ] || { echo 'Which file? make load FILE=facts.jsonl' >&2; exit 1; }
	@$(ADMIN) load $(ON_STACK) $(call switch,AGAIN,--again) $(call switch,IN_PARTS,--in-parts) $(if $(WAITING),--most-waiting "$(WAITING)") \
	  $(if $(STALLED),--stalled-after "$(STALLED)") -- "$(FILE)"

facts: .venv/ready ## Check a whole file and make facts of it, without sending any [FILE=points.csv MAPPING=points.json]
	@[ -n "$(FILE)" ] || { echo 'Which file? make facts FILE=points.csv MAPPING=points.json' >&2; exit 1; }
	@PYTHONPATH=layers/common/python .venv/bin/python -m admin.loads.check $(if $(MAPPING),--mapping "$(MAPPING)") -- "$(FILE)"

refused: .venv/ready ## List the refused facts and write each to a file for you to fix [ENTERPRISE= STACK=]
	@$(ADMIN) refused $(ON_STACK) $(if $(ENTERPRISE),--enterprise "$(ENTERPRISE)")

redrive: .venv/ready ## Send refused facts again, with your fixes [ID=refused fact, ENTERPRISE= STACK=]
	@$(ADMIN) redrive $(ON_STACK) $(if $(ID),--id "$(ID)") $(if $(ENTERPRISE),--enterprise "$(ENTERPRISE)")

rebuild: .venv/ready ## Rebuild one customer, or all of an enterprise, from the ledger [CUSTOMER=usr_… ENTERPRISE= ACCEPT_LEDGER=yes STACK=]
	@[ -n "$(CUSTOMER)$(ENTERPRISE)" ] || { echo 'Which customer? make rebuild CUSTOMER=usr_…, or ENTERPRISE=… for all of its customers' >&2; exit 1; }
	@$(ADMIN) rebuild $(ON_STACK) $(if $(CUSTOMER),--customer "$(CUSTOMER)") $(if $(ENTERPRISE),--enterprise "$(ENTERPRISE)") $(if $(ACCEPT_LEDGER),--accept-ledger)

audit: .venv/ready ## Recount everything from the ledgers and compare; change nothing [ENTERPRISE= STACK=]
	@$(ADMIN) audit $(ON_STACK) $(if $(ENTERPRISE),--enterprise "$(ENTERPRISE)")

resume-erasures: .venv/ready ## Restart the workflow of unfinished erasures [STACK=]
	@$(ADMIN) resume-erasures $(ON_STACK)

replay-erasures: .venv/ready ## After a restore, repeat the erasures made since the backup [STACK=]
	@$(ADMIN) replay-erasures $(ON_STACK)

smoke: .venv/ready ## Try a stack out in an enterprise of its own; exit 1 on any difference [STACK=, then SMOKE_TILL and SMOKE_ADMIN, or a smoke key]
	@$(ADMIN) smoke $(ON_STACK)

stop-consumers: .venv/ready ## Before a restore: stop what consumes queues and streams [WAIT=1800 STACK=]
	@$(ADMIN) stop-consumers $(ON_STACK) $(if $(WAIT),--wait "$(WAIT)")

restore-rows: .venv/ready ## Make the stack's rows those of tables that you restored as PREFIX-customers, … [PREFIX=before STACK=]
	@[ -n "$(PREFIX)" ] || { echo 'From which tables? make restore-rows PREFIX=before, for before-customers, before-records, …' >&2; exit 1; }
	@$(ADMIN) restore-rows $(ON_STACK) --prefix "$(PREFIX)"

start-consumers: .venv/ready ## After a restore: start them again [STACK=]
	@$(ADMIN) start-consumers $(ON_STACK)

take-out: .venv/ready ## Write everything of an enterprise into a folder, to leave with it [ENTERPRISE= FOLDER= STACK=]
	@[ -n "$(FOLDER)" ] || { echo 'Whose, and where to? make take-out ENTERPRISE=… FOLDER=acme' >&2; exit 1; }
	@$(ADMIN) take-out $(ON_STACK) --enterprise "$(ENTERPRISE)" --folder "$(FOLDER)"

receipt: .venv/ready ## Wait for an erasure and print its signed receipt [ENTERPRISE= ERASURE=era_… WAIT=120 STACK=]
	@$(ADMIN) receipt $(ON_STACK) --enterprise "$(ENTERPRISE)" --erasure "$(ERASURE)" $(if $(WAIT),--wait "$(WAIT)")

verify-receipt: .venv/ready ## Verify an erasure receipt offline [FILE=receipt.json KEYS=capabilities.json]
	@PYTHONPATH=layers/common/python .venv/bin/python -m admin.erasure.verify_receipt \
	  $(if $(KEYS),--keys "$(KEYS)") -- "$(or $(FILE),receipt.json)"

request: .venv/ready ## Print what one request left: log lines, writes, events, activity entry, erasure [ID=meta.request_id ENTERPRISE= DAYS=30 STACK=]
	@[ -n "$(ID)" ] || { echo 'Which request? make request ID=…, as in meta.request_id' >&2; exit 1; }
	@$(ADMIN) request $(ON_STACK) --id "$(ID)" $(if $(ENTERPRISE),--enterprise "$(ENTERPRISE)") $(if $(DAYS),--days "$(DAYS)")

web: .venv/ready ## Put the web pages into a deployed stack's bucket, which CloudFront serves [STACK= LOGIN=login.json]
	@[ -n "$(STACK)" ] || { echo 'Whose pages? make web STACK=customers. The local stack serves them itself: make run' >&2; exit 1; }
	@$(ADMIN) publish-pages $(ON_STACK) $(if $(LOGIN),--login "$(LOGIN)")

publish: .venv/ready ## Tell the publisher of all events that still wait in the outbox [STACK=]
	@$(ADMIN) publish $(ON_STACK)

# ------------------------------------------------------------------------------------------ what is installed
.PHONY: install
install: .venv/ready $(TOOLS)/ready ## Install both environments: .venv for the tests and .local/tools for the stack

# $(call environment,FOLDER,LOCKS,WHAT): a fresh environment with exactly what the locks say.
define environment
	@"$(PYTHON)" -c '' >/dev/null 2>&1 || { echo 'There is no "$(PYTHON)" here: install Python 3.11 or newer, or name one with PYTHON=python3.13' >&2; exit 1; }
	@"$(PYTHON)" local/preflight.py
	@echo "Installing $(3) into $(1) (once; about half a minute)" >&2
	@rm -rf $(1)
	@"$(PYTHON)" -m venv $(1)
	@$(1)/bin/python $(PIP) $(foreach lock,$(2),-r $(lock)) || \
	  { echo 'The installation into $(1) failed; the lines above say why. Fix that and run the same command again.' >&2; exit 1; }
	@touch $@
endef

$(TOOLS)/ready: requirements/tools.txt
	$(call environment,$(TOOLS),$^,the emulator and the SAM CLI)

# Apart from the tools, whose libraries it pins otherwise.
$(CHECKS)/ready: requirements/checks.txt
	$(call environment,$(CHECKS),$^,the scanner of the template)

.venv/ready: requirements/dev.txt
	$(call environment,.venv,$^,the libraries and the checks)

# One for each Python version that is measured.
BENCH := .local/bench/$(subst /,-,$(PYTHON))
$(BENCH)/ready: requirements/bench.txt
	$(call environment,$(BENCH),$^,what the bench compares with)

CLIENTS := .local/clients
$(CLIENTS)/python/ready: requirements/clients.txt
	$(call environment,$(CLIENTS)/python,$^,the generators of clients)

$(CLIENTS)/node/ready: tests/clients/package.json tests/clients/package-lock.json tests/clients/.npmrc
	@command -v npm >/dev/null || { echo 'There is no npm here: install Node.js 20 or newer' >&2; exit 1; }
	@echo "Installing the linters and generators of npm into $(CLIENTS)/node (once; about half a minute)" >&2
	@rm -rf $(CLIENTS)/node && mkdir -p $(CLIENTS)/node && cp $^ $(CLIENTS)/node/
	@cd $(CLIENTS)/node && npm ci --silent
	@touch $@

# The compiler looks for the types of Node.js beside the sources.
SDK_NODE := sdk/typescript/node_modules
$(SDK_NODE)/ready: sdk/typescript/package.json sdk/typescript/package-lock.json sdk/typescript/.npmrc
	@command -v npm >/dev/null || { echo 'There is no npm here: install Node.js 20 or newer' >&2; exit 1; }
	@cd sdk/typescript && npm ci --silent
	@touch $@

WEB_TOOLS := .local/web
$(WEB_TOOLS)/ready: web/package.json web/package-lock.json web/.npmrc
	@command -v npm >/dev/null || { echo 'There is no npm here: install Node.js 20 or newer' >&2; exit 1; }
	@echo "Installing what checks the web pages into $(WEB_TOOLS) (once; about ten seconds)" >&2
	@rm -rf $(WEB_TOOLS) && mkdir -p $(WEB_TOOLS) && cp $^ $(WEB_TOOLS)/
	@cd $(WEB_TOOLS) && npm ci --silent
	@ln -sfn ../$(WEB_TOOLS)/node_modules web/node_modules
	@touch $@

.PHONY: chromium
chromium: $(WEB_TOOLS)/ready
	@web/tests/browser/install.sh

.PHONY: lock
lock: .venv/ready ## Update the lock files from the .in files [UPGRADE=1]
	@cd layers/common && $(LOCK) requirements.in -o requirements.txt && $(LOCK) libraries.in -o libraries.txt
	@cd requirements && $(LOCK) tools.in -o tools.txt && $(LOCK) dev.in -o dev.txt && $(LOCK) bench.in -o bench.txt && $(LOCK) clients.in -o clients.txt && $(LOCK) checks.in -o checks.txt
# For every Python and machine at once, with hashes, and without the address of whichever index answered.
LOCK = "$(CURDIR)/.venv/bin/uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-strip-extras --no-emit-index-url --no-header --cache-dir "$(CURDIR)/.cache/uv" $(call switch,UPGRADE,--upgrade)

.PHONY: generate
generate: .venv/ready ## Write the generated files: docs/operations.md, events.md, export.md, the phone plan, the currencies
	@PYTHONPATH=layers/common/python .venv/bin/python -m generate

.PHONY: load-shape
load-shape: .venv/ready ## Simulate a busy enterprise, and write docs/load-shape.md and its graph
	@$(WITHOUT_AWS) PYTHONPATH=layers/common/python:functions:. .venv/bin/python -m tests.support.load_shape

.PHONY: capacity
capacity: .venv/ready $(TOOLS)/ready ## Count what each flow costs, and write docs/capacity.md
	@$(WITHOUT_AWS) PYTHONPATH=layers/common/python:functions:. .venv/bin/python -W ignore -m tests.support.capacity >/dev/null

.PHONY: load-files
load-files: .venv/ready ## Check files as people send them, and write docs/files.md
	@PYTHONPATH=layers/common/python:. .venv/bin/python -m tests.support.load_files

.PHONY: layout
layout: .venv/ready ## Record the shape of every stored row, after you raised LAYOUT in customers/store/layout.py
	@$(WITHOUT_AWS) PYTHONPATH=layers/common/python:functions:. .venv/bin/python -W ignore -m tests.support.dynamodb.row_shapes >/dev/null

# ------------------------------------------------------------------------------------------ checks
CODE := functions layers/common local tests bench generate admin commands mutants

.PHONY: check lint types imports template scan test test-thorough clients sdk quick mutants scale bench bench-stack rounds web-lint test-web web-bench screenshots
check: lint types imports template web-lint test test-thorough test-web clients sdk ## All checks; they must pass before a commit
	@$(MAKE) --no-print-directory mutants $(FEW_MUTANTS)
# Faults in rules, which the rules' own tests must notice: these take seconds. The seed is fixed, so only a change of the code
# or of the tests changes the result.
FEW_MUTANTS := ROOM=domain SAMPLE=80 TESTS=tests/domain BUDGET=5 COVERED=1

lint: .venv/ready ## Check style and format
	@.venv/bin/ruff check
	@.venv/bin/ruff format --check

types: .venv/ready ## Check types with mypy --strict
	@.venv/bin/mypy --strict

imports: .venv/ready ## Check which package may import which
	@PYTHONPATH=layers/common/python:functions .venv/bin/lint-imports

web-lint: $(WEB_TOOLS)/ready ## Check the web pages: types in strict mode, style, and their own tests without a browser
	@cd web && node_modules/.bin/tsc -p . && node_modules/.bin/eslint . && node --test --test-reporter=dot tests/unit/*.test.js

template: $(TOOLS)/ready ## Validate the SAM template, down to what cfn-lint only mentions
	@$(SAM) validate --lint --region us-east-1
	@$(TOOLS)/bin/cfn-lint

# Of the template as SAM translates it, for the checks do not know SAM's types.
scan: $(TOOLS)/ready $(CHECKS)/ready ## Scan the template for what AWS's own good practice asks (checkov)
	@mkdir -p .local/scan
	@AWS_DEFAULT_REGION=us-east-1 $(TOOLS)/bin/python -P tests/support/template/translate.py template.yaml > .local/scan/template.json
	@$(CHECKS)/bin/checkov --config-file requirements/checkov.yaml --file .local/scan/template.json

# Python and pytest keep their compiled files, whatever the shell's environment says.
TEST := env -u AWS_ENDPOINT_URL -u AWS_PROFILE -u PYTHONDONTWRITEBYTECODE .venv/bin/pytest

test: .venv/ready $(TOOLS)/ready chromium ## Run the tests; failures show at once [ARGS="-k lookup", ARGS=--lf, ARGS=-x]
	@$(TEST) $(or $(ARGS),-n 5)

test-thorough: .venv/ready $(TOOLS)/ready chromium ## Run the tests that make test leaves out, and properties with more examples [ARGS=tests/store]
	@HYPOTHESIS_PROFILE=ci $(TEST) -m "(thorough or property) and not scale and not clients and not web" $(or $(ARGS),-n 5)

QUICK := tests/contract tests/domain tests/edge tests/operations tests/store tests/wire
# What a till waits for: red after a few seconds.
LOOKUP := tests/operations/customers/test_lookup.py
FAST := HYPOTHESIS_PROFILE=quick $(TEST) -m "not slow and not thorough"
quick: .venv/ready $(TOOLS)/ready ## Run the fast tests in memory, in about a minute: fewer examples, no slow ones [ARGS="-k lookup"]
	@$(if $(ARGS),,$(FAST) -x $(LOOKUP) &&) $(FAST) $(QUICK) -n 2 $(or $(ARGS),--ignore=$(LOOKUP))

clients: .venv/ready $(CLIENTS)/python/ready $(CLIENTS)/node/ready $(SDK_NODE)/ready ## Lint the OpenAPI page, generate clients from it, run the samples [ARGS="-k go"]
	@$(TEST) -m clients tests/clients $(ARGS)

sdk: .venv/ready $(SDK_NODE)/ready ## Test the tills' clients: types and behaviour [ARGS="-k journal"]
	@$(TEST) sdk/python/tests $(ARGS)
	@cd sdk/typescript && npm run --silent check && npm test --silent

test-web: .venv/ready $(TOOLS)/ready chromium ## Run every flow of the web pages in Chromium, on a stack of their own [ARGS="-k till"]
	@$(TEST) -m web tests/e2e/web tests/e2e/tills $(ARGS)

web-bench: chromium ## Measure how long the pages work after an answer, on the running local stack [DIR=.local]
	@STACK="$(abspath $(or $(DIR),.local))/stack.json" node web/tests/bench.js

screenshots: chromium ## Take pictures of all web pages in both languages, of the running local stack [DIR=.local]
	@STACK="$(abspath $(or $(DIR),.local))/stack.json" node web/tests/screenshots.js

mutants: .venv/ready $(TOOLS)/ready ## Plant faults one at a time and list those that no test notices [ROOM=store SAMPLE=200 SEED=13 SEVERITY=transaction EXAMPLES=15 BUDGET=40 PATIENCE=400 TESTS=tests/domain COVERED=1]
	@$(WITHOUT_AWS) $(if $(EXAMPLES),EXAMPLES="$(EXAMPLES)") .venv/bin/python -m mutants $(if $(ROOM),--room "$(ROOM)") \
	  $(if $(SAMPLE),--sample "$(SAMPLE)") $(if $(SEED),--seed "$(SEED)") $(if $(SEVERITY),--severity "$(SEVERITY)") \
	  $(if $(TESTS),--tests "$(TESTS)") $(if $(BUDGET),--budget "$(BUDGET)") \
	  $(if $(PATIENCE),--patience "$(PATIENCE)") $(call switch,COVERED,--covered)

scale: .venv/ready $(TOOLS)/ready chromium ## Compare search and stats with 20 and with 20,000 customers, and search in Chromium, on a stack of its own
	@$(TEST) -m scale tests/e2e/test_scale.py tests/e2e/web

bench: rounds $(BENCH)/ready $(TOOLS)/ready .venv/ready ## Measure lookup, authorizer, fold and derive against other ways to write them [ROUNDS=15 PYTHON=python3.13]
	@$(WITHOUT_AWS) PYTHONPATH=layers/common/python ROUNDS="$(ROUNDS)" $(BENCH)/bin/python -m bench

bench-stack: .venv/ready $(TOOLS)/ready ## On a local stack of its own: freshness, a hundred tills at once, an erasure among readers [ONLY=tills]
	@$(WITHOUT_AWS) PYTHONPATH=layers/common/python:. .venv/bin/python -u -m bench.stack $(ONLY)

# Checked before anything is installed.
rounds:
	@case "$(ROUNDS)" in *[!0-9]*|0*) echo 'ROUNDS must be a number of rounds, 1 or more (default: 15)' >&2; exit 1;; esac

# ------------------------------------------------------------------------------------------ real accounts
ENV ?= staging
# The environment's parameters in samconfig.toml. The SAM CLI drops them all as soon as one parameter is given by hand.
OVERRIDES = $(shell sed -n '/^\[$(ENV)\./,/^$$/s/^parameter_overrides = "\(.*\)"$$/\1/p' samconfig.toml)

# The machine: from the environment's line in samconfig.toml, else the template's default. This one variable decides both
# how the layer is built and where the functions run.
ARCHITECTURE ?= $(or $(patsubst Architecture=%,%,$(filter Architecture=%,$(OVERRIDES))),$(TEMPLATE_ARCHITECTURE))
TEMPLATE_ARCHITECTURE = $(shell sed -n '/^  Architecture:/,/Default:/s/^ *Default: *//p' template.yaml)
# The same in the names of Python's wheels.
PLATFORM_arm64 := aarch64
PLATFORM_x86_64 := x86_64
PLATFORM = $(or $(PLATFORM_$(ARCHITECTURE)),$(error ARCHITECTURE=$(ARCHITECTURE): use ARCHITECTURE=arm64 or ARCHITECTURE=x86_64))

NAME = $(shell sed -n '/^\[$(ENV)\./,/^$$/s/^stack_name = "\(.*\)"$$/\1/p' samconfig.toml)
ACCOUNT = env -u AWS_ENDPOINT_URL PYTHONPATH=layers/common/python .venv/bin/python -m admin.account

.PHONY: build preflight deploy trusted
build: $(TOOLS)/ready ## Build for Lambda: Python 3.13 on arm64 or x86_64 [ARCHITECTURE=arm64 LAMBDA_PYTHON=path ENV=staging]
	@LAMBDA_PLATFORM=$(PLATFORM) $(SAM) build --cached --parallel --parameter-overrides Architecture=$(ARCHITECTURE)

preflight: .venv/ready ## Say what the AWS account of your credentials lacks, before anything is made [ENV=staging]
	@[ -n "$(NAME)" ] || { echo 'samconfig.toml has no environment "$(ENV)": use ENV=staging or ENV=prod' >&2; exit 1; }
	@$(ACCOUNT) preflight --stack "$(NAME)"

# CloudFormation cannot roll back a first deploy whose tables are protected. So the tables are protected by a second pass.
deploy: trusted preflight build ## Deploy to the AWS account of your credentials [ENV=staging|prod ISSUER= JWKS_URL= ISSUERS=issuers.json SOURCES=sources.json ALARM_TOPIC= LINK_BASE= SMS_SENDER= SMS_ALARM=50 ORIGIN_SECRET= SMOKE_KEY=1 WEB=1 USER_POOL=1 WEB_ADDRESS= WEB_CERTIFICATE= LOGIN_ORIGIN= PANEL_ORIGINS= ARCHITECTURE=arm64 LAMBDA_PYTHON=]
	@protect=$$($(ACCOUNT) protect --stack "$(NAME)") && $(DEPLOY) Protect=$$protect && \
	  { [ "$$protect" = true ] || { echo 'The tables are there: protecting them' >&2; $(DEPLOY) Protect=true; }; }

DEPLOY = $(SAM) deploy --config-env $(ENV) --parameter-overrides \
	  $(filter-out Architecture=%,$(OVERRIDES)) Architecture=$(ARCHITECTURE) Issuer="$(ISSUER)" JwksUrl="$(JWKS_URL)" \
	  $(if $(ISSUERS),Issuers="$(shell base64 < "$(ISSUERS)" | tr -d '=\n' | tr '+/' '-_')") \
	  $(if $(SOURCES),SourceEnterprises="$(shell base64 < "$(SOURCES)" | tr -d '=\n' | tr '+/' '-_')") \
	  $(if $(ALARM_TOPIC),AlarmTopicArn="$(ALARM_TOPIC)") $(if $(LINK_BASE),LinkBase="$(LINK_BASE)") \
	  $(if $(SMS_SENDER),SmsSender="$(SMS_SENDER)") $(if $(SMS_ALARM),SmsMonthlyAlarm="$(SMS_ALARM)") \
	  $(if $(ORIGIN_SECRET),OriginSecret="$(ORIGIN_SECRET)") \
	  $(call switch,SMOKE_KEY,SmokeKey="$$($(ACCOUNT) smoke-key --stack "$(NAME)")") \
	  $(call switch,WEB,Web=true) $(call switch,USER_POOL,UserPool=true) \
	  $(if $(WEB_ADDRESS),WebAddress="$(WEB_ADDRESS)") $(if $(WEB_CERTIFICATE),WebCertificateArn="$(WEB_CERTIFICATE)") \
	  $(if $(LOGIN_ORIGIN),LoginOrigin="$(LOGIN_ORIGIN)") \
	  $(if $(PANEL_ORIGINS),PanelOrigins="$(PANEL_ORIGINS)")

trusted:
	@[ -n "$(OVERRIDES)" ] || { echo 'samconfig.toml has no environment "$(ENV)": use ENV=staging or ENV=prod' >&2; exit 1; }
	@[ -n "$(ISSUER)" ] && [ -n "$(JWKS_URL)" ] || [ -s "$(ISSUERS)" ] || { echo 'Which issuer of tokens do you trust? make deploy ENV=$(ENV) ISSUER=https://… JWKS_URL=https://…' >&2; exit 1; }
	@case "$(JWKS_URL)" in https://*|"") ;; *) echo 'JWKS_URL must begin with https://: without it, anybody could replace the keys' >&2; exit 1;; esac
