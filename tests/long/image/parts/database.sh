#!/bin/sh
# What the official image does at its first start.
set -e
data=/var/lib/postgresql/data/pg
bin=/usr/lib/postgresql/15/bin
if [ ! -s "$data/PG_VERSION" ]; then
    printf %s "$POSTGRES_PASSWORD" > /tmp/password
    "$bin/initdb" --pgdata "$data" --username "$POSTGRES_USER" --pwfile /tmp/password \
        --auth scram-sha-256 --encoding UTF8 --locale C.UTF-8
    echo "CREATE DATABASE $POSTGRES_DB;" | "$bin/postgres" --single -D "$data" postgres
fi
exec "$bin/postgres" -D "$data" -p "$PGPORT" -c listen_addresses=127.0.0.1 -k /tmp
