/* Heliograph plugin for Jeedom. Licence: MIT, see the LICENSE file of the plugin. */

(function() {
  var place = document.getElementById('md_heliographMove')
  if (place === null) return
  var body = place.querySelector('tbody')
  var targets = []
  /* The choice that was simulated last: only that is transferred. */
  var simulated = null

  var kinds = {
    cmd: '{{commandes}}', eqLogic: '{{équipements}}', object: '{{objets}}', scenario: '{{scénarios}}',
    view: '{{vues}}', plan: '{{designs}}', plan3d: '{{designs 3D}}', interactDef: '{{interactions}}'
  }

  function cell(_row, _content) {
    var td = document.createElement('td')
    if (typeof _content === 'string') td.textContent = _content
    else td.appendChild(_content)
    _row.appendChild(td)
    return td
  }

  function box(_name, _checked) {
    var input = document.createElement('input')
    input.type = 'checkbox'
    input.setAttribute('data-move', _name)
    input.checked = _checked
    return input
  }

  function option(_target) {
    var el = document.createElement('option')
    el.value = _target.id
    el.textContent = _target.equipment + ' – ' + _target.name + (_target.unit ? ' (' + _target.unit + ')' : '')
    return el
  }

  /* Every row has the same choice of hundreds: it is filled when it is opened. */
  function choice(_id) {
    var select = document.createElement('select')
    select.className = 'form-control input-sm'
    select.appendChild(new Option('{{aucune}}', ''))
    targets.filter(function(_target) { return _target.id === _id }).forEach(function(_target) { select.appendChild(option(_target)) })
    select.value = _id === null ? '' : _id
    select.addEventListener('focus', function() {
      if (select.options.length > 2) return
      targets.filter(function(_target) { return String(_target.id) !== select.value }).forEach(function(_target) { select.appendChild(option(_target)) })
    })
    return select
  }

  function list(_proposal) {
    targets = _proposal.targets
    simulated = null
    body.innerHTML = ''
    _proposal.rows.forEach(function(_command) {
      var row = document.createElement('tr')
      row.setAttribute('data-source', _command.id)
      cell(row, _command.equipment + ' – ' + _command.name + (_command.unit ? ' (' + _command.unit + ')' : ''))
      cell(row, choice(_command.target))
      cell(row, box('history', _command.target !== null && _command.historized))
      cell(row, box('references', _command.target !== null))
      cell(row, _command.note)
      body.appendChild(row)
    })
    if (_proposal.rows.length == 0) jeedomUtils.showAlert({ message: '{{Ce plugin n’a pas de commande à reprendre}}', level: 'warning' })
  }

  function pairs() {
    var chosen = []
    body.querySelectorAll('tr').forEach(function(_row) {
      var pair = { source: Number(_row.getAttribute('data-source')), target: Number(_row.querySelector('select').value) }
      ;['history', 'references'].forEach(function(_name) {
        pair[_name] = _row.querySelector('[data-move="' + _name + '"]').checked ? 1 : 0
      })
      if (pair.target && (pair.history || pair.references)) chosen.push(pair)
    })
    return chosen
  }

  function places(_uses) {
    return Object.keys(_uses).map(function(_kind) {
      return (kinds[_kind] || _kind) + ' : ' + _uses[_kind].join(', ')
    })
  }

  function show(_steps, _done) {
    body.querySelectorAll('tr').forEach(function(_row) { _row.lastChild.textContent = '' })
    _steps.forEach(function(_step) {
      var words = []
      if (_step.history) words.push(_step.values + ' ' + (_done ? '{{valeurs copiées}}' : '{{valeurs à copier}}'))
      if (_step.problem) words.push(_step.problem)
      if (_step.references) {
        var uses = places(_step.uses)
        words.push(uses.length ? (_done ? '{{Remplacée dans}}' : '{{À remplacer dans}}') + ' ' + uses.join(' ; ') : '{{Utilisée nulle part}}')
        var left = places(_step.byHand).concat(_done ? places(_step.remaining) : [])
        if (left.length) words.push('{{À modifier à la main :}} ' + left.join(' ; '))
      }
      body.querySelector('tr[data-source="' + _step.source + '"]').lastChild.textContent = words.join('. ')
    })
  }

  function ask(_action, _pairs, _success) {
    jeeFrontEnd.heliograph.ajax({ action: _action, pairs: JSON.stringify(_pairs) }, _success)
  }

  document.getElementById('bt_moveList').addEventListener('click', function() {
    jeeFrontEnd.heliograph.ajax({
      action: 'moveProposal',
      type: document.getElementById('hg_moveSource').value,
      gateway: document.getElementById('hg_moveGateway').value
    }, list)
  })
  document.getElementById('bt_movePlan').addEventListener('click', function() {
    var chosen = pairs()
    ask('movePlan', chosen, function(_steps) {
      simulated = JSON.stringify(chosen)
      show(_steps, false)
    })
  })
  document.getElementById('bt_moveRun').addEventListener('click', function() {
    var chosen = pairs()
    if (chosen.length == 0 || simulated !== JSON.stringify(chosen)) {
      jeedomUtils.showAlert({ message: '{{Simulez d’abord ce choix}}', level: 'warning' })
      return
    }
    jeeDialog.confirm('{{Transférer ces commandes ? Seule une sauvegarde de Jeedom permet de revenir en arrière.}} (' + chosen.length + ')', function(_yes) {
      if (!_yes) return
      ask('moveRun', chosen, function(_steps) {
        simulated = null
        show(_steps, true)
      })
    })
  })
})()
