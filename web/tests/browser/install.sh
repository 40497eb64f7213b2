#!/bin/sh
# Install a Chromium, and fonts for both languages, where the machine has none: Playwright's build, which stays in the
# user's cache; or Debian's, where that is out of reach and the user is root, as on a build machine.
set -eu
cd "$(dirname "$0")"
node chromium.js 2>/dev/null && exit 0
echo "There is no Chromium here: installing one (once; about a minute)" >&2
../../node_modules/.bin/playwright-core install chromium >/dev/null 2>&1 && node chromium.js 2>/dev/null && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium fonts-noto-core >/dev/null
fi
exec node chromium.js
