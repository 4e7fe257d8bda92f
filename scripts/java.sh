#!/usr/bin/env bash
# Make sure of a Java runtime for Spark, where this machine lets us.
set -euo pipefail

if [ -n "${JAVA_HOME:-}" ] || command -v java >/dev/null; then
    exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "installing a Java runtime for Spark"
    if apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends openjdk-17-jre-headless >/dev/null; then
        exit 0
    fi
fi
echo "######################################################################"
echo "# No Java here and no right to install it: SPARK TESTS ARE SKIPPED #"
echo "######################################################################"
