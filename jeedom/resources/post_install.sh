#!/bin/bash
# Runs as root after the core made the venv: the packages at their pinned versions, then this version of Heliograph.
set -e
cd "$(dirname "$0")"
wheel=heliograph-@VERSION@-py3-none-any.whl
rm -f python_venv/heliograph.sha256
# An update leaves the wheel of the version before.
find . -maxdepth 1 -name 'heliograph-*.whl' ! -name "$wheel" -delete
# msgspec comes compiled for 64-bit machines only; elsewhere (a Raspberry Pi with a 32-bit system) it is compiled here.
case "$(dpkg --print-architecture)" in
	amd64|arm64) ;;
	*) command -v cc > /dev/null || apt-get install -y gcc libc6-dev ;;
esac
python_venv/bin/python3 -m pip install --disable-pip-version-check --require-hashes -r requirements.txt
# The wheel came with the plugin: its dependencies are there, and nothing else is looked for.
python_venv/bin/python3 -m pip install --disable-pip-version-check --no-index --no-deps --force-reinstall "./$wheel"
sha256sum "$wheel" > python_venv/heliograph.sha256
