#!/bin/sh
# Draws the plugin's images anew after a change of their SVG; needs rsvg-convert.
set -e
cd "$(dirname "$0")"
rsvg-convert -w 309 -h 348 icon.svg -o ../plugin_info/heliograph_icon.png
for kind in inverter battery meter controller collar combiner relay dry_contact generator roof; do
	rsvg-convert -w 128 -h 128 "$kind.svg" -o "../core/img/$kind.png"
done
