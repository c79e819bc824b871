/* Heliograph plugin for Jeedom. Licence: MIT, see the LICENSE file of the plugin. */

if (!jeeFrontEnd.heliograph) {
  jeeFrontEnd.heliograph = {
    request: null,
    /* What is to be said on the page that comes next. */
    after: null,

    init: function() {
      this.listen('heliograph::answer', 'answer')
      this.listen('heliograph::state', 'news')
      document.getElementById('div_pageContainer').unRegisterEvent('click', 'heliographClick').registerEvent('click', heliographClick)
    },

    /* The core fires events through jQuery where it is loaded, and natively where it is not. */
    listen: function(_name, _method) {
      if (typeof jQuery === 'function') {
        jQuery('body').off(_name).on(_name, function(_event, _options) {
          jeeFrontEnd.heliograph[_method](_options)
        })
        return
      }
      document.body.unRegisterEvent(_name).registerEvent(_name, function(_event) {
        jeeFrontEnd.heliograph[_method](_event.detail)
      })
    },

    ajax: function(_data, _success) {
      domUtils.ajax({
        type: 'POST',
        url: 'plugins/heliograph/core/ajax/heliograph.ajax.php',
        data: _data,
        dataType: 'json',
        error: function(_request, _status, _error) {
          domUtils.handleAjaxError(_request, _status, _error)
        },
        success: function(_answer) {
          if (_answer.state != 'ok') {
            jeedomUtils.showAlert({ message: _answer.result, level: 'danger' })
            return
          }
          if (_success) _success(_answer.result)
        }
      })
    },

    gateway: function() {
      return document.querySelector('.eqLogicAttr[data-l1key="id"]').jeeValue()
    },

    field: function(_name) {
      return document.querySelector('.eqLogicAttr[data-l1key="configuration"][data-l2key="' + _name + '"]')
    },

    newRequest: function() {
      this.request = Date.now().toString(36) + Math.floor(performance.now()).toString(36)
      return this.request
    },

    say: function(_text, _level) {
      var place = document.getElementById('hg_answer')
      if (place === null || !place.isVisible()) {
        jeedomUtils.showAlert({ message: this.escape(_text), level: _level })
        return
      }
      place.className = 'alert alert-' + _level
      place.style.whiteSpace = 'pre-line'
      place.textContent = _text
    },

    sayAfter: function() {
      if (this.after === null) return
      this.say(this.after, 'success')
      this.after = null
    },

    escape: function(_text) {
      var el = document.createElement('span')
      el.textContent = _text
      return el.innerHTML
    },

    visit: function(_id) {
      jeedomUtils.loadPage('index.php?v=d&m=heliograph&p=heliograph&id=' + _id)
    },

    add: function(_target, _host) {
      this.ajax({ action: 'add', host: _host || '' }, function(_result) {
        jeeFrontEnd.heliograph.visit(_result.id)
      })
    },

    discover: function() {
      this.ajax({ action: 'discover', request: this.newRequest() })
      this.say('{{Recherche des passerelles sur le réseau…}}', 'info')
    },

    /* Coming from another plugin. */
    move: function() {
      jeeDialog.dialog({
        id: 'jee_modal',
        title: '{{Reprendre les commandes d’un autre plugin}}',
        contentUrl: 'index.php?v=d&plugin=heliograph&modal=move'
      })
    },

    roofs: function() {
      jeeDialog.dialog({
        id: 'jee_modal',
        title: '{{Groupes de micro-onduleurs}}',
        contentUrl: 'index.php?v=d&plugin=heliograph&modal=roofs'
      })
    },

    test: function() {
      var data = { action: 'test', gateway: this.gateway(), request: this.newRequest() }
      ;['host', 'password', 'token', 'enlighten_user', 'enlighten_password'].forEach(function(_name) {
        data[_name] = jeeFrontEnd.heliograph.field(_name).value
      })
      this.ajax(data)
      this.say('{{Test en cours…}}', 'info')
    },

    capture: function() {
      this.ajax({ action: 'capture', gateway: this.gateway(), request: this.newRequest() })
      this.say('{{Capture en cours : une à deux minutes…}}', 'info')
    },

    /* The file comes through the session: it has no address of its own. */
    download: function(_answer) {
      this.ajax({ action: 'captured', gateway: this.gateway() }, function(_content) {
        var bytes = Uint8Array.from(atob(_content), function(_letter) {
          return _letter.charCodeAt(0)
        })
        var link = document.createElement('a')
        link.href = URL.createObjectURL(new Blob([bytes], { type: 'application/zip' }))
        link.download = _answer.name
        link.click()
        URL.revokeObjectURL(link.href)
        jeeFrontEnd.heliograph.say(_answer.text, 'success')
      })
    },

    sync: function(_target, _trust) {
      if (jeeFrontEnd.modifyWithoutSave) {
        jeedomUtils.showAlert({ message: '{{Sauvegardez d’abord les modifications}}', level: 'warning' })
        return
      }
      var object = document.querySelector('.eqLogicAttr[data-l1key="object_id"]')
      if (object.value == '' && _trust !== true) {
        this.chooseObject(object)
        return
      }
      this.startSync({ trust: _trust === true ? 1 : 0 })
    },

    startSync: function(_more) {
      this.ajax(Object.assign({ action: 'sync', gateway: this.gateway(), request: this.newRequest() }, _more))
      this.say('{{Synchronisation en cours…}}', 'info')
    },

    /* Equipment without an object is on no dashboard: which one is asked before it is created. */
    chooseObject: function(_object) {
      var self = this
      var options = Array.from(_object.options).filter(function(_option) {
        return _option.value != ''
      }).map(function(_option) {
        return { value: _option.value, text: _option.textContent }
      })
      if (options.length == 0) options.push({ value: 'new', text: '{{Créer l’objet « Énergie solaire »}}' })
      options.push({ value: 'none', text: '{{Aucun : les équipements ne seront sur aucun dashboard}}' })
      jeeDialog.prompt({
        title: '{{Dans quel objet placer les équipements ?}}',
        inputType: 'select',
        inputOptions: options,
        callback: function(_chosen) {
          if (_chosen === null) return
          if (_chosen != 'none' && _chosen != 'new') {
            _object.value = _chosen
            jeeFrontEnd.modifyWithoutSave = false
          }
          self.startSync(_chosen == 'none' ? {} : { object: _chosen })
        }
      })
    },

    afterSync: function() {
      if (jeeFrontEnd.modifyWithoutSave) this.sayAfter()
      else jeedomUtils.loadPage(window.location.href)
    },

    /* Many inverters are many tiles: which ones is asked once, and can be changed on the page. */
    chooseTiles: function(_number) {
      var data = { action: 'tiles', gateway: this.gateway() }
      jeeDialog.prompt({
        title: _number + ' {{micro-onduleurs : quelles tuiles sur le dashboard ?}}',
        inputType: 'select',
        inputOptions: [
          { value: 'roof', text: '{{Une tuile pour tout le toit}}' },
          { value: 'single', text: '{{Une tuile par micro-onduleur}}' }
        ],
        callback: function(_choice) {
          if (_choice === null) {
            jeeFrontEnd.heliograph.afterSync()
            return
          }
          jeeFrontEnd.heliograph.ajax(Object.assign(data, { tiles: _choice }), function() {
            jeeFrontEnd.heliograph.afterSync()
          })
        }
      })
    },

    forget: function(_target) {
      var data = { action: 'forget', gateway: this.gateway(), secret: _target.getAttribute('data-secret') }
      jeeDialog.confirm('{{Effacer cet identifiant ? La passerelle risque de ne plus être lisible.}}', function(_yes) {
        if (!_yes) return
        jeeFrontEnd.heliograph.ajax(data, function() {
          jeeFrontEnd.heliograph.showState()
        })
      })
    },

    /* An answer to what was asked on this page; other pages' answers are not for us. */
    answer: function(_answer) {
      if (_answer.request !== this.request) return
      // What was still on its way is over with the last word.
      if (!['progress', 'working'].includes(_answer.kind)) this.request = null
      if (_answer.kind == 'found') {
        this.showFound(_answer.gateways)
      } else if (_answer.kind == 'progress') {
        this.say('{{Synchronisation en cours…}} ' + _answer.done + ' / ' + _answer.total, 'info')
      } else if (_answer.kind == 'working') {
        this.say(_answer.text, 'info')
      } else if (_answer.kind == 'synced') {
        this.after = '{{Synchronisation terminée}} : ' + _answer.total + ' {{équipements}}'
        if (_answer.choose > 0) this.chooseTiles(_answer.choose)
        else this.afterSync()
      } else if (_answer.kind == 'captured') {
        this.download(_answer)
      } else if (_answer.kind == 'changed') {
        this.say(_answer.text, 'warning')
        this.accept(null, _answer.text)
      } else {
        this.say(_answer.text, { failed: 'danger', warned: 'warning' }[_answer.kind] || 'success')
      }
    },

    /* Another certificate, or another gateway: the owner knows whether that is right. */
    accept: function(_target, _why) {
      var why = _why || document.getElementById('hg_stateText').textContent
      jeeDialog.confirm(this.escape(why) + '<br><br>{{Faire confiance à cette passerelle ?}}', function(_yes) {
        if (_yes) jeeFrontEnd.heliograph.sync(null, true)
      })
    },

    news: function(_news) {
      var id = document.querySelector('.eqLogicAttr[data-l1key="id"]')
      if (id && id.value == _news.gateway) this.showState()
    },

    showFound: function(_gateways) {
      var here = document.getElementById('hg_foundHere')
      var onForm = here !== null && here.isVisible()
      var place = onForm ? here : document.getElementById('hg_found')
      if (place === null) return
      if (_gateways.length == 0) {
        this.say('{{Aucune passerelle trouvée : indiquez son adresse à la main}}', 'warning')
        return
      }
      this.say('{{Passerelles trouvées}} : ' + _gateways.length, 'success')
      place.innerHTML = ''
      _gateways.forEach(function(_gateway) {
        var button = document.createElement('a')
        var known = document.querySelector('[data-hg_serial="' + CSS.escape(_gateway.serial) + '"], [data-hg_host="' + CSS.escape(_gateway.host) + '"]')
        button.className = 'btn btn-sm ' + (known ? 'btn-default' : 'btn-success')
        button.style.margin = '4px'
        button.textContent = _gateway.host + ' – ' + _gateway.serial + (_gateway.firmware ? ' – ' + _gateway.firmware : '') + (known ? ' – {{déjà ajoutée}}' : '')
        button.addEventListener('click', function() {
          if (onForm) {
            jeeFrontEnd.heliograph.field('host').value = _gateway.host
            jeeFrontEnd.modifyWithoutSave = true
          } else if (known) {
            jeeFrontEnd.heliograph.visit(known.getAttribute('data-hg_id'))
          } else {
            jeeFrontEnd.heliograph.add(null, _gateway.host)
          }
        })
        place.appendChild(button)
      })
    },

    showState: function() {
      var id = this.gateway()
      this.ajax({ action: 'state', id: id }, function(_state) {
        var self = jeeFrontEnd.heliograph
        if (self.gateway() != id) return
        self.list(document.querySelector('#hg_missing ul'), _state.missing)
        self.shown(document.getElementById('hg_missing'), _state.missing.length > 0)
        if (_state.secrets) self.showGateway(_state)
      })
    },

    shown: function(_el, _yes) {
      _yes ? _el.seen() : _el.unseen()
    },

    list: function(_place, _remarks) {
      _place.innerHTML = ''
      _remarks.forEach(function(_remark) {
        var item = document.createElement('li')
        item.textContent = _remark.what + ' – ' + _remark.why
        _place.appendChild(item)
      })
    },

    showGateway: function(_state) {
      document.querySelectorAll('[data-hg]').forEach(function(_el) {
        _el.textContent = _state[_el.getAttribute('data-hg')]
      })
      if (_state.state == 'ok' && _state.synced_at == '') {
        document.querySelector('[data-hg="synced_at"]').textContent = '{{aucune encore : cliquez sur Synchroniser}}'
      }
      this.shown(document.getElementById('hg_moved'), _state.address != '')
      this.list(document.getElementById('hg_remarks'), _state.remarks)
      var label = document.getElementById('hg_state')
      label.textContent = _state.word
      label.className = 'label label-' + _state.label
      this.shown(document.getElementById('hg_accept'), _state.daemon && (_state.state == 'changed' || _state.state == 'replaced'))
      document.getElementById('hg_stateText').textContent = _state.daemon ? _state.text : '{{Le démon n’est pas démarré}}'
      for (var name in _state.secrets) {
        // Not as a placeholder: the core shows those of secrets as dots.
        document.querySelector('[data-hgsecret="' + name + '"]').textContent = _state.secrets[name] ? '{{défini}}' : '{{non défini}}'
        document.querySelector('[data-action="forget"][data-secret="' + name + '"]').classList.toggle('disabled', !_state.secrets[name])
      }
      this.showToken(_state)
    },

    showToken: function(_state) {
      var place = document.getElementById('hg_token')
      if (_state.token_expires == '') {
        place.textContent = ''
        return
      }
      place.textContent = '{{Passerelle}} ' + _state.token_serial + ', {{rôle}} ' + _state.token_role +
        ', {{valable jusqu’au}} ' + _state.token_expires + ' (' + _state.token_left + ')'
      place.style.color = _state.token_ends ? 'var(--al-danger-color)' : ''
    }
  }
}

function heliographClick(_event) {
  var target = _event.target.closest('.hgAction')
  if (target === null) return
  jeeFrontEnd.heliograph[target.getAttribute('data-action')](target)
}

/* What belongs to a gateway's form is not kept with a device. */
function saveEqLogic(_eqLogic) {
  if (_eqLogic.configuration.kind != 'gateway') {
    ;['host', 'password', 'token', 'enlighten_user', 'enlighten_password', 'groups', 'tiles'].forEach(function(_key) {
      delete _eqLogic.configuration[_key]
    })
  }
  return _eqLogic
}

function printEqLogic(_eqLogic) {
  var gateway = !_eqLogic.configuration || !_eqLogic.configuration.kind || _eqLogic.configuration.kind == 'gateway'
  document.querySelectorAll('.hgGateway').forEach(function(_el) { gateway ? _el.seen() : _el.unseen() })
  document.querySelectorAll('.hgDevice').forEach(function(_el) { gateway ? _el.unseen() : _el.seen() })
  var answer = document.getElementById('hg_answer')
  answer.className = ''
  answer.textContent = ''
  document.getElementById('hg_foundHere').innerHTML = ''
  document.querySelectorAll('[data-hgdevice]').forEach(function(_el) {
    var key = _el.getAttribute('data-hgdevice')
    _el.textContent = key == 'lastCommunication' ? (_eqLogic.status || {})[key] || '' : _eqLogic.configuration[key] || ''
  })
  var parent = _eqLogic.configuration.gateway
  var card = document.querySelector('.eqLogicDisplayCard[data-eqLogic_id="' + parent + '"] .name strong')
  document.getElementById('hg_gateway').textContent = card ? card.textContent : ''
  document.getElementById('hg_gateway').setAttribute('href', 'index.php?v=d&m=heliograph&p=heliograph&id=' + parent)
  jeeFrontEnd.heliograph.showState()
  jeeFrontEnd.heliograph.sayAfter()
}

/* The core writes the unit of a value that is not there; the value is the last text in its mark-up. */
function heliographUnknown(_html) {
  return _html.replace(/>[^<>]*<span>$/, '>–<span>')
}

function addCmdToTable(_cmd) {
  if (document.getElementById('table_cmd') == null) return
  _cmd = isset(_cmd) ? _cmd : {}
  _cmd.configuration = isset(_cmd.configuration) ? _cmd.configuration : {}
  var info = _cmd.type == 'info'
  if (info && _cmd.state === '' && isset(_cmd.htmlstate)) _cmd.htmlstate = heliographUnknown(_cmd.htmlstate)
  var tr = '<td class="hidden-xs"><span class="cmdAttr" data-l1key="id"></span></td>'
  tr += '<td><div class="input-group">'
  tr += '<input class="cmdAttr form-control input-sm roundedLeft" data-l1key="name" placeholder="{{Nom de la commande}}">'
  tr += '<span class="input-group-btn"><a class="cmdAction btn btn-sm btn-default" data-l1key="chooseIcon" title="{{Choisir une icône}}"><i class="fas fa-icons"></i></a></span>'
  tr += '<span class="cmdAttr input-group-addon roundedRight" data-l1key="display" data-l2key="icon" style="font-size:19px;padding:0 5px 0 0!important;"></span>'
  tr += '</div></td>'
  tr += '<td><span class="type" type="' + init(_cmd.type) + '" style="display:none;">' + jeedom.cmd.availableType() + '</span>'
  tr += '<span class="subType" subType="' + init(_cmd.subType) + '" style="display:none;"></span>'
  tr += '<span class="label label-default">' + (info ? '{{Info}}' : '{{Action}}') + '</span> <small>' + init(_cmd.subType) + '</small></td>'
  tr += '<td><label class="checkbox-inline"><input type="checkbox" class="cmdAttr" data-l1key="isVisible"/>{{Afficher}}</label> '
  if (info) {
    tr += '<label class="checkbox-inline"><input type="checkbox" class="cmdAttr" data-l1key="isHistorized"/>{{Historiser}}</label>'
    if (_cmd.subType == 'numeric') {
      tr += '<br><input class="cmdAttr form-control input-sm" data-l1key="unite" placeholder="{{Unité}}" title="{{Unité}}" style="width:80px;display:inline-block;">'
    }
  }
  tr += '</td>'
  tr += '<td><span class="cmdAttr" data-l1key="htmlstate"></span></td>'
  tr += '<td>'
  if (is_numeric(_cmd.id)) {
    tr += '<a class="btn btn-default btn-xs cmdAction" data-action="configure"><i class="fas fa-cogs"></i></a> '
    tr += '<a class="btn btn-default btn-xs cmdAction" data-action="test"><i class="fas fa-rss"></i> {{Tester}}</a>'
  }
  tr += '</td>'
  var row = document.createElement('tr')
  row.className = 'cmd'
  row.setAttribute('data-cmd_id', init(_cmd.id))
  row.innerHTML = tr
  document.getElementById('table_cmd').querySelector('tbody').appendChild(row)
  row.setJeeValues(_cmd, '.cmdAttr')
  jeedom.cmd.changeType(row, init(_cmd.subType))
}

jeeFrontEnd.heliograph.init()
