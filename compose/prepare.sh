#!/bin/sh
# Makes what compose.yaml wants to find in this folder, once: a password that nobody knows, and files with the right owners.
# What is there already stays as it is. Run it as root: the files are for user 10001, whom only the container has.
set -eu
cd "$(dirname "$0")"
umask 077
mkdir -p etc secrets
if [ ! -s secrets/database-password ]; then
  od -An -N24 -tx1 /dev/urandom | tr -d ' \n' >secrets/database-password.new
  mv secrets/database-password.new secrets/database-password
fi
printf '*:5432:guestlist:guestlist:%s\n' "$(cat secrets/database-password)" >etc/pgpass
[ -e guestlist.env ] || cp guestlist.env.example guestlist.env
[ -e etc/policy.toml ] || echo "Put your policy into compose/etc/policy.toml: docs/policy.md." >&2
chown -R 10001:10001 etc
chmod 700 etc secrets
chmod 600 guestlist.env etc/* secrets/*
