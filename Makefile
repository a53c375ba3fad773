# The targets of the system that this one replaces, each doing its thing here; names that said Kafka say what is there now.
.DEFAULT_GOAL := help
COMPOSE := docker compose
OPERATOR := $(COMPOSE) --profile tools run --rm --quiet-pull operator

.PHONY: help build up status logs logs-generator logs-streaming logs-nats streams consume-logs consume-alerts \
  batch-thresholds stop restart down clean-volumes

help: ## What can be made
	@sed -nE 's/^([a-z-]+):.*## (.*)/\1\t\2/p' $(MAKEFILE_LIST) | awk -F '\t' '{ printf "%-18s %s\n", $$1, $$2 }'

build: ## Build the image
	$(COMPOSE) build

up: ## Start everything in the background
	$(COMPOSE) up --detach
	@echo "The page is on http://localhost:$${CHAUSSETTES_PORT:-8080}; alerts: make consume-alerts"

status: ## What runs, and what it says of itself
	$(COMPOSE) ps --all
	$(COMPOSE) run --rm --no-deps init status

logs: ## Follow the logs of all parts
	$(COMPOSE) logs --follow --tail 50

logs-generator: ## Follow the generator's log
	$(COMPOSE) logs --follow --tail 50 generator

logs-streaming: ## Follow the detector's log
	$(COMPOSE) logs --follow --tail 50 detector

logs-nats: ## Follow the server's log
	$(COMPOSE) logs --follow --tail 50 nats

streams: ## The streams and what they hold
	$(OPERATOR) stream ls --all

consume-logs: ## Access log lines as they come
	$(OPERATOR) sub --raw 'logs.>'

consume-alerts: ## Alerts as they come
	$(OPERATOR) sub --raw 'alerts.>'

batch-thresholds: ## Compute the thresholds now
	$(COMPOSE) run --rm --no-deps thresholds thresholds

stop: ## Stop everything, keep it for restart
	$(COMPOSE) stop

restart: ## Restart everything
	$(COMPOSE) restart

down: ## Remove the containers, keep what was stored
	$(COMPOSE) down

clean-volumes: ## Remove the containers and all that was stored, passwords included
	$(COMPOSE) down --volumes
