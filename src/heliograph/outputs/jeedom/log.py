"""The daemon's log: in Jeedom's language, and under the name that the owner gave to the equipment."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any, Final

from heliograph.errors import Cause, HeliographError
from heliograph.model.labels import words

FRENCH: Final[Mapping[str, str]] = {
    "%s": "%s",
    "%s: %s": "%s : %s",
    "%s: firmware %s, %s": "%s : firmware %s, %s",
    "%s: the firmware changed from %s to %s": "%s : le firmware est passé de %s à %s",
    "%s does not let us in: %s": "%s refuse l’accès : %s",
    # No colon behind a question: a word after “check_jwt :” is taken for a secret.
    "%s answered %s with HTTP %d in %.2f s": "%s a répondu à %s par HTTP %d en %.2f s",
    "%s gave no answer to %s (%s)": "%s n’a pas donné de réponse à %s (%s)",
    "%s is asked again for %s: %s": "%s est interrogée de nouveau, %s : %s",
    "%s is not at %s: %s": "%s n’est pas à l’adresse %s : %s",
    "%s moved from %s to %s": "%s est passée de l’adresse %s à %s",
    "%s answers %s again": "%s répond de nouveau à %s",
    "%s answers again": "%s répond de nouveau",
    "%s: %s was refused (%s)": "%s : %s a été refusé (%s)",
    "%s: %d devices, %d questions to repeat": "%s : %d équipements, %d questions à répéter",
    "the network cannot be searched for gateways: %s": "la recherche de passerelles sur le réseau est impossible : %s",
    "Fetching a token by %s failed: %s": "L’obtention d’un jeton par %s a échoué : %s",
    "The access token could not be renewed: %s": "Le jeton d’accès n’a pas pu être renouvelé : %s",
    "A new access token was fetched: role %s, %d days left": "Nouveau jeton d’accès : rôle %s, encore %d jours",
    "reading %s failed unexpectedly": "erreur inattendue pendant la lecture de %s",
    "the ledger failed on what %s reports; its books stay as they are": "les cumuls de %s n’ont pas pu être tenus ; "
    "ils restent ce qu’ils étaient",
    "%s: %s New books are opened.": "%s : %s De nouveaux cumuls commencent.",
    "%s was replaced by gateway %s": "%s a été remplacée par la passerelle %s",
    "%s is %s": "%s : état « %s »",
    "%s: what is new about it cannot be written: %s": "%s : ce qui est nouveau ne peut être enregistré : %s",
    "A message to Jeedom cannot be written; it is dropped": "Un message à Jeedom ne peut être écrit ; il est abandonné",
    "Jeedom answers again": "Jeedom répond de nouveau",
    "Jeedom does not take the message (%s); trying again": "Jeedom n’accepte pas le message (%s) ; nouvel essai",
    "A message from Jeedom did not end; it is ignored": "Un message de Jeedom est inachevé ; il est ignoré",
    "A message on the socket is too large; it is ignored": "Un message reçu est trop grand ; il est ignoré",
    "A message on the socket is no JSON; it is ignored": "Un message reçu n’est pas du JSON ; il est ignoré",
    "A message on the socket has not the right key; it is ignored": "Un message reçu n’a pas la bonne clé ; ignoré",
    "A message from Jeedom (%s) could not be handled": "Un message de Jeedom (%s) n’a pas pu être traité",
    "Jeedom asked for something unknown: %s": "Jeedom demande une action inconnue : %s",
    "What %s said could not be passed on": "Les valeurs de %s n’ont pas pu être transmises",
    "What was asked on the page could not be done": "La demande de la page n’a pas pu être exécutée",
    "Heliograph %s starts": "Heliograph %s démarre",
    "Heliograph stops": "Heliograph s’arrête",
    "The daemon cannot go on": "Le démon ne peut continuer",
    "The daemon cannot go on: %s": "Le démon ne peut continuer : %s",
    "Port %d is in use by another program: choose another one in the plugin's configuration, setting “Daemon port”, "
    "then restart the daemon": "Le port %d est déjà utilisé par un autre programme : choisissez-en un autre dans la "
    "configuration du plugin, réglage « Port du démon », puis redémarrez le démon",
}
"""What each line of the log says in French."""


class Voice:
    """Speaks Jeedom's language in the log, and names the equipment that a line is about."""

    def __init__(self, language: str = "en") -> None:
        """Begin; the names come with the settings."""
        self.language = language
        self.names: Mapping[str, str] = {}
        """Key of a gateway → name of its equipment."""

    def install(self) -> None:
        """Have every record of Heliograph's loggers pass through here."""
        logging.setLogRecordFactory(self.record)

    def record(self, *args: Any, **more: Any) -> logging.LogRecord:
        """Return a record as `logging.LogRecord` would make it, in words for the owner."""
        record = logging.LogRecord(*args, **more)
        if record.name.startswith("heliograph") and isinstance(record.args, tuple):
            self._translate(record, record.args)
        return record

    def _translate(self, record: logging.LogRecord, args: tuple[object, ...]) -> None:
        template = str(record.msg)
        if self.language == "fr":
            template = FRENCH.get(template, template)
        text = template % tuple(self._worded(arg) for arg in args) if args else template
        name = self.names.get(_key_of_this_task())
        if name is not None and name not in text:
            text = f"{name} : {text}" if self.language == "fr" else f"{name}: {text}"
        record.msg, record.args = text, ()

    def _worded(self, arg: object) -> object:
        if isinstance(arg, HeliographError | Cause):
            return arg.text(self.language)
        if isinstance(arg, str):
            return self.names.get(arg) or words(self.language).get(f"state.{arg}", arg)
        return arg


def _key_of_this_task() -> str:
    """Return the last word of the running task's name: tasks that are about a gateway end theirs with its key."""
    try:
        task = asyncio.current_task()
    except RuntimeError:
        return ""
    return "" if task is None else task.get_name().rpartition(" ")[2]
