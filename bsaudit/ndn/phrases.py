"""What servers say and what they mean by it. Data only: case-folded, single blanks, most telling reason first."""

from __future__ import annotations

from bsaudit.model.notification import Reason
from bsaudit.ndn.lookup import Words

VIRUS = (
    "clamav", "eicar", "virus", "malware", "infected", "ransomware", "trojan", "exploit",
    "phishing with attachment", "вирус", "ウイルス", "ウィルス", "病毒", "dangerous attachment",
    "bad file extension", "banned attachment", "banned file", "prohibited attachment",
    "attachment type not allowed", "illegal attachment", "blocked attachment", "contains an attachment",
    "potentially executable",
)  # fmt: skip
TOO_BIG = (
    "line limit exceeded", "exceeds maximum", "size limit", "message size", "too large", "too big",
    "message length exceeds", "exceeds size", "exceeded maximum size", "maximum message size",
    "message exceeds", "exceeds the maximum", "larger than", "size exceeded", "max message size",
    "maximum size", "exceeds fixed", "exceeds limit", "exceeds the limit", "message is larger", "zu groß",
    "trop volumineux", "demasiado grande", "muito grande", "troppo grande", "te groot", "zbyt duż",
    "слишком больш", "превышает максимальный размер", "サイズが", "超过", "大小限制", "mesgtoobig",
    "exceeds administrative limit", "message header size, or recipient list, exceeds policy limit",
)  # fmt: skip
FULL = (
    "messages in mailbox", "messages in the mailbox", "mailbox full", "mailbox is full", "diskspace quota",
    "too many messages on the server", "overdrawn his", "zuviele mails", "mailbox has exceeded",
    "mailbox exceeds", "exceeded storage", "over quota", "overquota", "quota exceed", "have enough space",
    "exceeded quota", "exceeded their quota", "exceeded its quota", "exceeds quota", "exceeded the quota",
    "quota is exceeded", "disk quota", "mail quota", "mailbox quota", "quota violation", "out of quota",
    "over the quota", "over his quota", "over their quota", "over the maximum allowed quota", "quota limit",
    "no free space", "mailbox usage", "空きがありません", "空き容量", "cuota del buzón", "übervoll",
    "mailbox is vol", "innkassen er full", "storage limit", "mailfolder is full", "folder is full",
    "inbox is full", "mailbox size limit", "exceed the quota", "exceeding quota", "account is full",
    "account full", "too much mail in", "has too much mail", "mailbox was full", "full mailbox", "mailfull",
    "mail box full", "exceeded mailbox", "user is over", "user over", "not enough storage",
    "recipient storage full", "would exceed mailbox", "is overquota", "no space left for this user",
    "error writing message: file too large", "user has exhausted", "exceeded email quota", "exceeded the space",
    "out of storage", "quotaexceeded", "quota reached", "exceeds allowed size", "maildir over", "mailbox over",
    "mailbox limit", "user mailbox exceeds", "maximum mailbox size", "mbox size", "boîte pleine", "est pleine",
    "boîte aux lettres pleine", "quota dépassé", "dépassement de quota", "postfach voll", "postfach ist voll",
    "speicherplatz", "kontingent", "buzón lleno", "casilla llena", "cuota excedida", "excedido la cuota",
    "excedeu a quota", "caixa cheia", "caixa postal cheia", "caixa de correio cheia", "cota excedida",
    "casella piena", "casella di posta piena", "mailbox vol", "postbus vol", "postvak vol", "skrzynka pełna",
    "przepełnion", "przekroczon", "переполнен", "превышена квота", "превышен лимит", "квота", "ящик полон",
    "容量超", "容量を超", "容量オーバー", "メールボックスが一杯", "メールボックスがいっぱい",
    "メールボックスが満杯", "number of messages in recipient's mailbox", "邮箱已满", "邮箱空间不足", "信箱已滿",
    "空间已满", "空間不足", "容量不足", "超出配额", "사서함이 가득", "용량 초과", "용량이 초과", "kutusu dolu",
    "kota aşıl", "kotası", "brevlådan är full", "postkassen er fuld", "postkassen er full", "innboks full",
    "täynnä", "переповнен", "megtelt", "schránka je plná", "plná schránka", "este plină", "γεμάτο",
    "кутия е пълна", "תיבה מלאה", "התיבה מלאה", "ممتلئ", "đã đầy", "kotak surat penuh",
    "mailbox for user is full", "mailbox currently full", "exceeded his quota",
)  # fmt: skip
DISABLED = (
    "destinataire est bloque", "recipient account is blocked", "account is blocked", "mailbox is blocked",
    "account has been disabled", "temporary locked", "account disabled", "account is disabled",
    "mailbox disabled", "mailbox is disabled", "user disabled", "disabled or discontinued",
    "account that you tried to reach is disabled", "account inactive", "account is inactive",
    "inactive account", "inactive user", "inactive mailbox", "mailbox is inactive", "user is inactive",
    "mailbox inactive", "account suspended", "account is suspended", "has been suspended", "is suspended",
    "user suspended", "mailbox suspended", "account locked", "account is locked", "mailbox is locked",
    "account deactivated", "been deactivated", "deactivated mailbox", "is deactivated", "account expired",
    "account has expired", "mailbox is frozen", "is frozen", "account has been locked", "account closed",
    "account is closed", "account has been closed", "not been collected", "temporarily disabled",
    "mailbox temporarily disabled", "currently disabled", "currently suspended", "dormant", "sleeping user",
    "archived recipient", "not active", "no longer active", "no longer accepts mail", "no longer on server",
    "has been deactivated", "is not active", "disabled mailbox", "disabled user",
    "has been blocked for inactivity", "has been inactive", "mailbox abandoned", "account abandoned",
    "is abandoned", "not used for a long time", "заблокирован", "отключен", "неактив", "deaktiviert",
    "gesperrt", "désactivé", "inactif", "deshabilitad", "desactivad", "inactiv", "desativad", "suspens",
    "está suspendid", "disabilitat", "disattivat", "uitgeschakeld", "zablokowan", "nieaktywn", "停止", "停用",
    "已禁用", "冻结", "휴면", "정지", "devre dışı", "account not enabled", "is administratively disabled",
    "mailbox blocked", "user locked",
)  # fmt: skip
USER = (
    "user unknown", "unknown user", "recipient address rejected: access denied", "check if address is correct",
    "verify that the recipient address", "user_unknown", "not unique", "mail-box not found", "badrcptto",
    "no such user", "unknown recipient", "recipient unknown", "no such recipient", "user not found",
    "user does not exist", "user doesn't exist", "does not exist", "doesn't exist", "not exist",
    "no mailbox here", "no mailbox by that name", "no mail box", "bad_recipient", "is not an active address",
    "nonexistent user", "no such mailbox", "no mailbox", "unknown mailbox", "mailbox unknown",
    "mailbox not found", "mailbox does not", "mailbox unavailable", "recipient not found", "recipnotfound",
    "recipientnotfound", "not found by smtp address lookup", "unknown address", "address unknown",
    "address not found", "no such address", "unknown local", "unknown account", "no such account",
    "account not found", "account does not", "doesn't have a", "does not have a", "not a valid user",
    "not a valid mailbox", "not a valid recipient", "not a known user", "not our customer", "invalid user",
    "invalid mailbox", "invalid recipient", "invalid address", "invalid email", "bad destination mailbox",
    "unrouteable address", "user not known", "not known", "unknown email", "unknown destination address",
    "recipient address rejected: undeliverable", "undeliverable address", "user is unknown",
    "recipient is unknown", "no user", "nouser", "no recipient", "not listed in", "not in directory",
    "not recognized", "not recognised", "no one by that name", "isn't in our", "no longer available",
    "no longer exist", "no longer valid", "no longer here", "no longer at this", "no longer works",
    "no longer with", "has moved", "user moved", "no longer a valid", "does not match any", "ambiguous",
    "mailbox name not allowed", "unknown or illegal", "user account", "address error",
    "address rejected: unknown", "bad address", "bad recipient", "bad mailbox", "incorrect address",
    "address is possibly incorrect", "couldn't be found", "could not be found", "cannot be found",
    "can't be found", "wasn't found", "was not found", "not found at", "no valid recipient",
    "no matches to nameserver", "child status 100", "unable to relay for this user", "account is unavailable",
    "account unavailable", "user unavailable", "mailbox is unavailable", "mailaddress unknown",
    "is not a registered", "not registered", "non-existent", "nonexistent", "unknown username",
    "recipient rejected", "adresse inconnue", "utilisateur inconnu", "destinataire inconnu", "n'existe pas",
    "introuvable", "unbekannt", "existiert nicht", "nicht gefunden", "gibt es nicht", "nicht vorhanden",
    "verzeichnis aufgeführt", "non répertorié", "no figura en", "non elencat", "no existe", "desconocido",
    "no encontrado", "inexistente", "não existe", "desconhecido", "não encontrado", "inesistente",
    "sconosciuto", "non esiste", "non trovato", "bestaat niet", "onbekend", "niet gevonden", "nie istnieje",
    "nieznany", "nie znaleziono", "не существует", "не найден", "неизвестн", "несуществующ", "нет такого",
    "存在しません", "存在しない", "見つかりません", "不明なユーザ", "ありません", "宛先不明", "見つからない",
    "不存在", "不正确", "查无此", "找不到", "無此", "没有找到", "존재하지", "없는 사용자", "찾을 수 없",
    "수신자가 없", "bulunamad", "mevcut değil", "finns inte", "okänd", "findes ikke", "finnes ikke", "ukjent",
    "ukendt", "ei ole olemassa", "tuntematon", "neexistuje", "neznám", "nem létezik", "ismeretlen", "nu există",
    "δεν υπάρχει", "не існує", "не съществува", "ne postoji", "ne obstaja", "no existeix", "không tồn tại",
    "tidak ditemukan", "ไม่พบผู้รับ", "غير موجود", "לא קיים", "no such person",
    "destination mailbox address invalid", "no local mailbox", "relaying mail to nonlocal",
    "name is not recognized", "local address", "is not a user", "user invalid", "addressee unknown",
)  # fmt: skip
# Words of one meaning only, which stand in sentences that speak of other things too
CLEAR_SPAM = (
    "spam classification", "identified as spam", "classified as spam", "considered spam",
    "considered to be spam", "as spam", "is spam", "looks like spam", "spam detected", "detected spam",
    "message is spam", "spam content", "spam message", "ofr_506", "seems to be spam", "spam score", "gtube",
    "likely spam", "probable spam", "spamassassin", "unsolicited mail", "headers too large", "dt:spm", "surbl", "uribl",
)  # fmt: skip
CLEAR_PROTOCOL = (
    "5322 compliant", "2822 compliant", "rfc 5322", "rfc 2822", "duplicate header",
    "multiple addresses in from", "rfc compliant", "multiple subject", "bare lf", "bare line", "bare newline",
    "barelinefeed", "line length", "line too long", "corrupt", "command not", "command unrecognized",
    "unrecognized command", "unrecognised command",
)  # fmt: skip
FILTERED = (
    "recipient preferences", "due to recipient", "recipient's filter", "user's filter", "rejected by user",
    "they are not accepting mail", "domain-specific reception", "blocked by recipient",
    "blocked by the recipient", "blocked by user", "recipient has blocked",
    "recipient does not accept mail from", "recipient's personal", "user filter", "personal block",
    "recipient refused", "recipient refuses",
)  # fmt: skip
SENDER = (
    "ofr_999", "no access from mail server", "open relay", "e-mail is redundant", "client host blocked",
    "adresse ip source", "smtp authentication", "authentication required", "must authenticate", "auth required",
    "not authenticated", "network not allowed", "from a dynamic", "dynamic ip", "access to this mail system",
    "domain of sender", "sender address rejected", "sender domain", "sender rejected", "sender was rejected",
    "sender denied", "reverse dns", "reverse lookup", "ptr record", "missing reverse", "no ptr",
    "sender verify", "sender verification", "my name was rejected", "domain of the sender", "return path",
    "envelope sender", "from address", "very low reputation", "low reputation", "poor reputation",
    "bad reputation", "ip reputation", "reputation of the sending", "user complaints", "mismatches client ip",
    "invalid ip for sending", "unauthenticated", "dmarc", "dkim", "spf ", "authentication information",
    "banned sending ip", "spamhaus", "spamcop", "barracudanetworks", "sorbs", "dnsbl", " rbl", "(rbl", "[rbl",
    "blocklist", "blacklist", "black list", "block list", "access denied, ", "client host rejected", "your ip",
    "sending ip", " ip=", "helo command rejected", "helo name", "host name looks", "hostname looks",
    "invalid helo", "invalid ehlo", "blocked senders", "invalid sender", "bounce attack",
)  # fmt: skip
HOST = (
    "malformed or unexpected name server reply", "dns domain", "host unknown", "unknown host",
    "name or service not known", "host does not accept mail", "not accepting network messages",
    "domain is not reachable", "could not find a gateway", "host not found", "domain not found",
    "no such domain", "nxdomain", "unknown domain", "domain does not exist", "domain doesn't exist",
    "name service error", "name server error", "unrouteable mail domain", "unrouteable domain",
    "unroutable domain", "unrouteable mail", "no mx", "mx record", "no mail exchanger", "no host found",
    "can't find mail server", "illegal host", "domain name not found", "dns error", "dns lookup",
    "bad destination host", "couldn't find any host", "could not be resolved", "does not accept mail (nullmx)",
    "nullmx", "null mx", "does not accept email", "doesn't receive email", "no address record", "lookup failed",
    "host or domain name not found", "domain of sender address", "no such host",
    "couldn't find a mail exchanger", "all relevant mx", "lowest numbered mx", "domain must exist",
    "domain does not accept mail", "server does not accept mail", "system does not accept mail",
    "invalid domain", "domain could not be found", "hostname lookup", "unknown mail server", "hostunknown",
    "appear to be registered", "domain invalid", "lookup of domain", "address resolution", "домен не",
    "nicht auflös", "domain unbekannt", "domaine inconnu", "dominio desconocido", "domínio não", "dominio non",
    "域名", "ホストが見つ", "ドメインが", "도메인",
)  # fmt: skip
RELAY = (
    "relaying denied", "not configured to relay", "trying to use me", "relay denied", "relay access denied",
    "relay not permitted", "relaying not allowed", "not permitted to relay", "unable to relay",
    "relaying prohibited", "we don't relay", "relay operation rejected", "relay prohibited",
    "relaying temporarily", "we do not relay", "no relaying", "relay rejected", "relaying is not",
    "relay not allowed", "relaying mail to", "isn't in my list of allowed rcpthosts",
    "not in my list of allowed", "not allowed to relay", "cannot relay", "insecure mail relay", "mail relay",
    "not local to this server", "not a gateway", "norelaying", "as a relay", "relay attempt",
    "unauthorized relay", "be relayed", "through this server without authentication",
)  # fmt: skip
SPAM = (
    "spam", "unsolicited", "8-bit data in message header", "junk", " ube", "bulk mail", "bulk email",
    "content filter", "content rejected", "message content", "content restriction", "rejected by content",
    "rejected for content", "spamassassin", "gtube", "looks like spam", "looks like bulk", "bayes",
    "contains forbidden", "phish", "scam", "suspicious", "blacklisted url", "url in", "domain in message",
    "surbl", "uribl", "dbl.", " score", "нежелательн", "спам", "スパム", "迷惑メール", "垃圾", "스팸",
    "inappropriate content", "message filtered", "message was filtered", "csi.", "high probability",
    "mail content denied", "undesirable",
)  # fmt: skip
CLEAR_RATE = (
    "frequency limit", "relay quota", "sending limit", "sending quota", "sent too many", "rate limit",
    "too many connections", "connection rate", "throttl", "too many messages from", "too many recipients",
    "receiving mail too quickly", "mail at a rate", "unusual rate", "too much mail from", "unusual sending",
    "limits for how many",
)  # fmt: skip
RATE = (
    "server busy", "too busy", "rate limit", "ratelimit", "too many", "too fast", "throttl",
    "exceeded the rate", "rate exceeded", "sending rate", "limit exceeded", "daily limit", "hourly limit",
    "quota for sending", "connection limit", "connections from", "slow down", "receiving mail too quickly",
    "receiving mail at a rate", "mail at a rate", "excessive", "max sending", "max defers", "exceeded the max",
    "try again later, rate", "connection rate", "concurrent", "sessions per", "message rate", "over the limit",
)  # fmt: skip
POLICY = (
    "blocked", "blocklist", "block list", "blacklist", "black list", "block-list", "black-list", "dnsbl",
    " rbl", "(rbl", "[rbl", "spamhaus", "spamcop", "barracuda", "sorbs", "reputation", "dmarc", "dkim", "spf",
    "sender policy", "sender rejected", "sender address rejected", "banned", "sender denied", "sender verify",
    "sender verification", "access denied", "access is denied", "not authorized", "not authorised",
    "unauthenticated", "authentication required", "not permitted", "permission", "prohibited", "policy",
    "reverse dns", "ptr record", "ptr", "rdns", "no reverse", "helo", "ehlo", "dynamic ip", "dynamic",
    "dial-up", "dialup", "residential", "verboten", "forbidden", "not allowed", "restricted", "restriction",
    "security", "refused by", "your ip", "sending ip", "client host rejected", "client host", "poor reputation",
    "greylist", "gray list", "graylist", "grey list", "not accepting mail from", "not accepted from",
    "is not accepted", "bounce address", "sender domain", "domain of sender", "null sender", "envelope blocked",
    "mail from", "mail rejete", "ofr_", "ofr-", "lpn", "administrative prohibition", "administratively",
    "unauthorized", "not acceptable", "delivery not authorized", "message refused", "message rejected",
    "rejected by", "denied", "refused", "please use the smtp", "moderat", "only accepts mail from",
    "not a member", "subscribers", "unresolvable", "unverifiable", "abgelehnt", "abgewiesen", "verweigert",
    "refusé", "rejeté", "rechazad", "rejeitad", "rifiutat", "geweigerd", "odrzucon", "отклонен", "запрещ",
    "拒否", "拒绝", "拒收", "拒絕", "許可されて", "거부", "차단", "reddedil", "avvisad", "afvist", "avvist",
    "hylätty",
)  # fmt: skip
# A port that refuses, not a person: before the many things that "refused" may mean.
CLOSED_PORT = ("connection refused", "refused connection", "reply: read error")
LOCAL = (
    "service refuse", "service currently unavailable", "command died", "command output", "procmail:",
    "maildrop:", "can't create output", "can't create user output", "couldn't create", "cannot append",
    "loops back to myself", "local configuration error", "i/o error", "out of memory", "disk full",
    "no space left on device", "internal error", "internal server error", "internal system error",
    "system error", "duplicated message-id", "loop alert", "unable to contact ldap", "exit status", "pipe to |",
    "local delivery failed", "mail for system",
)  # fmt: skip
# Before "expired", which also happens to messages
CLEAR_DISABLED = (
    "account has expired", "account expired", "account is expired", "mailbox expired", "mailbox has expired",
)  # fmt: skip
CLEAR_TLS = ("certificate has expired", "certificate expired", "certificate is expired", "expired certificate")
CLEAR_LOGIN = ("password expired", "password has expired", "credentials expired")
# cPanel's sentence for a domain that is not set up; it lists every other cause, too
NO_DOMAIN = ("missing the proper dns entries",)
LOOP = (
    "host name lookup failure", "temporary lookup failure", "temporary failure in name resolution",
    "dns server failure", "routing loop", "too many hops", "hop count", "mail loop", "maximum hop",
    "mail forwarding loop", "looping",
)  # fmt: skip
EXPIRED = (
    "retry timeout exceeded", "hosts have been failing", "did not accept our requests to connect",
    "socket error", "connection timed out", "host not reachable", "could not deliver for the last",
    "connection refused by all", "message expired", "delivery retry timeout", "expired",
    "too long in the queue", "in the queue too long", "retry timeout", "retry time not reached",
    "has been in the queue", "been in the queue", "too long on queue", "maximum delivery attempts",
    "queue too long", "timed out waiting", "delivery timeout", "for a long time", "multiple retries",
    "after more than", "could not be delivered for", "been failing for", "cannot send message for",
    "could not send message for", "within 0 days", "was not delivered within", "message timed out",
    "exceeded maximum time", "given up", "giving up after", "not collected", "unable to deliver message after",
    "attempts to deliver", "4.4.7", "queue.expired",
)  # fmt: skip
NETWORK = (
    "connection timed out", "connection refused", "connection reset", "no route to host",
    "network is unreachable", "network unreachable", "network error", "connection was dropped",
    "connection dropped", "connection closed", "lost connection", "connect to", "could not connect",
    "couldn't connect", "unable to connect", "cannot connect", "can't connect", "failed to connect",
    "connection failed", "connection error", "socket error", "host not reachable", "host is unreachable",
    "host unreachable", "not responding", "no answer from host", "did not respond", "didn't respond",
    "not respond", "timeout", "timed out", "time out", "timed-out", "starttls", "tls ", "tls is", "ssl",
    "certificate", "handshake", "establish", "smtp connection", "bad connection", "broken pipe",
    "conversation with", "unreachable", "hosts failed", "all hosts", "server unavailable", "busy",
    "routing loop", "mail loop", "loop", "not accept our requests to connect", "open connection", "соединени",
    "接続", "连接", "連線", "연결", "verbindung", "connexion", "conexión", "conexão", "connessione",
    "verbinding", "połącz",
)  # fmt: skip
SYSTEM = (
    "transaction failed", "internal error", "internal server error", "internal system error", "system error",
    "local error", "local configuration error", "configuration error", "server error", "resources",
    "insufficient", "out of memory", "disk full", "no space left", "disk is full", "cannot open", "can't open",
    "could not open", "can't create", "cannot create", "cannot append", "unable to open", "permission denied",
    "command died", "command output", "command failed", "i/o error", "read error", "write error", "temporar",
    "system not accepting", "try again later", "service unavailable", "service not available", "unavailable",
    "ldap", "database", "mailer", "child", "pipe", "maildrop", "procmail", "local delivery", "unexpected",
    "aliasing", "alias", "server configuration", "misconfigur", "mail system", "system resources", "filesystem",
    "file system", "systemerror", "loops back", "user defined signal", "exit status", "can't exec",
    "returned error", "delivery agent", "program failure", "bad file",
)  # fmt: skip
PROTOCOL = (
    "syntax error", "bad sequence", "command not", "unrecognized command", "unknown command", "not rfc", "rfc ",
    "rfc5", "rfc2", "rfc-", "malformed", "protocol error", "header", "8bit", "8-bit", "8bitmime", "smtputf8",
    "non-ascii", "utf-8", "utf8", "invalid character", "bare lf", "bare newline", "line too long", "conversion",
    "mime ", "mime-", "parameter", "syntax", "remote protocol", "no recipients", "missing header", "duplicate header",
    "multiple addresses in from", "illegal", "encoding", "not supported", "unsupported", "improper",
    "not compliant",
)  # fmt: skip

Phrases = tuple[tuple[Reason, Words], ...]

PHRASES: Phrases = (
    (Reason.MAILBOX_FULL, Words(FULL)),
    (Reason.VIRUS, Words(VIRUS)),
    (Reason.RELAY_DENIED, Words(RELAY)),
    (Reason.SYSTEM, Words(LOCAL)),
    (Reason.HOST_UNKNOWN, Words(NO_DOMAIN)),
    (Reason.NETWORK, Words((*LOOP, *CLEAR_TLS))),
    (Reason.MAILBOX_DISABLED, Words(CLEAR_DISABLED)),
    (Reason.PROTOCOL, Words(CLEAR_PROTOCOL)),
    (Reason.RATE, Words(CLEAR_RATE)),
    (Reason.SPAM, Words(CLEAR_SPAM)),
    (Reason.FILTERED, Words(FILTERED)),
    (Reason.POLICY, Words((*SENDER, *CLEAR_LOGIN))),
    (Reason.EXPIRED, Words(EXPIRED)),
    (Reason.HOST_UNKNOWN, Words(HOST)),
    (Reason.TOO_BIG, Words(TOO_BIG)),
    (Reason.MAILBOX_DISABLED, Words(DISABLED)),
    (Reason.SPAM, Words(SPAM)),
    (Reason.USER_UNKNOWN, Words(USER)),
    (Reason.RATE, Words(RATE)),
    (Reason.PROTOCOL, Words(PROTOCOL)),
    (Reason.NETWORK, Words(CLOSED_PORT)),
    (Reason.POLICY, Words(POLICY)),
    (Reason.NETWORK, Words(NETWORK)),
    (Reason.SYSTEM, Words(SYSTEM)),
)
# Boilerplate around the reply speaks of systems, headers and rules in general; only what is before says why.
_VAGUE = frozenset({Reason.RATE, Reason.PROTOCOL, Reason.POLICY, Reason.SYSTEM})
_LAST_CLEAR = next(index for index, row in enumerate(PHRASES) if row[0] is Reason.USER_UNKNOWN)
TELLING_PHRASES: Phrases = tuple(
    row for index, row in enumerate(PHRASES) if index <= _LAST_CLEAR or row[0] not in _VAGUE
)
