/* Heliograph plugin for Jeedom. Licence: MIT, see the LICENSE file of the plugin. */

/* The panel, the same on desktop and mobile: tiles of the core, and the daemon's files as charts. */
(function() {
  var place = document.getElementById('hg_panel')
  if (place === null) return

  var COLOURS = { production: '#f0a020', discharge: '#3fa34d', import: '#9a6fc0', consumption: '#4a90d9', export: '#9a6fc0', charge: '#3fa34d' }
  var NAMES = {
    production: '{{Production}}', discharge: '{{Décharge des batteries}}', import: '{{Soutirage}}',
    consumption: '{{Consommation}}', export: '{{Injection}}', charge: '{{Charge des batteries}}'
  }
  var language = place.getAttribute('data-language')
  var gateway = null
  var today = null
  var day = null
  var year = null
  /* The month whose days are shown, 1 to 12; null for the months of the year. */
  var month = null
  /* Whether all years are shown side by side. */
  var years = false

  place.innerHTML =
    '<style>' +
    '#hg_panel { padding: 8px; }' +
    '#hg_panel .hgBar { display: flex; flex-wrap: wrap; gap: 6px; align-items: center; margin: 10px 0 4px; }' +
    '#hg_panel .hgBar h3 { margin: 0 auto 0 0; font-size: 16px; }' +
    '#hg_panel .hgBar button, #hg_panel select { min-height: 34px; min-width: 34px; width: auto; background: var(--btn-default-color, #888); color: var(--linkHoverLight-color, #fff); border: 0; border-radius: 3px; margin: 0; padding: 0 10px; }' +
    '@media (max-width: 500px) { #hg_panel .hgBar h3 { flex-basis: 100%; } }' +
    '#hg_panel .hgTiles { display: flex; flex-wrap: wrap; gap: 8px; align-items: flex-start; }' +
    '#hg_panel .hgTiles > div { width: 340px; max-width: 100%; }' +
    '#hg_panel .hgTiles .eqLogic-widget { position: relative !important; inset: auto !important; width: 100% !important; height: auto !important; margin: 0; }' +
    '#hg_panel svg.hgChart { width: 100%; height: auto; display: block; }' +
    '#hg_panel svg.hgChart text { fill: var(--txt-color, #777); font-size: 11px; }' +
    '#hg_panel svg.hgChart .hgGrid { stroke: var(--txt-color, #777); stroke-opacity: .2; }' +
    '#hg_panel svg.hgChart .hgBarOne { cursor: pointer; }' +
    '#hg_panel .hgLegend span { white-space: nowrap; margin-right: 12px; font-size: 12px; }' +
    '#hg_panel .hgLegend i { display: inline-block; width: 10px; height: 10px; border-radius: 2px; margin-right: 4px; }' +
    '#hg_panel .hgRead { min-height: 1.5em; font-size: 12px; }' +
    '</style>' +
    '<div class="hgBar"><select data-hg="gateway" data-role="none"></select> <span class="label" data-hg="state"></span> <span data-hg="text"></span></div>' +
    '<div class="hgTiles"></div>' +
    '<div class="hgBar"><h3 data-hg="dayTitle"></h3><button data-go="day" data-step="-1" data-role="none">◀</button><button data-go="day" data-step="0" data-role="none">{{Aujourd’hui}}</button><button data-go="day" data-step="1" data-role="none">▶</button></div>' +
    '<div data-hg="day"></div>' +
    '<div class="hgBar"><h3 data-hg="yearTitle"></h3><button data-go="years" data-role="none">{{Années}}</button><button data-go="year" data-step="0" data-role="none">{{Mois de l’année}}</button><button data-go="year" data-step="-1" data-role="none">◀</button><button data-go="year" data-step="1" data-role="none">▶</button></div>' +
    '<div data-hg="year"></div>' +
    '<div class="hgBar"><h3>{{Anomalies}}</h3></div><ul data-hg="remarks"></ul>' +
    '<div class="hgBar" data-hg="missingTitle"><h3>{{Valeurs absentes}}</h3></div><ul data-hg="missing"></ul>'

  function part(_name) {
    return place.querySelector('[data-hg="' + _name + '"]')
  }

  function ask(_data, _success) {
    domUtils.ajax({
      type: 'POST',
      url: 'plugins/heliograph/core/ajax/heliographPanel.ajax.php',
      data: _data,
      dataType: 'json',
      global: false,
      error: function(_request, _status, _error) { domUtils.handleAjaxError(_request, _status, _error) },
      success: function(_answer) {
        if (!document.body.contains(place)) return
        if (_answer.state == 'ok') _success(_answer.result)
        else part('text').textContent = _answer.result
      }
    })
  }

  /* 1,35 kW; 20,1 MWh; 126 W. */
  function say(_value, _unit) {
    if (_value === null || _value === undefined) return '–'
    var power = 0
    while (power < 3 && Math.abs(_value) >= 999.5) {
      _value /= 1000
      power++
    }
    var options = power > 0 ? { maximumSignificantDigits: 3 } : { maximumFractionDigits: 0 }
    return (_value + 0).toLocaleString(language, options) + '\u202f' + ['', 'k', 'M', 'G'][power] + _unit
  }

  function svg(_name, _attributes, _parent) {
    var el = document.createElementNS('http://www.w3.org/2000/svg', _name)
    for (var key in _attributes) el.setAttribute(key, _attributes[key])
    if (_parent) _parent.appendChild(el)
    return el
  }

  /* A step of the scale that reads well: 1, 2 or 5 times a power of ten. */
  function niceStep(_range) {
    var raw = Math.max(_range, 1) / 7
    var base = Math.pow(10, Math.floor(Math.log10(raw)))
    return [1, 2, 5, 10].find(function(_factor) { return _factor * base >= raw }) * base
  }

  /* An empty chart with its scale; gives what is needed to draw into it. */
  function frame(_low, _high, _unit) {
    var width = Math.max(320, Math.min(1200, place.clientWidth - 16))
    var height = Math.round(Math.min(360, Math.max(220, width * .32)))
    var chart = svg('svg', { viewBox: '0 0 ' + width + ' ' + height, class: 'hgChart', role: 'img' })
    var step = niceStep(_high - _low)
    var top = Math.ceil(_high / step) * step || step
    var bottom = Math.floor(_low / step) * step
    function y(_value) { return 8 + (top - _value) / (top - bottom) * (height - 30) }
    for (var value = bottom; value <= top + step / 2; value += step) {
      svg('line', { x1: 62, x2: width - 4, y1: y(value), y2: y(value), class: 'hgGrid' }, chart)
      svg('text', { x: 58, y: y(value) + 4, 'text-anchor': 'end' }, chart).textContent = say(value, _unit)
    }
    return { chart: chart, y: y, left: 62, right: width - 4, bottom: height - 8 }
  }

  function legend(_place, _keys) {
    var el = document.createElement('div')
    el.className = 'hgLegend'
    _keys.forEach(function(_key) {
      var item = document.createElement('span')
      var mark = document.createElement('i')
      mark.style.background = COLOURS[_key]
      if (['export', 'charge'].includes(_key)) mark.style.opacity = .45
      item.appendChild(mark)
      item.appendChild(document.createTextNode(NAMES[_key]))
      el.appendChild(item)
    })
    _place.appendChild(el)
  }

  function readout(_place) {
    var el = document.createElement('div')
    el.className = 'hgRead'
    _place.appendChild(el)
    return el
  }

  function empty(_place, _text) {
    _place.innerHTML = ''
    readout(_place).textContent = _text
  }

  function date(_day, _options) {
    return new Date(_day + 'T12:00:00').toLocaleDateString(language, _options)
  }

  function known(_columns, _keys) {
    return _keys.filter(function(_key) { return _columns[_key].some(function(_value) { return _value !== null }) })
  }

  /* Above the line where the energy comes from, below it where it goes that is not the house; the house is the line. */
  function drawDay(_curve) {
    var target = part('day')
    part('dayTitle').textContent = date(day, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' })
    if (_curve === null) {
      empty(target, '{{Pas de courbe pour ce jour : elle commence quand le démon lit la passerelle.}}')
      return
    }
    target.innerHTML = ''
    var columns = _curve.columns
    var above = known(columns, ['production', 'discharge', 'import'])
    var below = known(columns, ['export', 'charge'])
    var line = known(columns, ['consumption'])
    function sum(_keys, _index) {
      return _keys.reduce(function(_total, _key) { return _total + (columns[_key][_index] || 0) }, 0)
    }
    var indexes = _curve.times.map(function(_time, _index) { return _index })
    var high = Math.max(100, ...indexes.map(function(_i) { return Math.max(sum(above, _i), line.length ? columns.consumption[_i] || 0 : 0) }))
    var low = Math.min(0, ...indexes.map(function(_i) { return -sum(below, _i) }))
    var f = frame(low, high, 'W')
    var slot = (f.right - f.left) / _curve.times.length
    function x(_index) { return f.left + _index * slot }
    function stack(_keys, _sign) {
      var base = indexes.map(function() { return 0 })
      _keys.forEach(function(_key) {
        var path = ''
        indexes.forEach(function(_i) {
          var value = columns[_key][_i]
          if (value === null) return
          var from = base[_i]
          base[_i] += value
          path += 'M' + x(_i) + ' ' + f.y(_sign * from) + 'V' + f.y(_sign * base[_i]) + 'H' + (x(_i) + slot + .2) + 'V' + f.y(_sign * from) + 'Z'
        })
        svg('path', { d: path, fill: COLOURS[_key], 'fill-opacity': _sign > 0 ? .75 : .35 }, f.chart)
      })
    }
    stack(above, 1)
    stack(below, -1)
    if (line.length) {
      var path = ''
      indexes.forEach(function(_i) {
        var value = columns.consumption[_i]
        if (value !== null) path += (path !== '' && columns.consumption[_i - 1] !== null ? 'L' : 'M') + (x(_i) + slot / 2) + ' ' + f.y(value)
      })
      svg('path', { d: path, fill: 'none', stroke: COLOURS.consumption, 'stroke-width': 2 }, f.chart)
    }
    _curve.times.forEach(function(_time, _i) {
      if (/^(00|03|06|09|12|15|18|21):00$/.test(_time)) svg('text', { x: x(_i), y: f.bottom + 4 }, f.chart).textContent = _time
    })
    var read = readout(target)
    target.appendChild(f.chart)
    legend(target, above.concat(line, below))
    f.chart.addEventListener('pointermove', function(_event) {
      var box = f.chart.getBoundingClientRect()
      var index = Math.floor(((_event.clientX - box.left) / box.width * f.chart.viewBox.baseVal.width - f.left) / slot)
      if (index < 0 || index >= _curve.times.length) return
      read.textContent = _curve.times[index] + ' · ' + above.concat(line, below).map(function(_key) {
        return NAMES[_key] + ' ' + say(columns[_key][index], 'W')
      }).join(' · ')
    })
  }

  /* The spans of the present view, each with its label, its name, its energies, and what a click on it shows. */
  function spans(_energies) {
    if (years) {
      return Object.keys(_energies || {}).map(function(_year) {
        return { label: _year, name: _year, row: _energies[_year], open: function() { years = false; year = Number(_year); month = null; showYear() } }
      })
    }
    var found = []
    var number = month === null ? 12 : new Date(year, month, 0).getDate()
    for (let i = 1; i <= number; i++) {
      let day_ = year + '-' + (month === null ? two(i) + '-01' : two(month) + '-' + two(i))
      found.push(month === null ? {
        label: date(day_, { month: 'short' }), name: date(day_, { month: 'long', year: 'numeric' }),
        row: (_energies && _energies.months[two(i)]) || {},
        open: function() { month = i; showYear() }
      } : {
        label: String(i), name: date(day_, { weekday: 'long', day: 'numeric', month: 'long' }),
        row: (_energies && _energies.days[day_.substring(5)]) || {},
        open: function() { day = day_; showDay() }
      })
    }
    return found
  }

  /* Two bars each: production and consumption; the rest is read out. A day is a number, more are a sum of days. */
  function drawYear(_energies) {
    var target = part('year')
    part('yearTitle').textContent = years ? '{{Années}}' : month === null ? String(year) : date(year + '-' + two(month) + '-01', { month: 'long', year: 'numeric' })
    var rows = spans(_energies)
    function energy(_span, _key) {
      var cell = _span.row[_key]
      return cell === undefined ? null : typeof cell == 'object' ? cell.energy : cell
    }
    var keys = Object.keys(NAMES).filter(function(_key) { return rows.some(function(_span) { return energy(_span, _key) !== null }) })
    if (keys.length == 0) {
      empty(target, '{{Pas encore d’énergie enregistrée pour cette période : la première journée complète commence à minuit.}}')
      return
    }
    target.innerHTML = ''
    var bars = keys.filter(function(_key) { return ['production', 'consumption'].includes(_key) })
    if (bars.length == 0) bars = keys.slice(0, 2)
    var high = Math.max(1, ...rows.map(function(_span) { return Math.max(...bars.map(function(_key) { return energy(_span, _key) || 0 })) }))
    var f = frame(0, high, 'Wh')
    var slot = (f.right - f.left) / rows.length
    var read = readout(target)
    rows.forEach(function(_span, _index) {
      bars.forEach(function(_key, _bar) {
        var value = energy(_span, _key)
        if (value === null) return
        var width = Math.min(60, slot * .7 / bars.length)
        svg('rect', { x: f.left + slot * (_index + .5) + (_bar - bars.length / 2) * width, y: f.y(value), width: width, height: Math.max(0, f.y(0) - f.y(value)), fill: COLOURS[_key], rx: 1 }, f.chart)
      })
      if (rows.length * 18 < f.right - f.left || _index % 2 == 0) {
        svg('text', { x: f.left + slot * (_index + .5), y: f.bottom + 4, 'text-anchor': 'middle' }, f.chart).textContent = _span.label
      }
      var hit = svg('rect', { x: f.left + slot * _index, y: 0, width: slot, height: f.bottom, fill: 'transparent', class: 'hgBarOne' }, f.chart)
      hit.addEventListener('pointerenter', function() {
        read.textContent = _span.name + ' · ' + keys.map(function(_key) {
          var cell = _span.row[_key]
          return NAMES[_key] + ' ' + say(energy(_span, _key), 'Wh') + (typeof cell == 'object' ? ' (' + cell.days + ' {{j}})' : '')
        }).join(' · ')
      })
      hit.addEventListener('click', _span.open)
    })
    target.appendChild(f.chart)
    legend(target, bars)
  }

  function two(_number) {
    return String(_number).padStart(2, '0')
  }

  function list(_place, _rows, _none) {
    _place.innerHTML = ''
    _rows.forEach(function(_row) {
      var item = document.createElement('li')
      item.textContent = _row.what + ' – ' + _row.why
      _place.appendChild(item)
    })
    if (_rows.length == 0 && _none) {
      var item = document.createElement('li')
      item.textContent = _none
      _place.appendChild(item)
    }
  }

  /* Scripts of the tiles run when their HTML is put in by the core. */
  function showNow() {
    ask({ action: 'now', gateway: gateway, version: place.getAttribute('data-version') }, function(_now) {
      today = _now.today
      if (day === null) {
        day = today
        year = Number(today.substring(0, 4))
        month = Number(today.substring(5, 7))
        showDay()
        showYear()
      }
      var tiles = place.querySelector('.hgTiles')
      tiles.innerHTML = ''
      _now.tiles.forEach(function(_html) {
        var box = document.createElement('div')
        tiles.appendChild(box)
        box.html(_html)
      })
      part('state').className = 'label label-' + _now.label
      part('state').textContent = _now.state
      part('text').textContent = _now.text
      list(part('remarks'), _now.remarks, '{{Aucune}}')
      list(part('missing'), _now.missing)
      part('missingTitle').style.display = _now.missing.length ? '' : 'none'
    })
  }

  function showDay() {
    var wanted = day
    ask({ action: 'history', gateway: gateway, span: day }, function(_curve) { if (wanted === day) drawDay(_curve) })
  }

  function showYear() {
    ask(years ? { action: 'years', gateway: gateway } : { action: 'history', gateway: gateway, span: String(year) }, drawYear)
  }

  var steps = {
    day: function(_step) {
      if (_step == 0) day = today
      else {
        var moved = new Date(day + 'T12:00:00')
        moved.setDate(moved.getDate() + _step)
        day = moved.getFullYear() + '-' + two(moved.getMonth() + 1) + '-' + two(moved.getDate())
      }
      showDay()
    },
    years: function() {
      years = true
      showYear()
    },
    year: function(_step) {
      years = false
      if (_step == 0) month = null
      else if (month === null) year += _step
      else {
        var moved = new Date(year, month - 1 + _step, 1)
        year = moved.getFullYear()
        month = moved.getMonth() + 1
      }
      showYear()
    }
  }
  place.addEventListener('click', function(_event) {
    var button = _event.target.closest('[data-go]')
    if (button && day !== null) steps[button.getAttribute('data-go')](Number(button.getAttribute('data-step')))
  })
  part('gateway').addEventListener('change', function(_event) {
    gateway = _event.target.value
    showNow()
    showDay()
    showYear()
  })
  /* Tiles follow their commands by themselves; the curve of today grows every five minutes. */
  var timer = setInterval(function() {
    if (!document.body.contains(place)) clearInterval(timer)
    else if (gateway !== null && day === today) showDay()
  }, 300000)

  ask({ action: 'gateways' }, function(_gateways) {
    var ids = Object.keys(_gateways)
    ids.forEach(function(_id) { part('gateway').appendChild(new Option(_gateways[_id], _id)) })
    part('gateway').style.display = ids.length > 1 ? '' : 'none'
    if (ids.length == 0) {
      part('text').textContent = '{{Aucune passerelle}}'
      return
    }
    gateway = ids[0]
    showNow()
  })
})()
