"""One tree of errors; each says what was asked, of whom, what came back and what to do, in French and English."""

import errno
from dataclasses import dataclass, field
from typing import Any, Final

MESSAGES: Final[dict[str, dict[str, str]]] = {
    "unreachable": {
        "en": "{host} does not answer ({cause}). Check the address, the cable or Wi-Fi, and that the gateway has "
        "power.",
        "fr": "{host} ne répond pas ({cause}). Vérifiez l’adresse, le câble ou le Wi-Fi, et que la passerelle est "
        "sous tension.",
    },
    "unresolved": {
        "en": "The name {host} is unknown on this network. Use the gateway's IP address, or search for it.",
        "fr": "Le nom {host} est inconnu sur ce réseau. Utilisez l’adresse IP de la passerelle, ou recherchez-la.",
    },
    "timeout": {
        "en": "{host} did not answer {target} within {seconds} s. The gateway may be busy or restarting; try again in "
        "a few minutes.",
        "fr": "{host} n’a pas répondu à {target} en {seconds} s. La passerelle est peut-être occupée ou en train de "
        "redémarrer ; réessayez dans quelques minutes.",
    },
    "interrupted": {
        "en": "{host} broke off while answering {target} ({cause}). Try again in a few minutes.",
        "fr": "{host} s’est interrompu en répondant à {target} ({cause}). Réessayez dans quelques minutes.",
    },
    "not_ready": {
        "en": "{host} answered {target} with HTTP {status}: it is starting or overloaded. Try again in a few minutes.",
        "fr": "{host} a répondu HTTP {status} à {target} : elle démarre ou est surchargée. Réessayez dans quelques "
        "minutes.",
    },
    "bad_answer": {
        "en": "Unreadable answer from {host} to {target} ({cause}). If it lasts, send a capture of it.",
        "fr": "Réponse illisible de {host} à {target} ({cause}). Si cela dure, envoyez-en un enregistrement.",
    },
    "not_a_gateway": {
        "en": "{host} answers, but not as an Enphase gateway ({cause}). Check the address.",
        "fr": "{host} répond, mais pas comme une passerelle Enphase ({cause}). Vérifiez l’adresse.",
    },
    "wrong_gateway": {
        "en": "{host} is gateway {found}, but {expected} was expected. Check the address; if the gateway was replaced, "
        "synchronise again.",
        "fr": "{host} est la passerelle {found}, alors que {expected} était attendue. Vérifiez l’adresse ; si la "
        "passerelle a été remplacée, synchronisez de nouveau.",
    },
    "password_needed": {
        "en": "{host} asks for a password, and its serial number is not known to derive the default one. Give the "
        "password.",
        "fr": "{host} demande un mot de passe, et son numéro de série est inconnu : le mot de passe par défaut ne peut "
        "en être déduit. Indiquez le mot de passe.",
    },
    "wrong_password": {
        "en": "{host} refused user {user} with this password. Unless changed, the password is the last 6 characters "
        "of the gateway's serial number.",
        "fr": "{host} a refusé l’utilisateur {user} avec ce mot de passe. Sauf changement, le mot de passe est formé "
        "des 6 derniers caractères du numéro de série de la passerelle.",
    },
    "token_needed": {
        "en": "{host} (firmware {firmware}) needs an access token. Get one at https://entrez.enphaseenergy.com, or "
        "give your Enlighten account.",
        "fr": "{host} (firmware {firmware}) demande un jeton d’accès. Obtenez-en un sur "
        "https://entrez.enphaseenergy.com, ou indiquez votre compte Enlighten.",
    },
    "token_malformed": {
        "en": "This is not an access token ({cause}). A token is one long text of three parts separated by dots; copy "
        "it whole.",
        "fr": "Ceci n’est pas un jeton d’accès ({cause}). Un jeton est un long texte en trois parties séparées par des "
        "points ; copiez-le en entier.",
    },
    "token_expired": {
        "en": "The access token expired on {expired}. Get a new one at https://entrez.enphaseenergy.com.",
        "fr": "Le jeton d’accès a expiré le {expired}. Obtenez-en un nouveau sur https://entrez.enphaseenergy.com.",
    },
    "token_foreign": {
        "en": "This access token belongs to gateway {found}, not to {expected}. Get one for {expected} at "
        "https://entrez.enphaseenergy.com.",
        "fr": "Ce jeton d’accès est celui de la passerelle {found}, non de {expected}. Obtenez celui de {expected} sur "
        "https://entrez.enphaseenergy.com.",
    },
    "token_refused": {
        "en": "{host} refused the access token although it has not expired. Get a new one at "
        "https://entrez.enphaseenergy.com, and check the gateway's clock.",
        "fr": "{host} a refusé le jeton d’accès bien qu’il ne soit pas expiré. Obtenez-en un nouveau sur "
        "https://entrez.enphaseenergy.com, et vérifiez l’horloge de la passerelle.",
    },
    "not_permitted": {
        "en": "Role “{role}” may not read {target} on {host}. An installer's token can; everything else works.",
        "fr": "Sur {host}, le rôle « {role} » n’a pas accès à {target}. Un jeton d’installateur l’aurait ; le reste "
        "fonctionne.",
    },
    "certificate_changed": {
        "en": "The certificate of {host} has changed ({found} instead of {expected}). After a firmware update or "
        "replacement, synchronise and accept it; otherwise another machine may be posing as the gateway.",
        "fr": "Le certificat de {host} a changé ({found} au lieu de {expected}). Après une mise à jour ou un "
        "remplacement, synchronisez et acceptez-le ; sinon, une autre machine se fait peut-être passer pour la "
        "passerelle.",
    },
    "downgraded": {
        "en": "{host} answers less securely than before ({cause}). An update never does that: another machine may be "
        "posing as the gateway. If you know the reason, synchronise and accept it.",
        "fr": "{host} répond de façon moins sûre qu’avant ({cause}). Une mise à jour ne fait jamais cela : une autre "
        "machine se fait peut-être passer pour la passerelle. Si vous en connaissez la raison, synchronisez et "
        "acceptez-le.",
    },
    "cloud_unreachable": {
        "en": "Enphase's service {host} does not answer ({cause}). The present token stays in use; it will be tried "
        "again later.",
        "fr": "Le service d’Enphase {host} ne répond pas ({cause}). Le jeton actuel reste utilisé ; un nouvel essai "
        "suivra.",
    },
    "cloud_credentials": {
        "en": "Enlighten refused this email or password. Check them by logging in at "
        "https://enlighten.enphaseenergy.com.",
        "fr": "Enlighten a refusé cet e-mail ou ce mot de passe. Vérifiez-les en vous connectant sur "
        "https://enlighten.enphaseenergy.com.",
    },
    "cloud_mfa": {
        "en": "This Enlighten account uses two-step verification, so a token cannot be fetched for you. Log in at "
        "https://entrez.enphaseenergy.com and paste the token.",
        "fr": "Ce compte Enlighten utilise la vérification en deux étapes : le jeton ne peut être obtenu à votre "
        "place. Connectez-vous sur https://entrez.enphaseenergy.com et collez le jeton.",
    },
    "cloud_blocked": {
        "en": "Enlighten says that this account is blocked. Log in at https://enlighten.enphaseenergy.com to unblock "
        "it, or wait a day.",
        "fr": "Enlighten indique que ce compte est bloqué. Connectez-vous sur https://enlighten.enphaseenergy.com pour "
        "le débloquer, ou attendez un jour.",
    },
    "cloud_no_right": {
        "en": "Enlighten knows the account, but gives no token for gateway {serial} (HTTP {status}). Check that the "
        "gateway belongs to this account, or paste a token from https://entrez.enphaseenergy.com.",
        "fr": "Enlighten reconnaît le compte, mais ne donne pas de jeton pour la passerelle {serial} (HTTP {status}). "
        "Vérifiez qu’elle appartient à ce compte, ou collez un jeton de https://entrez.enphaseenergy.com.",
    },
    "cloud_changed": {
        "en": "Unexpected answer from Enphase's service {host} ({cause}). Paste a token from "
        "https://entrez.enphaseenergy.com instead.",
        "fr": "Réponse inconnue du service Enphase {host} ({cause}). Collez plutôt un jeton de "
        "https://entrez.enphaseenergy.com.",
    },
    "cloud_paused": {
        "en": "Enlighten just refused the login. To avoid locking the account, retry after {until}.",
        "fr": "Enlighten vient de refuser la connexion. Pour ne pas bloquer le compte, réessayez après {until}.",
    },
    "cloud_stopped": {
        "en": "Enlighten refused the login {refusals} times; enter the credentials again to retry.",
        "fr": "Enlighten a refusé la connexion {refusals} fois ; ressaisissez les identifiants pour réessayer.",
    },
    "bad_address": {
        "en": "“{address}” is not an address. Give a name or an IP address, with a port if need be: envoy.local, "
        "192.168.1.20:443, [fe80::1]:443.",
        "fr": "« {address} » n’est pas une adresse. Indiquez un nom ou une adresse IP, avec un port au besoin : "
        "envoy.local, 192.168.1.20:443, [fe80::1]:443.",
    },
    "unwritable_file": {
        "en": "Cannot write the file {path} ({cause}).",
        "fr": "Impossible d’écrire le fichier {path} ({cause}).",
    },
    "usage": {"en": "{problem}", "fr": "{problem}"},
    "unreadable_file": {
        "en": "Cannot read the file {path} ({cause}).",
        "fr": "Impossible de lire le fichier {path} ({cause}).",
    },
    "bad_database": {
        "en": "“{problem}” is no database for the history. Give a folder (SQLite), or postgresql+psycopg://host/name "
        "with user and password.",
        "fr": "« {problem} » n’est pas une base pour l’historique. Indiquez un dossier (SQLite) ou "
        "postgresql+psycopg://hôte/nom avec utilisateur et mot de passe.",
    },
    "bad_span": {
        "en": "The end of the period must be after its start.",
        "fr": "La fin de la période doit suivre le début.",
    },
    "bad_step": {
        "en": "Unknown step “{step}”. Use raw, hour, day, month, year or a number of seconds.",
        "fr": "Pas invalide : « {step} ». Valeurs : raw, hour, day, month, year ou un nombre de secondes.",
    },
    "history_unknown_gateway": {
        "en": "The history holds nothing of gateway {serial}.",
        "fr": "L’historique ne contient rien de la passerelle {serial}.",
    },
    "history_too_new": {
        "en": "The history {database} was written by a newer Heliograph (its tables are at {found}, this version knows "
        "{known}). Install that version again, or restore a backup.",
        "fr": "L’historique {database} a été écrit par un Heliograph plus récent (ses tables en sont à {found}, cette "
        "version connaît {known}). Réinstallez cette version-là, ou restaurez une sauvegarde.",
    },
    "in_use": {
        "en": "{place} is in use by another Heliograph ({holder}). Stop that one first, or give this one a data folder "
        "and a history of its own.",
        "fr": "{place} est utilisé par un autre Heliograph ({holder}). Arrêtez d’abord celui-là, ou donnez à celui-ci "
        "son propre dossier de données et son propre historique.",
    },
    "taken_over": {
        "en": "While {place} could not be reached, another Heliograph wrote to it. This one ends, so that nothing is "
        "overwritten; let only one of them run.",
        "fr": "Pendant que {place} était inaccessible, un autre Heliograph y a écrit. Celui-ci s’arrête, pour ne rien "
        "écraser ; n’en laissez fonctionner qu’un seul.",
    },
    "history_unreachable": {
        "en": "The history {database} cannot be opened ({cause}). Check that the folder can be written, or that the "
        "database server runs and lets you in.",
        "fr": "L’historique {database} ne peut être ouvert ({cause}). Vérifiez que le dossier est accessible en "
        "écriture, ou que le serveur de base de données fonctionne et vous laisse entrer.",
    },
    "history_unreadable": {
        "en": "The history {database} cannot be read ({cause}). Try again; if it lasts, check disk and server.",
        "fr": "L’historique {database} ne peut être lu ({cause}). Réessayez ; si cela dure, vérifiez le disque et le "
        "serveur.",
    },
    "history_damaged": {
        "en": "The history file was damaged; it was set aside as {files} in {folder}, and a new one was begun. Restore "
        "a backup, or rescue what can be read with “sqlite3 FILE .recover”. This notice ends when you move or delete "
        "the damaged file.",
        "fr": "Le fichier de l’historique était endommagé ; il a été mis de côté sous {files} dans {folder}, et un "
        "nouveau a été commencé. Restaurez une sauvegarde, ou récupérez ce qui est lisible avec "
        "« sqlite3 FICHIER .recover ». Cet avis disparaît quand vous déplacez ou supprimez le fichier endommagé.",
    },
    "history_unwritable": {
        "en": "The history {database} cannot be written ({cause}). Readings wait in memory and are written when it can "
        "be written again. Check disk and server.",
        "fr": "L’historique {database} ne peut être écrit ({cause}). Les relevés attendent en mémoire et seront écrits "
        "dès que ce sera possible. Vérifiez le disque et le serveur.",
    },
    "history_lost": {
        "en": "The history {database} could not be written for too long: memory is full and the oldest values were "
        "dropped.",
        "fr": "L’historique {database} n’a pas pu être écrit pendant trop longtemps : mémoire pleine, les valeurs les "
        "plus anciennes sont perdues.",
    },
    "history_closed": {
        "en": "The history is closed, or open for reading only.",
        "fr": "L’historique est fermé, ou ouvert en lecture seule.",
    },
    "bad_format": {
        "en": "Unknown export format “{format}”. Use one of: {known}.",
        "fr": "Format d’export inconnu : « {format} ». Formats : {known}.",
    },
    "history_backup_elsewhere": {
        "en": "The history is in PostgreSQL; back it up with pg_dump and restore it with pg_restore.",
        "fr": "L’historique est dans PostgreSQL ; sauvegardez-le avec pg_dump et restaurez-le avec pg_restore.",
    },
    "history_bad_backup": {
        "en": "{path} is not an intact backup of the history ({cause}).",
        "fr": "{path} n’est pas une sauvegarde intacte de l’historique ({cause}).",
    },
    "missing_extra": {
        "en": "Part “{extra}” is not installed. To install it: {command}",
        "fr": "Module « {extra} » non installé. Pour l’installer : {command}",
    },
}
"""What each error says, by code and language; `{…}` are details given when it is raised."""

CAUSES: Final[dict[str, dict[str, str]]] = {
    "connection_refused": {"en": "connection refused", "fr": "connexion refusée"},
    "no_connection": {"en": "no connection within {seconds} s", "fr": "aucune connexion en {seconds} s"},
    "no_route": {"en": "no route to this address", "fr": "aucune route vers cette adresse"},
    "network": {"en": "network error {number}", "fr": "erreur réseau {number}"},
    "tls": {"en": "no secure connection: {detail}", "fr": "pas de connexion sécurisée : {detail}"},
    "not_secure": {
        "en": "it wants a token, but offers no secure connection",
        "fr": "elle demande un jeton, mais n’offre pas de connexion sécurisée",
    },
    "no_https_now": {
        "en": "it answers without encryption, and used https before",
        "fr": "elle répond sans chiffrement, alors qu’elle utilisait https",
    },
    "no_token_now": {
        "en": "it asks for no token, and did so before",
        "fr": "elle ne demande plus de jeton, alors qu’elle en demandait un",
    },
    "older_firmware": {
        "en": "firmware {found} after {expected}",
        "fr": "firmware {found} après {expected}",
    },
    "closed": {"en": "it closed the connection", "fr": "elle a fermé la connexion"},
    "incomplete": {"en": "the answer is incomplete", "fr": "la réponse est incomplète"},
    "not_http": {"en": "this is not HTTP", "fr": "ce n’est pas du HTTP"},
    "too_large": {"en": "more than {limit} bytes", "fr": "plus de {limit} octets"},
    "empty_answer": {"en": "the answer is empty", "fr": "la réponse est vide"},
    "status": {"en": "HTTP {status}", "fr": "HTTP {status}"},
    "redirect": {"en": "it points elsewhere", "fr": "elle renvoie ailleurs"},
    "html": {"en": "got a web page instead", "fr": "page web reçue à la place"},
    "no_document": {"en": "HTTP {status}, no /info document", "fr": "HTTP {status}, pas de document /info"},
    "no_serial": {"en": "its /info names no serial number", "fr": "son /info n’indique aucun numéro de série"},
    "strange_serial": {
        "en": "what its /info names as serial number is none",
        "fr": "ce que son /info donne pour numéro de série n’en est pas un",
    },
    "not_json": {"en": "not the expected JSON", "fr": "pas le JSON attendu"},
    "not_a_token": {"en": "no token in the answer", "fr": "réponse sans jeton"},
    "expired_token": {"en": "the token it gave is over", "fr": "le jeton reçu a déjà expiré"},
    "sign_in_first": {"en": "it asks to sign in first", "fr": "le service demande de se connecter d’abord"},
    "foreign_token": {"en": "the token is for gateway {found}", "fr": "le jeton est celui de la passerelle {found}"},
    "silent": {"en": "no answer within {seconds} s", "fr": "pas de réponse en {seconds} s"},
    "nothing_there": {"en": "it is empty", "fr": "il est vide"},
    "not_three_parts": {"en": "parts found: {parts}", "fr": "parties trouvées : {parts}"},
    "strange_characters": {
        "en": "it holds characters that no token has",
        "fr": "il contient des caractères qu’aucun jeton n’a",
    },
    "undecodable": {"en": "it cannot be decoded", "fr": "il ne peut être décodé"},
    "no_gateway_named": {"en": "it names no gateway", "fr": "il ne nomme aucune passerelle"},
    "no_expiry": {"en": "it names no expiry", "fr": "il n’indique aucune échéance"},
    "damaged": {
        "en": "it is damaged and was set aside as {aside}",
        "fr": "il est endommagé et a été mis de côté sous {aside}",
    },
    "database_locked": {"en": "locked by another program", "fr": "verrouillée par un autre programme"},
    "former_session": {
        "en": "the server still keeps our former session; it ends within a minute or two",
        "fr": "le serveur garde encore notre session précédente ; elle se termine d’ici une à deux minutes",
    },
    "disk_full": {"en": "the disk is full", "fr": "le disque est plein"},
    "disk_error": {"en": "the disk reports an error", "fr": "le disque signale une erreur"},
    "disk_readonly": {"en": "it is read-only", "fr": "lecture seule"},
    "no_history": {"en": "it holds no history", "fr": "il ne contient pas d’historique"},
    "no_such_file": {"en": "no such file", "fr": "fichier introuvable"},
    "no_access": {"en": "access is denied", "fr": "l’accès est refusé"},
    "folder": {"en": "this is a folder", "fr": "c’est un dossier"},
    "no_folder": {"en": "its folder is a file", "fr": "son dossier est un fichier"},
    "read_only": {"en": "this disk can only be read", "fr": "ce disque est en lecture seule"},
    "address_taken": {"en": "another program listens there", "fr": "un autre programme y écoute déjà"},
    "no_such_address": {"en": "this computer has no such address", "fr": "cet ordinateur n’a pas cette adresse"},
    "system": {"en": "{detail}", "fr": "{detail}"},
}
"""What stands for `{cause}` in the messages, by code and language."""

_OF_THE_SYSTEM: Final = {
    errno.ENOENT: "no_such_file",
    errno.EACCES: "no_access",
    errno.EPERM: "no_access",
    errno.EISDIR: "folder",
    errno.ENOTDIR: "no_folder",
    errno.EROFS: "read_only",
    errno.ENOSPC: "disk_full",
    errno.EIO: "disk_error",
    errno.EADDRINUSE: "address_taken",
    errno.EADDRNOTAVAIL: "no_such_address",
}


def _say(sentences: dict[str, str], language: str, details: dict[str, Any]) -> str:
    return sentences.get(language, sentences["en"]).format_map(details)


@dataclass(frozen=True, slots=True)
class Cause:
    """Why something failed: a code of `CAUSES` and the details its words name."""

    code: str
    details: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, err: OSError) -> "Cause":
        """Return in our words what the operating system says in its own; what it seldom says stays as it is."""
        code = _OF_THE_SYSTEM.get(err.errno or 0)
        return cls(code) if code else cls("system", {"detail": err.strerror or str(err) or type(err).__name__})

    def text(self, language: str = "en") -> str:
        """Return the sentence in a language (`fr`, `en`)."""
        return _say(CAUSES[self.code], language, self.details)

    def __str__(self) -> str:
        return self.text()


class HeliographError(Exception):
    """Anything that Heliograph reports instead of a result; never holds a secret."""

    def __init__(self, code: str, **details: object) -> None:
        """Take a code of `MESSAGES` and the details its sentence names."""
        super().__init__(code)
        self.code: Final = code
        self.details: Final = details

    def text(self, language: str = "en") -> str:
        """Return the sentence in a language (`fr`, `en`), one line."""
        details = {
            key: value.text(language) if isinstance(value, Cause) else value for key, value in self.details.items()
        }
        return _say(MESSAGES[self.code], language, details)

    def __str__(self) -> str:
        return self.text()


class UsageError(HeliographError):
    """The caller asked for something that makes no sense, or named a file that is not there."""


class InUseError(HeliographError):
    """Another Heliograph writes to this data folder or history."""


class UnreachableError(HeliographError):
    """The gateway could not be reached, or broke off."""


class AnswerError(HeliographError):
    """The gateway was reached, and what it said could not be used."""


class NotAGatewayError(HeliographError):
    """Somebody answers at this address, but not the gateway that was meant."""


class RefusedError(HeliographError):
    """The gateway does not let us in."""


class NotPermittedError(RefusedError):
    """The session is good, this endpoint is not for this role."""


class TrustError(HeliographError):
    """What answers does not prove to be the gateway that was trusted; its owner may accept it."""


class CertificateError(TrustError):
    """The gateway's certificate key is not the one that was trusted."""


class DowngradeError(TrustError):
    """The gateway answers with older firmware than before, or less securely."""


class CloudError(HeliographError):
    """Enphase's service did not give a token."""
