"""German."""

from __future__ import annotations

from bsaudit.judge.advice_table import Problem
from bsaudit.report.notice_words.words import Cause, Words

WORDS = Words(
    subject="Backscatter von {host}: Ihr Server schreibt an gefälschte Absender",
    greeting="Sehr geehrte Damen und Herren,",
    intro=(
        "Ihr Mailsystem für {domain} nimmt Mail an und schreibt danach an die Absenderadresse, die diese Mail trägt. "
        "Wir haben das mit eigenen Nachrichten geprüft. Unten steht, was wir gesendet haben, was "
        "zurückkam, und welche Einstellung das beendet."
    ),
    intro_message=(
        "uns hat eine Benachrichtigung erreicht, die Ihr Mailsystem für {domain} geschrieben hat. Sie wurde "
        "geschrieben, nachdem Ihr System eine Nachricht angenommen hatte, und zwar an die Absenderadresse, die diese "
        "Nachricht trug. Unten steht, was kam, und welche Einstellung das beendet."
    ),
    intro_survey=(
        "uns haben Benachrichtigungen erreicht, die Ihr Mailsystem für {domain} geschrieben hat. Sie betreffen Mail, die "
        "wir nie gesendet haben: Ihre Absenderadresse war gefälscht. Sie wurden geschrieben, nachdem diese Mail "
        "angenommen worden war, und zwar an den, der als Absender darin stand. Unten steht, wie viele wann kamen, eine "
        "davon, und welche Einstellung das beendet."
    ),
    happened="Was geschehen ist",
    when="Wann, und auf welchem Ihrer Hosts",
    harm="Warum es schadet",
    change="Was zu ändern ist",
    noticed="Außerdem aufgefallen",
    reproduce="Wie Sie es selbst sehen können",
    ask="Wen Sie fragen können",
    sent="Testnachrichten an {domain}",
    run="Lauf",
    permission="mit Erlaubnis von",
    host="Ihr Host",
    accepted="angenommen am",
    client="von",
    mail_from="MAIL FROM",
    rcpt_to="RCPT TO",
    message_id="Message-ID",
    queue_id="Ihre Queue-ID",
    reply="Ihre Antwort",
    came_back="zurückgekommen am",
    handed_over="übergeben von",
    notices="solche Benachrichtigungen an uns",
    first="die erste am",
    last="die letzte am",
    causes="warum sie geschrieben wurden",
    example="Eine davon ist diese:",
    header="Das ist ihr Kopf:",
    own_senders="Alle Absenderadressen waren unsere eigenen: An niemanden sonst wurde geschrieben.",
    quoted="So beginnt, was zurückkam:",
    proof="Dass Ihr System es geschrieben hat, zeigt Folgendes:",
    harms=(
        "Spam und Viren tragen gefälschte Absenderadressen. Wer solche Mail annimmt und später beantwortet, schreibt an "
        "Menschen, die ihm nie geschrieben haben: Aus einer gefälschten Nachricht wird eine weitere unerwünschte, in "
        "Ihrem Namen.",
        "Es gibt Listen solcher Server; Mail von einem Server, der darauf steht, wird anderswo abgewiesen, auch die "
        "Mail Ihrer Nutzer.",
        "Ein Server, der in der SMTP-Sitzung abweist (5xx), schreibt an niemanden: Der sendende Server unterrichtet "
        "seinen eigenen Nutzer.",
    ),
    see="Siehe {reference}",
    by_hand="Ohne unser Werkzeug, von einer eigenen Adresse aus:",
    in_logs="In den Protokollen Ihres Servers:",
    retest="Diesen Test wiederholt der Befehl:",
    more="Mehr dazu, warum es schadet, zu anderen Produkten und zu jedem Ergebnis:",
    explained="Was seine Ergebnisse bedeuten, erklärt unser Werkzeug selbst:",
    expected="Ist es behoben, weist Ihr Server in der Sitzung ab oder schweigt, und es kommt nichts zurück.",
    contact="Fragen, und ein Wort, wenn es behoben ist, bitte an {contact}.",
    answer="Fragen, und ein Wort, wenn es behoben ist, sind willkommen: Antworten Sie bitte auf diese Mail.",
    no_more='Wünschen Sie keine weiteren Tests, veröffentlichen Sie den TXT-Eintrag {name} "{text}".',
    in_charge_domain="Das ist für die gedacht, die für die Domain {domain} zuständig sind: {addresses}.",
    in_charge_network="Zuständig für das Netz: {addresses}.",
    closing="Vielen Dank, dass Sie sich darum kümmern.",
    problems={
        Problem.RECIPIENT: Cause(
            "Mail an Empfänger, die es nicht gibt, wird angenommen und später zurückgeschickt.",
            "Sorgen Sie dafür, dass jeder Host, der Mail für die Domain annimmt, auch Ersatzserver und Gateways, die "
            "gültigen Empfänger kennt und alle anderen bei RCPT TO abweist.",
        ),
        Problem.CONTENT: Cause(
            "Mail, die der Filter nicht will, wird angenommen, und später wird an ihren Absender geschrieben.",
            "Prüfen Sie, solange die SMTP-Sitzung offen ist, und weisen Sie nach DATA ab; was später gefunden wird, "
            "legen Sie ab oder verwerfen es, und schicken es nie zurück.",
        ),
        Problem.QUOTA: Cause(
            "Mail an ein volles Postfach wird angenommen und später zurückgeschickt.",
            "Fragen Sie bei RCPT TO, ob das Postfach voll ist, und antworten Sie dort mit 452 oder 552.",
        ),
        Problem.REPLY: Cause(
            "Mail wird automatisch beantwortet, auch wenn ihr Absender gefälscht ist.",
            "Beantworten Sie nur Mail, die die Person als Empfänger nennt, den Spamfilter passiert hat und keine "
            "Massenmail ist; denselben Absender nur einmal in mehreren Tagen, und mit leerem Umschlagabsender. "
            "Verschicken Sie nie Challenges.",
        ),
        Problem.FORWARD: Cause(
            "Mail wird weitergeleitet, und was der nächste Server abweist, geht an den Absender zurück.",
            "Filtern Sie vor dem Weiterleiten und halten Sie die Sitzung offen, bis der nächste Server geantwortet hat, "
            "oder leiten Sie mit einem eigenen Umschlagabsender weiter.",
        ),
        Problem.DELAY: Cause(
            "Der Absender wird gewarnt, dass eine Nachricht noch auf die Zustellung wartet.",
            "Schalten Sie Verzögerungswarnungen für Mail von außen ab.",
        ),
        Problem.ANY: Cause(
            "Mail wird angenommen, nicht zugestellt, und später wird an ihren Absender geschrieben.",
            "Entscheiden Sie, solange die SMTP-Sitzung offen ist, und weisen Sie dort ab, was Sie nicht zustellen.",
        ),
    },
    findings={
        "forwards-and-returns": Cause(
            "Mail wird an Dritte weitergeleitet, und was diese abweisen, geht an den Absender zurück.",
            "Filtern Sie vor dem Weiterleiten, und weisen Sie in der Sitzung ab, was das Ziel abweist.",
        ),
        "callout": Cause(
            "Ihr Server verbindet sich mit dem Mailserver dessen, der als Absender dasteht, um die Adresse zu prüfen.",
            "Schalten Sie diese Absenderprüfung (Callouts) ab.",
        ),
        "bounces-authenticated": Cause(
            "Nur an Absender, für die SPF bürgt, wird geschrieben.",
            "Die Abhilfe ist dieselbe: in der Sitzung abweisen. Der Schaden ist kleiner, nicht keiner.",
        ),
        "answers-wrong-address": Cause(
            "Die Antwort ging an die Adresse in From oder Reply-To statt an den Umschlagabsender.",
            "Verwenden Sie einen Antwortdienst, der dem Umschlagabsender antwortet (RFC 3834).",
        ),
        "answers-lists": Cause(
            "Mail von Mailinglisten wird automatisch beantwortet.",
            "Verwenden Sie einen Antwortdienst, der bei Mailinglisten schweigt (RFC 3834).",
        ),
        "answers-repeatedly": Cause(
            "Demselben Absender wurde binnen Minuten mehr als einmal geantwortet.",
            "Verwenden Sie einen Antwortdienst, der sich tagelang merkt, wem er geantwortet hat.",
        ),
        "answer-reverse-path": Cause(
            "Die automatische Antwort hat einen eigenen Umschlagabsender: Zwei solche Programme können einander endlos "
            "antworten.",
            "Senden Sie automatische Antworten mit dem leeren Umschlagabsender <>.",
        ),
        "answer-unmarked": Cause(
            "Die automatische Antwort ist nicht als solche gekennzeichnet.",
            "Geben Sie ihr das Feld Auto-Submitted: auto-replied.",
        ),
        "answers": Cause(
            "Gewöhnliche Mail wird automatisch beantwortet.",
            "Nichts muss sich ändern, wenn die Antworten sind, wie RFC 3834 es verlangt.",
        ),
        "refuses-null-reverse-path": Cause(
            "Benachrichtigungen (Umschlagabsender <>) werden für einen bestehenden Nutzer abgewiesen, der nie erfährt, "
            "dass seine Mail nicht ankam.",
            "Nehmen Sie den Umschlagabsender <> an.",
        ),
        "no-postmaster": Cause(
            "Die Adresse postmaster wird abgewiesen.",
            "Richten Sie sie ein, und nehmen Sie sie von Filtern aus (RFC 5321 §4.5.1).",
        ),
        "no-abuse": Cause(
            "Die Adresse abuse wird abgewiesen: Niemand kann sich beschweren.",
            "Richten Sie sie ein, und nehmen Sie sie von Filtern aus (RFC 2142).",
        ),
        "no-contact": Cause(
            "Die Benachrichtigung fordert auf, an eine Adresse zu schreiben, die Ihr Server abweist.",
            "Berichtigen Sie die Adresse in der Vorlage der Benachrichtigung, oder richten Sie sie ein.",
        ),
        "unreachable-operator": Cause(
            "Niemand kann Ihnen wegen Ihrer Post schreiben: postmaster und abuse werden abgewiesen, und kein öffentliches Verzeichnis nennt einen Ansprechpartner.",
            "Richten Sie postmaster und abuse ein, und tragen Sie bei abuse.net und bei Ihrer Adressregistratur einen Ansprechpartner ein.",
        ),
        "accepts-unknown": Cause(
            "Mail an einen Empfänger, den es nicht gibt, wurde angenommen, und nichts kam zurück: Sie ist wortlos "
            "verloren.",
            "Weisen Sie unbekannte Empfänger bei RCPT TO ab.",
        ),
        "second-try-differs": Cause(
            "Der erste Versuch wurde aufgeschoben, der zweite nicht (Greylisting oder Ähnliches).",
            "Nichts muss sich ändern; halten Sie die Wartezeit unter fünf Minuten.",
        ),
        "bounces-with-notify": Cause(
            "Nur Mail, die um Zustellbenachrichtigungen gebeten hatte, wurde zurückgeschickt.",
            "Die Abhilfe ist dieselbe: in der Sitzung abweisen.",
        ),
        "ndn-bounces-a-bounce": Cause(
            "Eine Nachricht mit dem leeren Umschlagabsender <> wurde mit einer Benachrichtigung beantwortet: Zwei "
            "solche Server hören nie auf.",
            "Schreiben Sie nie an <>, und nehmen Sie auch nicht stattdessen die Adresse aus From.",
        ),
        "ndn-returns-virus": Cause(
            "Die Benachrichtigung trägt das Virus zurück.",
            "Prüfen Sie, bevor die Nachricht angenommen wird; sonst senden Sie nur ihren Kopf zurück.",
        ),
        "ndn-returns-spam": Cause(
            "Die Benachrichtigung trägt den ganzen Spam zurück: Ihr Server verbreitet ihn unter eigenem Namen.",
            "Prüfen Sie, bevor die Nachricht angenommen wird; sonst senden Sie nur ihren Kopf zurück.",
        ),
        "ndn-non-null-reverse-path": Cause(
            "Die Benachrichtigung hat einen eigenen Umschlagabsender: Eine Antwort darauf kann endlos kreisen.",
            "Senden Sie Benachrichtigungen mit dem leeren Umschlagabsender <>.",
        ),
        "ndn-several": Cause(
            "Für eine Nachricht an einen Empfänger kam mehr als eine Benachrichtigung zurück.",
            "Lassen Sie ein System benachrichtigen und die anderen schweigen.",
        ),
        "ndn-no-reason": Cause(
            "Die Benachrichtigung sagt nicht, warum die Nachricht nicht zugestellt wurde.",
            "Geben Sie die Antwort des nächsten Servers weiter.",
        ),
        "ndn-not-machine-readable": Cause(
            "Kein Programm kann die Benachrichtigung lesen: Ihr fehlt der Teil message/delivery-status.",
            "Schalten Sie Benachrichtigungen in der Form von RFC 3464 ein.",
        ),
        "ndn-leaks-internal-hosts": Cause(
            "Die Benachrichtigung verrät Fremden interne Hosts oder Adressen.",
            "Weisen Sie an der Grenze ab, oder lassen Sie dort umschreiben, was innere Hosts sagen.",
        ),
        "ndn-leaks-users": Cause(
            "Die Benachrichtigung verrät Fremden, wie Mail gespeichert oder umgeleitet wird.",
            "Weisen Sie in der Sitzung ab, oder verwenden Sie ein Zustellprogramm, dessen Fehler weder Pfade noch Nutzer "
            "nennen.",
        ),
        "ndn-leaks-filter-scores": Cause(
            "Die Benachrichtigung verrät Spammern, wie ihre Nachricht bewertet wurde.",
            "Nehmen Sie Punkte und Namen von Regeln aus der Vorlage; besser, Sie senden keine solche Nachricht.",
        ),
    },
    evidence={
        "handed_over": "Wir haben es von diesem Ihrer Hosts übernommen.",
        "acceptance": "Es ist gezeigt, dass Ihr System die Nachricht annahm, von der diese Benachrichtigung handelt.",
        "returned_trace": "Die Kopie darin trägt eine Received-Zeile, die Ihr Host geschrieben hat.",
        "birth": "Seine älteste Received-Zeile hat Ihr Host geschrieben.",
        "reporter": "Der Bericht nennt Ihren Host als seinen Verfasser.",
        "received_from": "Der Bericht sagt, von welchem Ihrer Hosts die Nachricht kam.",
        "recipient": "Es nennt einen endgültigen Empfänger, den nur Ihre Seite kennt.",
        "signature": "Es trägt eine gültige Signatur oder einen geprüften Namen Ihrer Organisation.",
    },
)
