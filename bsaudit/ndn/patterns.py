"""The patterns of prose: where addresses stand, what separates report and original. Each is linear: bounded repeats only."""

# ruff: noqa: E501 — letters of other alphabets, some of which count double

from __future__ import annotations

import re

from bsaudit.ndn.lookup import spellings
from bsaudit.ndn.sought import Sought

ADDRESS = r"[^\s<>()\[\]{},;:\"'|=：，。；（）【】「」、]{1,128}@[^\s<>()\[\]{},;:\"'|*：，。；（）【】「」、]{1,255}"

# Both begin behind a line end, which is found much faster than the beginning of a line
CUT = re.compile(
    # a line drawn: --- Below this line is a copy of the message.
    r"\n(?:[ \t]{0,8}+[-=*#|_~+>]{2,80}+[ \t]{0,4}+(?:[^\n]{0,30}\b(?:below this line|copy of|original (?:e-?mail|message|mail)"
    r"|(?:returned|unsent|undelivered|bounced|rejected|forwarded|non-deliverable) (?:e-?mail|mail|message)"
    r"|message (?:headers?|text|body|contents?|follows)|(?:original|mail) headers?|headers? of|the body of)"
    r"|(?:ursprüngliche|mensaje original|mensagem original|messaggio originale|oorspronkelijk|message d.origine|oryginaln"
    r"|исходн|оригинал|копия|元の?メール|元メッセージ|原メッセージ|原信件|原邮件|原始邮件|原始郵件|附件中的内容|원본))[^\n]{0,120}$"
    # a sentence: Original message follows.
    r"|[ \t]{0,8}+(?:the )?(?:(?:original|returned|undelivered|unsent) (?:e-?mail|mail|message)"
    r"(?: headers?)?(?: as)?(?: follows?| below| is attached)?[ \t]{0,4}[:.]?[ \t]{0,4}$"
    r"|message headers? follows?|a copy of (?:the|your) (?:original )?(?:e-?mail|message)|your message reads"
    r"|(?:here|below|included|attached|following|enclosed) is (?:a|the) (?:copy|headers?|original)"
    r"|the (?:first \d{1,6} [a-z]{1,12}|headers?) of (?:your|the) (?:original )?(?:e-?mail|message)"
    r"|the (?:body|headers?|text) of (?:your|the) message (?:is|follows)|original (?:e-?mail|message) headers?)[^\n]{0,120}$)",
    re.MULTILINE | re.IGNORECASE,
)
# Where nothing separates: fields that only a header has. Prose quotes Message-ID, From and Subject, too.
HEADER = re.compile(
    r"\n([> \t|]{0,8}+)(?:Received|Return-Path|DKIM-Signature|X-Received|X-Originating-IP|Authentication-Results"
    r"|X-Apparently-To|ARC-Seal)[ \t]{0,2}:(?:[ \t]|from\b)",
    re.IGNORECASE,
)
FIELD = re.compile(r"^([> \t|]{0,8})[A-Za-z][A-Za-z0-9\-]{1,60}[ \t]{0,2}:[ \t]{0,2}\S", re.MULTILINE)

ANGLED = re.compile(
    rf"^[ \t>*|\-]{{0,20}}(?:\"[^\"\n]{{0,200}}\"[ \t]{{0,4}})?<({ADDRESS}|[^<>\s@]{{1,64}})>[ \t]{{0,4}}(?=[:,;.(\[\-\s]|$)",
    re.MULTILINE,
)
LEADING = re.compile(
    rf"^[ \t>*•|\-]{{0,20}}(?:\d{{1,3}}[.)][ \t]{{1,4}})?[\"'(\[]?({ADDRESS})[\"')\]]?[ \t]{{0,8}}"
    r"(?=[:,;(\[<\-–>]|\.{3}|$|on |said|does|invalid|unknown|not |is |was |\\|/|->)",
    re.MULTILINE | re.IGNORECASE,
)
# A recipient behind a label of his own: Failed Recipient: …
LABELLED = Sought(
    r"^[ \t>*•|\-]{0,20}(?:[^\W\d_]{1,20}[ \t'’]{1,2}){0,3}"
    r"(?:recipient|addressee|address|mailbox|user|destinatario|destinataire|empfänger|empfängeradresse|destinatário|ontvanger"
    r"|geadresseerde|mottagare|modtager|mottaker|vastaanottaja|odbiorca|adresat|címzett|příjemce|получатель|адресат|адрес"
    r"|収信者|受信者|宛先|あて先|收件人|收件者|收件地址|수신자|받는사람)(?:\(s\)|s|i|en|e|r)?(?:[ \t]{1,2}[^\W\d_]{1,12})?"
    rf"[ \t]{{0,8}}[:：=][ \t]{{0,40}}[<\"'(\[]?({ADDRESS})",
    re.MULTILINE,
)
NAMED = Sought(
    r"(?:\b(?:to|recipient|recipients|address|addresses|mailbox|user|account|rcpt to|addressed to|for|deliver|destinatario"
    r"|destinataire|empfänger|an|à|para|al|naar|aan|till|til|do|utente|usuario|usuário|email|e-mail|mail|inbox)"
    r"|адрес|адресу|пользователь|пользователя|ящик|получателю|получатель|宛先|あて先|アドレス|地址|收件人|用户|수신자|주소)"
    rf"(?:(?<=[^a-z])|(?=[^a-z]))[ \t]{{0,4}}[:：=]?[ \t]{{0,4}}\n?[ \t>*\-]{{0,20}}[<\"'(【\[]?({ADDRESS})",
)
ANY = re.compile(rf"({ADDRESS})")
FINAL_RECIPIENT = re.compile(r"^[ \t>]{0,8}(?:Final|Original)-Recipient[ \t]{0,2}:", re.MULTILINE | re.IGNORECASE)
DSN_START = re.compile(
    r"^[ \t>]{0,8}(?:Reporting-MTA|Final-Recipient|Original-Recipient|Action|X-Actual-Recipient)[ \t]{0,2}:",
    re.MULTILINE | re.IGNORECASE,
)
# Who stands behind it is somebody to turn to, or the sender
ASIDES = spellings((
    "contact", "assist", "question", "mailto:", "http:", "https:", "mail from", "envelope-from", "from:", "sender",
    "postmaster@", "help", "support", "forward this", "kontakt", "wenden", "absender", "expéditeur", "remitente",
    "mittente", "remetente", "отправител", "差出人", "发件人", "寄件", "reply-to", "sent by", "return-path", "afzender",
    "avsändare", "afsender", "avsender", "lähettäjä", "nadawca", "odesílatel", "odosielate", "feladó", "expeditor",
    "αποστολέ", "gönderen", "відправник", "подател", "送信者", "送信元", "发送人", "發件人", "發送人", "보낸 사람", "보낸사람",
    "발신자", "보내는", "שולח", "مرسل", "người gửi", "ผู้ส่ง", "pengirim", "administrator", "hilfe", "aide ", "ayuda",
    "ajuda", "aiuto", "pomoc", "помощь", "поддержк", "サポート", "お問い合わせ", "联系", "聯絡", "문의", "yardım", "iletişim",
    "επικοινων", "צור קשר", "اتصل", "kapcsolat", "hulp",
))  # fmt: skip
ASIDE = re.compile(r"\bvon\b|\b(?:b?cc|de|da|van|från|fra|od|kimden) ?[:：]")
# A label on a line of its own, in front of the line that it is about
OWN_LABEL = re.compile(r"^[ \t>*|]{0,20}([^\n@:：]{1,40}[:：])[ \t*]{0,9}\n(?:[ \t]{0,20}\n)?\Z", re.MULTILINE)
LABEL_WINDOW = 100
# Which alias an address came from: Exim "(ultimately generated from …)", Postfix and Sendmail "(expanded from …)"
ALIAS = re.compile(rf"[>:,;]?\s{{0,12}}\((?:(?:ultimately )?generated|expanded) from:?\s{{1,12}}<?({ADDRESS})>?\)")
# Whom a quoted reply is about
ABOUT = re.compile(
    rf"[45]\d\d[ \-][^\n]{{0,200}}?\b(?:for|of|user|recipient|mailbox|account|address)[ \t:]{{1,3}}<?({ADDRESS})",
    re.IGNORECASE,
)
REMOTE = Sought(
    r"(?:while talking to|talking to|host|server|remote host|by|connected to|from|to|mx)[ \t]{1,4}"
    r"\[?([A-Za-z0-9][\w.\-]{2,200}\.[A-Za-z0-9\-]{1,63})\.?\]?[ \t]{0,2}(?:\[[\da-fA-F.:]{3,45}\])?"
    r"(?::\d{1,5})?[ \t\n,.:)]{0,4}(?:said|returned|replied|rejected|refused|responded|:|\()",
)
REPLY_LINE = re.compile(
    # the first letter before what stands in front of it: it is rare
    r"(?:[45](?:(?<=[\s:\"'(>].)|(?<![\s\S]{2}))(?:\d\d(?:[ \-:,]|$)|\.\d{1,2}\.\d{1,3}\b)"
    r"|#(?:(?<=[\s:\"'(>]#)|(?<![\s\S]{2}))[45]\.\d{1,2}\.\d{1,3}\b)[^\n]{0,500}",
    re.MULTILINE,
)
# The subject of what was sent, where a report repeats it: nobody's words about why it failed. It begins behind a line
# end, which is found much faster than the beginning of a line.
SUBJECT = Sought(
    r"\n[ \t>*|]{0,20}(?:subject|betreff|objet|asunto|assunto|oggetto|onderwerp|ämne|emne|temat|тема|件名|主题|主旨|제목)"
    r"[ \t]{0,4}[:：][^\n]{0,1000}(?=\n)",
)
# Punctuation behind an address that is none of it
TRAILING = ".,;:!?-_/\\\u2019\u201d\u3002"
