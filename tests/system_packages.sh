#!/bin/sh
# Debian packages that some tests drive. Installed only as root on Debian; elsewhere
# those tests skip and say which program they miss.
missing=""
[ -x /usr/bin/chromium ] || missing="$missing chromium"
[ -n "$missing" ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "installing for the tests:$missing"
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing; } >/dev/null 2>&1 \
        || echo "could not install$missing: the tests that need it will skip"
else
    echo "not installed:$missing (the tests that need it will skip)"
fi
