# `make help` lists what there is. Each target installs what it needs, inside this folder and nowhere else.
SHELL := /bin/sh
.DEFAULT_GOAL := help

PYTHON ?= python3
PIP := -m pip install -qq --disable-pip-version-check --no-deps --require-hashes
# What pip downloads stays here too.
export PIP_CACHE_DIR ?= $(CURDIR)/.cache/pip
TOOLS := .local/tools
LOCAL := $(TOOLS)/bin/python -m local
# An address of the local stack in a developer's shell must reach neither a real account nor the tests in memory.
WITHOUT_AWS := env -u AWS_ENDPOINT_URL -u AWS_PROFILE
# The SAM CLI reports nothing home, and keeps its own files here.
SAM := env -u AWS_ENDPOINT_URL SAM_CLI_TELEMETRY=0 __SAM_CLI_APP_DIR="$(CURDIR)/.local/sam/home" \
	LAMBDA_CACHE="$(CURDIR)/.local/dependencies" $(TOOLS)/bin/sam

# A parameter or a target that does not exist is said, with the nearest that does, before anything is done.
GIVEN := $(strip $(foreach name,$(.VARIABLES),$(if $(filter command,$(origin $(name))),$(name))))
checked = $(shell "$(PYTHON)" commands/targets.py "$(MAKECMDGOALS)" "$(GIVEN)" 2>/dev/null)
ifneq ($(GIVEN),)
$(if $(checked),$(error $(checked)))
endif
.DEFAULT:
	$(error $(or $(checked),There is no target $@: make help lists them))
# A switch is 1 or left out.
switch = $(if $(filter-out 1,$($(1))),$(error $(1)=$($(1)): say $(1)=1 or leave it out))$(if $($(1)),$(2))

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' Makefile

# ------------------------------------------------------------------------------------------ the local stack
STACK_OPTIONS = $(if $(PORT),--port "$(PORT)") $(if $(DIR),--dir "$(DIR)")

.PHONY: run up down reset logs tail sms token sample
run: $(TOOLS)/ready ## Start the local stack, show a cashier's four answers, serve until Ctrl-C [PORT=4566 DIR=.local]
	@exec $(LOCAL) run $(STACK_OPTIONS)

up: $(TOOLS)/ready ## The same in the background [PORT=4566 DIR=]
	@$(LOCAL) up $(STACK_OPTIONS)

down: $(TOOLS)/ready ## Stop it; its state stays for the next start [DIR=]
	@$(LOCAL) down $(STACK_OPTIONS)

reset: $(TOOLS)/ready ## Stop it and forget its state: the next start is from nothing [DIR=]
	@$(LOCAL) reset $(STACK_OPTIONS)

logs: $(TOOLS)/ready ## Print what the functions logged lately [DIR=]
	@$(LOCAL) logs $(STACK_OPTIONS)

tail: $(TOOLS)/ready ## Show what is published on the bus, until Ctrl-C [DIR=]
	@exec $(LOCAL) tail $(STACK_OPTIONS)

sms: $(TOOLS)/ready ## Wait for the SMS to a phone and print the link in it [PHONE=+97455003345 WAIT=30 DIR=]
	@$(LOCAL) sms --phone "$(PHONE)" $(if $(WAIT),--wait "$(WAIT)") $(if $(DIR),--dir "$(DIR)")

token: $(TOOLS)/ready ## Print a token [ENTERPRISE= AUDIENCE=pos-terminal BRANCH= MERCHANT= PERMISSIONS=a,b DIR=]
	@$(LOCAL) token $(if $(DIR),--dir "$(DIR)") $(if $(ENTERPRISE),--enterprise "$(ENTERPRISE)") $(if $(AUDIENCE),--audience "$(AUDIENCE)") \
	  $(if $(BRANCH),--branch "$(BRANCH)") $(if $(MERCHANT),--merchant "$(MERCHANT)") \
	  $(if $(PERMISSIONS),--permissions "$(PERMISSIONS)")

sample: $(TOOLS)/ready ## Write a made-up loyalty base to try a load with [FILE=base.jsonl CUSTOMERS=1000 FACTS=5000]
	@$(LOCAL) sample $(if $(CUSTOMERS),--customers "$(CUSTOMERS)") $(if $(FACTS),--facts "$(FACTS)") \
	  -- "$(or $(FILE),base.jsonl)"

# ------------------------------------------------------------------------------------------ facts, by hand
# On the local stack unless STACK names a deployed one, which is reached with the credentials of the shell.
ADMIN = exec $(if $(STACK),env -u AWS_ENDPOINT_URL,$(WITHOUT_AWS)) PYTHONPATH=layers/common/python \
	.venv/bin/python -m admin
ON_STACK = $(if $(STACK),--stack "$(STACK)")

.PHONY: load refused redrive rebuild audit publish resume-erasures replay-erasures receipt verify-receipt
load: .venv/ready ## Send a file of facts; run again, it goes on where it stopped [FILE=facts.jsonl STACK= AGAIN=1 WAITING=5000 STALLED=30]
	@[ -n "$(FILE)" ] || { echo 'Say which file: make load FILE=facts.jsonl' >&2; exit 1; }
	@$(ADMIN) load $(ON_STACK) $(call switch,AGAIN,--again) $(if $(WAITING),--most-waiting "$(WAITING)") \
	  $(if $(STALLED),--stalled-after "$(STALLED)") -- "$(FILE)"

refused: .venv/ready ## List the dead-letter queue, and lay each message down to be mended [STACK=]
	@$(ADMIN) refused $(ON_STACK)

redrive: .venv/ready ## Put what was refused back, mended where it was mended [ID=message STACK=]
	@$(ADMIN) redrive $(ON_STACK) $(if $(ID),--id "$(ID)")

rebuild: .venv/ready ## Recompute a customer, or all of an enterprise, from the ledger [CUSTOMER=usr_… ENTERPRISE= STACK=]
	@[ -n "$(CUSTOMER)$(ENTERPRISE)" ] || { echo 'Say whom: make rebuild CUSTOMER=usr_…, or ENTERPRISE=… for all of its customers' >&2; exit 1; }
	@$(ADMIN) rebuild $(ON_STACK) $(if $(CUSTOMER),--customer "$(CUSTOMER)") $(if $(ENTERPRISE),--enterprise "$(ENTERPRISE)")

audit: .venv/ready ## Recount everything from the ledgers and compare; changes nothing [ENTERPRISE= STACK=]
	@$(ADMIN) audit $(ON_STACK) $(if $(ENTERPRISE),--enterprise "$(ENTERPRISE)")

resume-erasures: .venv/ready ## Start the workflow anew for erasures that are not done [STACK=]
	@$(ADMIN) resume-erasures $(ON_STACK)

replay-erasures: .venv/ready ## After a restore: erase again whoever was erased since [STACK=]
	@$(ADMIN) replay-erasures $(ON_STACK)

receipt: .venv/ready ## Print the signed receipt of an erasure, once it is done [ENTERPRISE= ERASURE=era_… WAIT=120 STACK=]
	@$(ADMIN) receipt $(ON_STACK) --enterprise "$(ENTERPRISE)" --erasure "$(ERASURE)" $(if $(WAIT),--wait "$(WAIT)")

verify-receipt: .venv/ready ## Verify a receipt, offline [FILE=receipt.json KEYS=capabilities.json]
	@PYTHONPATH=layers/common/python .venv/bin/python -m admin.erasure.verify_receipt \
	  $(if $(KEYS),--keys "$(KEYS)") -- "$(or $(FILE),receipt.json)"

publish: .venv/ready ## Publish what was committed and still waits in the outbox [STACK=]
	@$(ADMIN) publish $(ON_STACK)

# ------------------------------------------------------------------------------------------ what is installed
.PHONY: install
install: .venv/ready $(TOOLS)/ready ## Install both environments: the tests' (.venv) and the stack's (.local/tools)

# $(call environment,FOLDER,LOCKS,WHAT): a fresh environment with exactly what the locks say.
define environment
	@"$(PYTHON)" -c '' >/dev/null 2>&1 || { echo 'There is no "$(PYTHON)" here: install Python 3.11 or newer, or name one with PYTHON=python3.13' >&2; exit 1; }
	@"$(PYTHON)" local/preflight.py
	@echo "Installing $(3) into $(1) (once; about half a minute)" >&2
	@rm -rf $(1)
	@"$(PYTHON)" -m venv $(1)
	@$(1)/bin/python $(PIP) $(foreach lock,$(2),-r $(lock)) || \
	  { echo 'The installation into $(1) failed; the lines above say why. Mend that and run the same again.' >&2; exit 1; }
	@touch $@
endef

$(TOOLS)/ready: requirements/tools.txt
	$(call environment,$(TOOLS),$^,the emulator and the SAM CLI)

.venv/ready: requirements/dev.txt
	$(call environment,.venv,$^,the libraries and the checks)

# One for each Python that is measured.
BENCH := .local/bench/$(subst /,-,$(PYTHON))
$(BENCH)/ready: requirements/bench.txt
	$(call environment,$(BENCH),$^,what the bench compares with)

.PHONY: lock
lock: .venv/ready ## Renew the locks from the .in files [UPGRADE=1]
	@cd layers/common && $(LOCK) requirements.in -o requirements.txt
	@cd requirements && $(LOCK) tools.in -o tools.txt && $(LOCK) dev.in -o dev.txt && $(LOCK) bench.in -o bench.txt
# For every Python and machine at once, with hashes, and without the address of whichever index answered.
LOCK = "$(CURDIR)/.venv/bin/uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-strip-extras --no-emit-index-url --no-header --cache-dir "$(CURDIR)/.cache/uv" $(call switch,UPGRADE,--upgrade)

.PHONY: generate
generate: .venv/ready ## Write what programs write: docs/operations.md, docs/events.md, the phone plan
	@PYTHONPATH=layers/common/python .venv/bin/python -m generate

.PHONY: layout
layout: .venv/ready ## Write down the shape of every row, after LAYOUT in customers/store/layout.py was raised
	@$(WITHOUT_AWS) PYTHONPATH=layers/common/python:functions:. .venv/bin/python -W ignore -m tests.support.dynamodb.row_shapes >/dev/null

# ------------------------------------------------------------------------------------------ checks
CODE := functions layers/common local tests bench generate admin commands mutants

.PHONY: check lint types imports template test quick mutants scale bench rounds
check: lint types imports template test ## All that must hold before a commit
	@$(MAKE) --no-print-directory mutants $(FEW_MUTANTS)
# Faults of rules that the rules' own tests must notice: these take seconds. The seed is fixed, so that nothing but a change of
# the code or of the tests changes the verdict.
FEW_MUTANTS := ROOM=domain SAMPLE=80 TESTS=tests/domain BUDGET=5 COVERED=1

lint: .venv/ready ## Style and format
	@.venv/bin/ruff check
	@.venv/bin/ruff format --check

types: .venv/ready ## mypy --strict
	@.venv/bin/mypy --strict

imports: .venv/ready ## Who may import whom
	@PYTHONPATH=layers/common/python:functions .venv/bin/lint-imports

template: $(TOOLS)/ready ## Validate the template
	@$(SAM) validate --lint --region us-east-1

# What Python and pytest have compiled is kept, whatever the shell says of it.
TEST := env -u AWS_ENDPOINT_URL -u AWS_PROFILE -u PYTHONDONTWRITEBYTECODE .venv/bin/pytest

test: .venv/ready $(TOOLS)/ready ## All tests; what fails is shown at once [ARGS="-k lookup", ARGS=--lf, ARGS=-x]
	@$(TEST) $(or $(ARGS),-n 3)

QUICK := tests/contract tests/domain tests/edge tests/operations tests/store tests/wire
quick: .venv/ready ## In a minute: what the operations go through, fewer examples, none that is marked slow [ARGS="-k lookup"]
	@HYPOTHESIS_PROFILE=quick $(TEST) $(QUICK) -n 2 -m "not slow" $(ARGS)

mutants: .venv/ready ## Plant faults one at a time, list those that no test notices [ROOM=store SAMPLE=200 SEED=13 SEVERITY=transaction EXAMPLES=15 BUDGET=40 TESTS=tests/domain COVERED=1]
	@$(WITHOUT_AWS) $(if $(EXAMPLES),EXAMPLES="$(EXAMPLES)") .venv/bin/python -m mutants $(if $(ROOM),--room "$(ROOM)") \
	  $(if $(SAMPLE),--sample "$(SAMPLE)") $(if $(SEED),--seed "$(SEED)") $(if $(SEVERITY),--severity "$(SEVERITY)") \
	  $(if $(TESTS),--tests "$(TESTS)") $(if $(BUDGET),--budget "$(BUDGET)") $(call switch,COVERED,--covered)

scale: .venv/ready $(TOOLS)/ready ## Search and stats with 20 customers and with 20,000, on a stack of its own: right, and how long it takes
	@$(TEST) -m scale tests/e2e/test_scale.py

bench: rounds $(BENCH)/ready ## What is fast, measured: lookup against other ways to write it [ROUNDS=15 PYTHON=python3.13]
	@$(WITHOUT_AWS) PYTHONPATH=layers/common/python ROUNDS="$(ROUNDS)" $(BENCH)/bin/python -m bench

# Before anything is installed for it.
rounds:
	@case "$(ROUNDS)" in *[!0-9]*|0*) echo 'ROUNDS takes a number of rounds, 1 or more; 15 unless told' >&2; exit 1;; esac

# ------------------------------------------------------------------------------------------ real accounts
ENV ?= staging
# What samconfig.toml says of the environment; the SAM CLI would drop it as soon as one parameter is given by hand.
OVERRIDES = $(shell sed -n '/^\[$(ENV)\./,/^$$/s/^parameter_overrides = "\(.*\)"$$/\1/p' samconfig.toml)

# For which machine: what the environment's line in samconfig.toml says, else the template's default. The layer is built
# for it and the functions are deployed on it, by this one variable.
ARCHITECTURE ?= $(or $(patsubst Architecture=%,%,$(filter Architecture=%,$(OVERRIDES))),$(TEMPLATE_ARCHITECTURE))
TEMPLATE_ARCHITECTURE = $(shell sed -n '/^  Architecture:/,/Default:/s/^ *Default: *//p' template.yaml)
# In the words of Python's wheels.
PLATFORM_arm64 := aarch64
PLATFORM_x86_64 := x86_64
PLATFORM = $(or $(PLATFORM_$(ARCHITECTURE)),$(error ARCHITECTURE=$(ARCHITECTURE): say ARCHITECTURE=arm64 or ARCHITECTURE=x86_64))

.PHONY: build deploy trusted
build: $(TOOLS)/ready ## Build for Lambda: Python 3.13 on arm64 or x86_64 [ARCHITECTURE=arm64 LAMBDA_PYTHON=path ENV=staging]
	@LAMBDA_PLATFORM=$(PLATFORM) $(SAM) build --cached --parallel --parameter-overrides Architecture=$(ARCHITECTURE)

deploy: trusted build ## Deploy to the account of your credentials [ENV=staging|prod ISSUER= JWKS_URL= ALARM_TOPIC= LINK_BASE= SMS_SENDER= ARCHITECTURE=arm64 LAMBDA_PYTHON=]
	@$(SAM) deploy --config-env $(ENV) --parameter-overrides \
	  $(filter-out Architecture=%,$(OVERRIDES)) Architecture=$(ARCHITECTURE) Issuer="$(ISSUER)" JwksUrl="$(JWKS_URL)" \
	  $(if $(ALARM_TOPIC),AlarmTopicArn="$(ALARM_TOPIC)") $(if $(LINK_BASE),LinkBase="$(LINK_BASE)") \
	  $(if $(SMS_SENDER),SmsSender="$(SMS_SENDER)")

trusted:
	@[ -n "$(OVERRIDES)" ] || { echo 'There is no environment "$(ENV)" in samconfig.toml: ENV=staging or ENV=prod' >&2; exit 1; }
	@[ -n "$(ISSUER)" ] && [ -n "$(JWKS_URL)" ] || { echo 'Say whose tokens to trust: make deploy ENV=$(ENV) ISSUER=https://… JWKS_URL=https://…' >&2; exit 1; }
	@case "$(JWKS_URL)" in https://*) ;; *) echo 'JWKS_URL must begin with https://: keys that came another way could be anybody'"'"'s' >&2; exit 1;; esac
