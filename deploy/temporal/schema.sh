#!/bin/sh
# Creates Temporal's two databases and brings their schemas to the version of this image. Safe to run again: it is how
# a newer image brings its schema along. The connection comes from the SQL_* variables.
set -eu

schema() {
  database=$1
  versions=$2
  temporal-sql-tool --db "$database" create
  # A database that has a schema already keeps it: the first version is only set where there is none.
  temporal-sql-tool --db "$database" setup-schema -v 0.0 || echo "$database has a schema"
  temporal-sql-tool --db "$database" update-schema -d "$versions"
}

schema temporal /etc/temporal/schema/postgresql/v12/temporal/versioned
schema temporal_visibility /etc/temporal/schema/postgresql/v12/visibility/versioned
