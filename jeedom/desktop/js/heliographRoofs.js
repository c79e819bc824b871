/* Heliograph plugin for Jeedom. Licence: MIT, see the LICENSE file of the plugin. */

(function() {
  var place = document.getElementById('md_heliographRoofs')
  if (place === null) return
  var body = place.querySelector('tbody')
  var gateway = jeeFrontEnd.heliograph.gateway()

  function input(_type, _name, _value) {
    var el = document.createElement('input')
    el.type = _type
    el.setAttribute('data-roof', _name)
    if (_type == 'checkbox') return el
    el.className = 'form-control input-sm'
    el.value = _value
    if (_name == 'group') el.setAttribute('list', 'hg_roofNames')
    return el
  }

  function cell(_row, _content) {
    var td = document.createElement('td')
    if (typeof _content === 'string') td.textContent = _content
    else td.appendChild(_content)
    _row.appendChild(td)
  }

  function value(_row, _name) {
    return _row.querySelector('[data-roof="' + _name + '"]')
  }

  function list(_rows) {
    body.innerHTML = ''
    var names = document.getElementById('hg_roofNames')
    names.innerHTML = ''
    new Set(_rows.map(function(_inverter) { return _inverter.group })).forEach(function(_name) {
      if (_name !== '') names.appendChild(new Option(_name, _name))
    })
    _rows.forEach(function(_inverter) {
      var row = document.createElement('tr')
      row.setAttribute('data-id', _inverter.id)
      cell(row, input('checkbox', 'chosen'))
      cell(row, _inverter.name)
      cell(row, _inverter.device)
      cell(row, input('text', 'group', _inverter.group))
      cell(row, input('number', 'position', _inverter.position))
      body.appendChild(row)
    })
  }

  function load() {
    jeeFrontEnd.heliograph.ajax({ action: 'roofs', gateway: gateway }, list)
  }

  document.getElementById('hg_roofAll').addEventListener('change', function(_event) {
    body.querySelectorAll('[data-roof="chosen"]').forEach(function(_box) { _box.checked = _event.target.checked })
  })
  document.getElementById('bt_roofSet').addEventListener('click', function() {
    var position = 1
    body.querySelectorAll('tr').forEach(function(_row) {
      if (!value(_row, 'chosen').checked) return
      value(_row, 'group').value = document.getElementById('hg_roofName').value
      value(_row, 'position').value = document.getElementById('hg_roofName').value === '' ? '' : position++
      value(_row, 'chosen').checked = false
    })
  })
  document.getElementById('bt_roofSave').addEventListener('click', function() {
    var rows = Array.from(body.querySelectorAll('tr')).map(function(_row) {
      return { id: Number(_row.getAttribute('data-id')), group: value(_row, 'group').value, position: value(_row, 'position').value }
    })
    jeeFrontEnd.heliograph.ajax({
      action: 'arrange', gateway: gateway, rows: JSON.stringify(rows), rename: document.getElementById('hg_roofRename').checked ? 1 : 0
    }, function() {
      jeedomUtils.showAlert({ message: '{{Groupes sauvegardés}}', level: 'success' })
      load()
    })
  })
  load()
})()
