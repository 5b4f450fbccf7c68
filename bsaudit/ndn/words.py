"""The words of mail systems, in the languages that they speak. Data only; all in case-folded form.

Looked up with `in`, which is many times faster than one large regular expression and linear in every case.
"""

from __future__ import annotations

from bsaudit.ndn.languages import ABSENT, AUTOMATIC, RECEIVED, WAITING, YOURS, topic
from bsaudit.ndn.lookup import Words, spellings

# A subject or first line with one of these speaks of mail that was not delivered.
FAILURE = Words((
    "message you sent", "nullmailer bounce", "bounce report",
    # English
    "undeliver", "non-deliver", "nondeliver", "non deliver", "not deliver", "delivery fail",
    "delivery has fail", "delivery error", "delivery problem", "delivery unsuccess", "failed delivery",
    "failure deliver", "fail to deliver", "failed to deliver", "failure notice", "failure notif",
    "failure to deliver", "delivery status", "delivery report", "delivery notification", "delivery not",
    "delivery subsys", "delivery attempt", "delivery delay", "delayed mail", "delivery warning",
    "delivery is delayed", "delivery has been delayed", "mail delay", "message delay", "delayed deliver",
    "returned mail", "returned mess", "returned e-mail", "returned email", "returned to sender",
    "returning to sender", "return to sender", "returning message", "mail failure", "mail failed",
    "mail could not", "mail system error", "mail error", "mail not deliv", "mail was not", "mail delivery",
    "message delivery", "e-mail delivery", "email delivery", "message not", "message could not",
    "message was not", "message undeliver", "could not be deliver", "could not deliver", "couldn't be deliver",
    "can't be deliver", "cannot be deliver", "can not be deliver", "unable to deliver", "unable to send",
    "error during delivery", "error deliver", "error sending", "send failure", "sending fail", "mail returned",
    "message returned", "mail bounce", "bounced mail", "bounce notif", "bounced message", "nondelivery",
    "mail reject", "message reject", "rejected mail", "rejected message", "rejected:", "mail block",
    "message block", "did not reach", "was refused", "problem deliver", "loop alert", "mail loop",
    "malformed recipient", "unknown user", "user unknown", "mailbox full", "over quota", "unrouteable",
    "mail transport error", "email failure", "failed mail", "failed message", "message failed", "error report",
    "could not send", "message status - undeliver", "non remis", "waitlist",
    # German
    "unzustellbar", "nicht zugestellt", "nicht zustellbar", "zustellung fehl", "zustellung gescheitert",
    "zustellfehler", "zustellungsfehl", "nichtzustellbar", "fehler bei der zustellung", "zustellung nicht",
    "zustellversuch", "nicht ausgeliefert", "konnte nicht gesendet", "unzustellbarkeit", "zustellungsverz",
    "verzögert", "mailzustellung",
    # French
    "non délivr", "non distribu", "échec de la remise", "échec de remise", "échec de la livraison",
    "échec de livraison", "échec d'envoi", "échec de l'envoi", "n'a pas pu etre", "n'a pas pu être",
    "n'a pu être", "impossible de remettre", "impossible de livrer", "retour à l'expéditeur",
    "échec de la distribution", "non-remise", "message retourné", "remise impossible", "échec de ",
    # Spanish
    "no se pudo entregar", "no se puede entregar", "no entregad", "no se ha podido entregar",
    "no ha podido ser entregad", "error en la entrega", "error de entrega", "fallo en la entrega",
    "fallo de entrega", "correo devuelto", "mensaje devuelto", "imposible entregar", "no pudo ser entregad",
    "entrega fallida", "no se ha entregado",
    # Portuguese
    "não foi entregue", "não entregue", "não pôde ser entreg", "não pode ser entreg", "não é possível entregar",
    "falha na entrega", "falha de entrega", "erro na entrega", "falha no envio", "mensagem devolvida",
    "email devolvido", "não foi possível",
    # Italian
    "non recapitabil", "mancata consegna", "mancato recapito", "non consegnat", "impossibile recapitare",
    "impossibile consegnare", "errore di consegna", "errore nella consegna", "consegna fallita",
    "non è stato recapitato", "non è stato possibile", "recapito non riuscito", "notifica di mancato",
    # Dutch
    "onbestelbaar", "niet afgeleverd", "niet bezorgd", "kan niet worden afgeleverd", "kan niet worden bezorgd",
    "aflevering mislukt", "bezorging mislukt", "niet te bezorgen", "bezorging is mislukt",
    "aflevering is mislukt", "niet worden bezorgd", "niet worden afgeleverd",
    # Nordic
    "olevererbar", "kunde inte levereras", "kan inte levereras", "gick inte att leverera",
    "går inte att leverera", "ej levererat", "ikke leveres", "kunne ikke leveres", "ikke blive leveret",
    "uanbringelig", "kan ikke leveres", "ikke levert", "ei voitu toimittaa", "toimitus epäonnistui",
    "ei voi toimittaa", "toimittamaton", "ei toimitettu",
    # Polish, Czech, Slovak, Hungarian, Romanian, Greek, Turkish, Baltic, South Slavic
    "niedostarcz", "niedoręcz", "nie można dostarczyć", "nie została dostarczona", "nie udało się dostarczyć",
    "nie dostarczono", "nie mogła zostać", "zwrot poczty", "nedoručiteln", "nelze doručit", "nebyla doručena",
    "nedoručen", "nedoručená", "nepodařilo se doručit", "nedoruč", "kézbesíthetetlen", "nem kézbesíthető",
    "sikertelen kézbesítés", "nelivrabil", "nu a putut fi livrat", "nu poate fi livrat", "nu se poate livra",
    "δεν είναι δυνατή η παράδοση", "η παράδοση απέτυχε", "αδύνατη παράδοση", "δεν παραδόθηκε",
    "αποτυχία παράδοσης", "teslim edilem", "iletilemedi", "gönderilemedi", "teslim edilmedi", "ulaştırılamadı",
    "neisporuč", "nije isporučena", "nepristatyt", "nepiegādā", "ei õnnestunud", "nije moguće isporučiti",
    "ni mogoče dostaviti", "nedoručiteľn", "ei saa kohale toimetada", "nevar piegādāt", "nepavyko pristatyti",
    "no es pot lliurar", "levering mislyktes", "levering til disse", "leverans till följande",
    # Russian, Ukrainian, Bulgarian
    "недоставлен", "не доставлено", "не доставлена", "не может быть доставлен", "не было доставлен",
    "не удалось доставить", "невозможно доставить", "ошибка доставки", "ошибка при доставке", "недоставк",
    "не може бути доставлен", "не вдалося достав", "не доставлен", "отчет о недостав", "задержк",
    "неможливо доставити", "недоставимо", "сбой доставки", "возврат",
    # Japanese
    "配信不能", "配信不可", "配信エラー", "配信失敗", "配信に失敗", "配信できません", "配信されません",
    "配信されなかった", "配信遅延", "配信の遅延", "配送不能", "配送エラー", "配送できません", "配送に失敗",
    "送信エラー", "送信できません", "送信に失敗", "送信不能", "送信失敗", "エラーメール", "不達", "未配信",
    "届けることができません", "お届けできません", "届きません", "配達できません", "配達不能", "返送",
    "宛先不明", "送信されません", "送信できなかった", "配信できなかった", "遅延",
    # Chinese
    "退信", "无法投递", "无法送达", "无法发送", "无法传递", "投递失败", "未送达", "发送失败", "传输失败",
    "未传递", "未投递", "邮件退回", "無法傳遞", "無法傳送", "無法投遞", "無法送達", "送達失敗", "傳送失敗",
    "寄送失敗", "退回", "退件", "遞送失敗", "未傳遞", "投遞失敗",
    # Korean
    "반송", "배달되지", "배달할 수 없", "배달 실패", "전송되지", "전송 실패", "전송할 수 없", "전달되지",
    "전달할 수 없", "발송 실패", "수신 실패", "배달 지연", "보내지 못", "전송에 실패",
    # Hebrew, Arabic, Thai, Vietnamese
    "לא ניתן למסור", "לא ניתן למסירה", "המסירה ל", "לא נמסר", "التسليم إلى", "لا يمكن تسليم", "वितरित नहीं",
    "تعذر تسليم", "لم يتم تسليم", "غير قابل للتسليم", "ไม่สามารถส่ง", "ส่งไม่สำเร็จ", "không thể gửi",
    "không gửi được", "gagal terkirim", "tidak dapat dikirim",
    *topic("failure"),
))  # fmt: skip

# What only mail systems say, near the top of the prose.
MACHINE = Words((
    "able to deliver", "not been delivered", "was blocked by our", "could not be reached", "failed recipient",
    "created automatically by mail", "mail system at host", "postfix program at",
    "i'm sorry to have to inform you", "afraid i wasn't able to deliver", "unable to deliver message",
    "unable to deliver your", "delivery to the following", "could not be delivered", "couldn't be delivered",
    "was not delivered", "not delivered to", "cannot be delivered", "could not deliver", "undeliverable",
    "did not reach the following", "did not receive", "delivery has failed", "delivery failed",
    "delivery of email to", "failed recipients", "had permanent fatal errors", "transcript of session",
    "had delivery problems", "had delivery errors", "had transient", "permanent fatal error",
    "fatal delivery error", "unknown user:", "user mailbox exceeds", "attempts to deliver", "delivery to this",
    "error delivering", "failed addresses", "message not delivered", "delivery status notification",
    "delivery problem", "rejected by the", "was rejected", "has been rejected", "error message below",
    "returned message", "failure reasons", "has encountered a delivery", "cannot deliver", "can't deliver",
    "delivery error", "undelivered", "not be sent", "non-deliver", "final-recipient:", "unable to send",
    "not able to deliver", "were unable to deliver", "original message as follows", "original mail as follows",
    "mailbox is full", "over quota", "delivery attempt", "cannot be found", "failed to deliver",
    "has been delayed", "not yet been delivered", "considered unsolicited",
))  # fmt: skip

# The message is not given up yet.
DELAY = Words((
    "delayed", "(delay)", "will be retried", "not yet been delivered", "still being retried",
    "do not need to resend", "don't need to resend", "warning message only", "will continue to try",
    "will keep trying", "keep trying to deliver", "will continue trying", "attempts will continue",
    "has not been delivered yet", "delivery delay", "warning only", "retry for", "will try again",
    "continue to be", "deferred", "delay reason", "is delayed", "verzögert", "wird weiterhin versucht",
    "est retardé", "été retardé", "est différé", "été différé", "remise différée", "retrasad", "demorad",
    "atrasad", "ritardat", "in ritardo", "vertraagd", "försenad", "forsinket", "viivästy", "opóźnion",
    "zpožděn", "geciktiril", "késlelt", "отложен", "задержан", "задержк", "遅延", "延迟", "延遲",
    "지연", *topic("delayed"),
))  # fmt: skip
# … unless one of these stands there too
FINAL = Words((
    "permanent", "given up", "giving up", "gave up", "failed permanently", "has failed", "fatal",
    "too long in the queue", "has been in the queue too long", "final", "no further", "will not be retried",
    "returned to",
))  # fmt: skip

# It arrived.
SUCCESS = Words((
    "successful delivery notification", "was successfully delivered", "been successfully delivered",
    "delivered successfully", "successful mail delivery", "successfully relayed",
    "is complete, but no delivery notification",
))  # fmt: skip

# A header's From that belongs to a mail system rather than a person; in front of the @, - and _ are blanks
DAEMON = Words((
    "mailer daemon", "mail daemon", "mailerdaemon", "postmaster", "post master", "mail deliver", "maildeliver",
    "mail.deliver", "delivery subsystem", "delivery service", "delivery system", "mail system", "mailsystem",
    "system admin", "systemadmin", "mail admin", "mailadmin", "mail service", "mailservice", "mail router",
    "smtp mail", "mail subsystem", "email system", "mailgate", "mail gateway", "interscan", "mailmarshal",
    "mimesweeper", "viruswall", "mimedefang", "mailscanner", "delivery agent", "groupwise", "mail server",
    "hmailserver", "mailserver", "microsoft outlook",
    "microsoft exchange", "microsoftexchange", "exchange server", "amazonses", "sns.amazonaws", "x400", "mta@",
    "uucp@", "mmdf@", "pmdf", "content filter", "antispam", "anti spam", "mail.ru", "système de",
    "sistema de correo", "administrador",
))  # fmt: skip

# How people, and shops, begin their mail (case-folded)
GREETINGS = spellings((
    "hi ", "hi,", "hi!", "hello ", "hello,", "hello!", "dear ", "hey ", "good morning", "good afternoon",
    "greetings", "hallo ", "hallo,", "guten tag", "guten morgen", "sehr geehrte", "liebe", "moin", "bonjour",
    "bonsoir", "salut", "cher", "hola", "buenos días", "buenas tardes", "estimad", "querid", "olá", "bom dia",
    "boa tarde", "prezad", "caro ", "cara ", "ciao", "salve", "gentile", "buongiorno", "beste ", "geachte",
    "hej", "hei ", "kära ", "kære ", "cześć", "dzień dobry", "witam", "szanown", "dobrý den", "ahoj",
    "tisztelt", "kedves", "bună ziua", "merhaba", "sayın", "здравствуйте", "добрый день", "привет", "уважаем",
    "добрий день", "γεια", "お世話", "こんにちは", "您好", "你好", "안녕하세요",
))  # fmt: skip
# What notices about mail to the reader say, and parcel services; no bounce does
INCOMING = Words((
    "addressed to you", "sent to you", "intended for you", "in your quarantine", "your quarantine",
    "your parcel", "your package", "your shipment", "your order", "ihr paket", "ihre sendung",
    "ihre bestellung", "votre colis", "votre commande", "su paquete", "su pedido", "tu paquete", "seu pedido",
    "sua encomenda", "il tuo pacco", "tuo ordine", "uw pakket", "je pakket", "uw bestelling", "paczk", "посылк",
    "заказ", "tracking number", "mailbox is ready", "mailbox is almost full", "mailbox is nearly full",
    "mailbox is now", "your mailbox is full", "your mailbox is over", "your mailbox has exceeded",
    "see the local mail logfile", "transcript of session follows.",
))  # fmt: skip

# A word with fewer letters beyond ASCII may stand in a text that is decoded wrongly
_FOREIGN_LETTERS = 2
# What no language but its own says: by which a text tells in which charset it is
SPOKEN = Words(
    word
    for words in (FAILURE, DELAY, YOURS, AUTOMATIC, RECEIVED, ABSENT, WAITING)
    for word in words
    if sum(not letter.isascii() for letter in word) >= _FOREIGN_LETTERS
)
