# `make` alone prints what each target does.
.DEFAULT_GOAL := help
.PHONY: help run test check demo-call bench bench-asr soak flood fuzz rows openapi

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | column -t -s "$$(printf '\t')"

run: ## install what is missing, build console and server, and start the demo centre (data in ./data)
	@scripts/setup run
	@cargo build --locked -q -p ringdesk
	@target/debug/ringdesk serve --demo

test: ## the same set-up, then everything CI runs
	@scripts/test

check: ## format, lints, the crates we ship, and the fast tests; no sockets, no database
	@cargo fmt --all --check
	@cargo clippy --workspace --all-targets --locked --quiet -- -D warnings
	@scripts/audit
	@cargo test --locked -q -p ringdesk-tidy -p ringdesk-flows -p ringdesk-properties

demo-call: ## a whole call with scripted phones: ladder, tones both ways, recording, transcript, search
	@scripts/setup test
	@scripts/demo-call

bench: ## figures of a release build beside targets and peers (bench/README.md; ARGS="bridge --runs 5")
	@scripts/setup test
	@scripts/bench $(ARGS)

bench-asr: ## error rates of the speech engines present, at 16 kHz and through G.711, with processor time (ARGS="folder engines.json")
	@scripts/setup test
	@cargo run --locked -q --release -p ringdesk-asr --bin bench-asr -- $(ARGS)

soak: ## 20 minutes of chaos, then the invariants (ARGS="--seconds 600 --calls 100 --seed 7 --postgres", or "--short-calls 10000")
	@scripts/setup test
	@for n in $$(seq 25); do cargo test --locked -q -p ringdesk-properties || exit 1; done
	@scripts/soak soak $(ARGS)
	@RINGDESK_RECORDED_CALLS=50 cargo test --locked -q -p ringdesk-interop --test interop recordings_survive
	@RINGDESK_TEXTS=1430 cargo test --locked -q -p ringdesk-interop --test interop stored_once

flood: ## bad input from 10,000 addresses beside good calls (ARGS="--rate 5000 --seconds 60 --calls 50", or "--siege": connections)
	@scripts/setup test
	@scripts/soak flood $(ARGS)

fuzz: ## search for inputs that break a target of tests/fuzz (make fuzz T=sip SECONDS=900; without T: its targets)
	@scripts/fuzz "$(T)" $(SECONDS) $(ARGS)

rows: ## one line per requirement row: the tests that prove it
	@scripts/rows

openapi: ## write the API description to docs/openapi.json
	@cargo run --locked -q -p ringdesk -- openapi > docs/openapi.json
