#!/bin/sh
# Creates the namespace and Crescendo's search attributes where they are missing. Safe to run again. The server comes
# from TEMPORAL_ADDRESS, the namespace from TEMPORAL_NAMESPACE.
set -eu

wait_for() {
  attempts=60
  until "$@" >/dev/null 2>&1; do
    attempts=$((attempts - 1))
    if [ "$attempts" -eq 0 ]; then
      echo "waited in vain for: $*" >&2
      "$@"
      exit 1
    fi
    sleep 1
  done
}

attribute() {
  if temporal operator search-attribute list | grep -qw "$1"; then
    echo "$1 is there"
  else
    temporal operator search-attribute create --name "$1" --type "$2"
  fi
}

wait_for temporal operator cluster health
temporal operator namespace describe -n "$TEMPORAL_NAMESPACE" >/dev/null 2>&1 ||
  temporal operator namespace create --retention "${RETENTION:-30d}" -n "$TEMPORAL_NAMESPACE"
# A new namespace takes a few seconds until every part of the server knows it.
wait_for temporal operator search-attribute list

# The same names and types as `searchAttributes` in workflows/contracts.ts; a test compares them.
attribute CrescendoEnvironment Keyword
attribute CrescendoServices KeywordList
attribute CrescendoProcedure Keyword
attribute CrescendoPhase Keyword
attribute CrescendoOutcome Keyword
attribute CrescendoTrigger Keyword
attribute CrescendoRequestedBy Keyword
