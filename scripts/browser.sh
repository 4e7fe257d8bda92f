#!/usr/bin/env bash
# Make sure of a Chromium and a Chinese font for the browser tests, where this machine lets us.
set -euo pipefail

have() { command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null; }

if have; then
    exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "installing Chromium and a Chinese font for the browser tests"
    if apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium fonts-noto-cjk >/dev/null; then
        exit 0
    fi
fi
echo "############################################################################"
echo "# No Chromium here and no right to install it: BROWSER TESTS WILL BE SKIPPED #"
echo "############################################################################"
