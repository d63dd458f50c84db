#!/bin/bash
# KAFKA_NUM_PARTITIONS=10 becomes num.partitions=10, as in apache/kafka. Formats an empty log folder, then runs the broker.
set -euo pipefail
properties=/tmp/server.properties
: > "$properties"
for name in $(compgen -e KAFKA_); do
  case "$name" in KAFKA_HEAP_OPTS | KAFKA_JVM_PERFORMANCE_OPTS) continue ;; esac
  key=${name#KAFKA_}
  key=${key,,}
  printf '%s=%s\n' "${key//_/.}" "${!name}" >> "$properties"
done
java=(java ${KAFKA_HEAP_OPTS:-} ${KAFKA_JVM_PERFORMANCE_OPTS:-} -Dlog4j.configuration=file:/opt/kafka/log4j.properties -cp '/opt/kafka/libs/*')
"${java[@]}" kafka.tools.StorageTool format --ignore-formatted -t "$CLUSTER_ID" -c "$properties"
exec "${java[@]}" kafka.Kafka "$properties"
