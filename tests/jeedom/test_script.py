"""The script of the plugin's page, run without a browser."""

import json
import re
import shutil
import subprocess

import pytest

from tests.jeedom.plugin import PLUGIN

NODE = shutil.which("node")
SCRIPT = (PLUGIN / "desktop/js/heliograph.js").read_text(encoding="utf-8")


@pytest.mark.skipif(NODE is None, reason="Node.js is not installed")
@pytest.mark.parametrize(
    ("state", "unit", "shown"), [("", "W", "–"), ("", "", "–"), ("0", "W", "0 W"), ("idle", "", "idle ")]
)
def test_an_unknown_value_shows_no_lone_unit(state: str, unit: str, shown: str) -> None:
    functions = re.findall(r"^function (?:heliographUnknown|addCmdToTable)\(.*?^}", SCRIPT, re.DOTALL | re.MULTILINE)
    assert len(functions) == 2
    # What core/js/plugin.template.js of the core makes of a command, and what addCmdToTable needs of the page.
    html = f'<span class="cmdTableState" data-cmd_id="7" title="Date : x<br/>y" >{state} {unit}<span>'
    command = {"type": "info", "subType": "numeric", "id": 7, "state": state, "unite": unit, "htmlstate": html}
    row = "{ setAttribute() {}, set innerHTML(_) {}, setJeeValues(cmd) { console.log(cmd.htmlstate) } }"
    page = f"""
        const isset = value => value !== undefined, init = value => value || '', is_numeric = () => false
        const jeedom = {{ cmd: {{ availableType: () => '', changeType() {{}} }} }}
        const table = {{ querySelector: () => ({{ appendChild() {{}} }}) }}
        const document = {{ getElementById: () => table, createElement: () => ({row}) }}
        {"".join(functions)}
        addCmdToTable({json.dumps(command)})
    """
    done = subprocess.run((str(NODE), "-e", page), capture_output=True, text=True, check=False)  # noqa: S603 - our own
    assert (done.stderr, done.stdout.rstrip("\n")) == ("", html.replace(f"{state} {unit}<span>", f"{shown}<span>"))
