#!/bin/sh
exec java -Xmx96m -XX:TieredStopAtLevel=1 -Dlog4j.configuration=file:/opt/kafka/log4j.properties -cp "/opt/kafka/tools/*" org.apache.kafka.tools.TopicCommand "$@"
