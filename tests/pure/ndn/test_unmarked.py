"""Answers that bear no mark of a program: they say nothing but what programs say. A person's say that, and then more."""

# ruff: noqa: E501 — lines of mail stand as they are, in any alphabet

from __future__ import annotations

import pytest

from bsaudit.model.notification import Kind
from bsaudit.ndn import read

BOB = "Bob Brown <bob@dest.example>"


def answer(
    text: str,
    sender: str = BOB,
    subject: str = "Re: March news",
    head: str = "In-Reply-To: <n1@a.example>\n",
    path: str = "x@dest.example",
) -> Kind:
    raw = (
        f"Return-Path: <{path}>\nFrom: {sender}\nTo: news@a.example\nSubject: {subject}\n{head}"
        f"Content-Type: text/plain; charset=utf-8\n\n{text}\n"
    )
    return read(raw.encode()).kind


GONE = [
    ("English", "This address is no longer monitored.\nSales: sales@dest.example\nBuying: buying@dest.example"),
    ("German", "Herr Braun ist nicht länger bei uns angestellt. Ihre Anfragen richten Sie bitte an carol@dest.example."),
    ("French", "Cette adresse n'est plus consultée. Écrivez à carol@dest.example, merci."),
    ("Spanish", "Este buzón ya no se atiende. Escriba a carol@dest.example."),
    ("Portuguese", "Este endereço já não é utilizado. Escreva para carol@dest.example."),
    ("Italian", "Questa casella non è più presidiata. Scrivere a carol@dest.example."),
    ("Dutch", "Ik ben niet langer in dienst. Mail naar carol@dest.example."),
    ("Swedish", "Den här adressen används inte längre. Skriv till carol@dest.example."),
    ("Danish", "Denne adresse bruges ikke længere. Skriv til carol@dest.example."),
    ("Norwegian", "Denne adressen er ikke lenger i bruk. Skriv til carol@dest.example."),
    ("Finnish", "Tämä osoite ei ole enää käytössä. Kirjoita: carol@dest.example"),
    ("Polish", "Pan Brown nie jest już zatrudniony w naszej firmie. Prosimy pisać: carol@dest.example"),
    ("Czech", "Pan Brown již není zaměstnancem. Pište na carol@dest.example."),
    ("Hungarian", "Ez a cím már nem használatos. Írjon a carol@dest.example címre."),
    ("Romanian", "Această adresă nu mai este folosită. Scrieți la carol@dest.example."),
    ("Greek", "Η διεύθυνση δεν χρησιμοποιείται πλέον. Επικοινωνήστε: carol@dest.example"),
    ("Turkish", "Bu adres artık kullanılmıyor. carol@dest.example adresine yazabilirsiniz."),
    ("Russian", "Этот ящик больше не обслуживается. Пишите на carol@dest.example."),
    ("Ukrainian", "Ця адреса більше не використовується. Пишіть на carol@dest.example."),
    ("Japanese", "このアドレスは使われておりません。carol@dest.example までご連絡ください。"),
    ("Chinese", "本邮箱已停止使用，请发至 carol@dest.example。"),
    ("Korean", "이 주소는 더 이상 사용하지 않습니다. carol@dest.example 로 연락 바랍니다."),
    ("Arabic", "لم يعد هذا العنوان مستخدما. carol@dest.example"),
]  # fmt: skip


@pytest.mark.parametrize(("language", "text"), GONE)
def test_who_is_gone_and_whom_to_ask(language: str, text: str) -> None:
    assert answer(text) is Kind.AUTOREPLY


@pytest.mark.parametrize(("language", "text"), GONE)
def test_who_is_gone_and_then_the_matter_itself(language: str, text: str) -> None:
    assert answer(f"{text}\n\nThe second drawing is the better one, go ahead.\n\nBob") is Kind.OTHER


@pytest.mark.parametrize(
    "text",
    [
        "I'm away until Friday. My phone is +44 20 5550 0100.",
        "Hello!\n\nOff sick this week; Carol, 030 5550100, has my desk.\n\nBob",
        "You’ve reached Bob’s old box. Try carol@dest.example",
        "Absente jusqu’au 12 août. Je répondrai à mon retour. Cordialement. I am away until 12 August, Carol is to be asked in my absence. Best regards",
        "Vielen Dank für Ihre Nachricht. Ich bin nicht am Platz. Alles bleibt ungelesen und wird danach abgearbeitet.",
        "Nobody reads this, the mailbox isn’t checked by anyone.\n\nWrite to carol@dest.example instead.",
        "I will be out of the office starting 05/28/2026 and will not return until 06/08/2026.\n\nPrinting is done by Carol. The keys hang in the hall. Offers wait.",
        "Bob has left the company.",
        "Mr Brown is no longer with us.",
        "Gracias por tu mensaje. Estoy de vacaciones y te responderé a mi regreso.",
        "Thank you for your email.\n\nI am out of office until Tuesday.\n\nThis message is confidential. If you have received it in error, delete it.\n\nhttps://dest.example/law",
    ],
)
def test_an_absence(text: str) -> None:
    assert answer(text) is Kind.AUTOREPLY


@pytest.mark.parametrize(
    "text",
    [
        "I'm away next week, so please settle it with Carol (carol@dest.example). The red one is nicer.",
        "Yes, please go ahead. I am out on Monday; Carol (carol@dest.example) has the keys.",
        "Bob, the other one, has left the company. I have his desk now, what do you need?",
        "We no longer work with that printer, the paper was bad. Try paper@far.example.",
        "My new address is bob2@dest.example. We closed the deal on our side.",
        "I am away from 2025-03-10 to 2025-03-14, any other day is fine.",
        "Estoy de vacaciones pero te contesto rápido: sí, adelante.",
        "Thank you for your message, Tuesday suits me. I'll call you from the station, +44 20 5550 0100.",
        "In meetings until five. Call me after that, 0171 5550100.",
        "Vera is on holiday, so I looked it up myself: it's 42.",
        "Bob Brown has declined: I'm on vacation that week.",
    ],
)
def test_people_who_are_away_speak_of_the_matter(text: str) -> None:
    assert answer(text) is Kind.OTHER


@pytest.mark.parametrize(
    ("sender", "text"),
    [
        ("registrar@dest.example", "Thank you for contacting the Registrar's Office. It may take up to five working days before you hear from us."),
        ("kefu@dest.example", "您好！你的信 4711 已经收到，我们看过后会给你回复，谢谢！"),
        ("it-support@dest.example", "Your request is now number 4711. An engineer will look at it in due course."),
        ("hello@dest.example", "Hey there!\n\nThanks so much for your note. Our little team reads every mail and usually answers in a day. Need a hand sooner? Look at our FAQ: https://dest.example/faq\n\nThe crew"),
        ("praxis@dest.example", "Unsere Praxis ist bis zum 14. März geschlossen. Die Vertretung übernimmt Dr. Braun."),
        ("reclamaciones@dest.example", "Le confirmamos la recepción de su queja. Será tramitada por el departamento correspondiente."),
        ("contact@dest.example", "Madame, Monsieur,\n\nVotre demande a bien été prise en compte. Elle sera traitée dans un délai de cinq jours."),
        ("clientes@dest.example", "Estimado cliente:\n\nHemos recibido su correo y le atenderemos en 48 horas laborables."),
        ("bok@dest.example", "Dziękujemy za kontakt. Odpowiemy w ciągu trzech dni roboczych."),
        ("rechnung@dest.example", "Ihre Rechnung ist eingegangen und wird geprüft."),
        ("kariyer@dest.example", "Başvurunuz bize ulaştı, 5 iş günü içinde dönüş yapacağız."),
        ("buergerbuero@dest.example", "Ihre Mitteilung ist im Bürgerbüro eingegangen. Die Bearbeitung kann drei Wochen dauern."),
        ("secretariat@dest.example", "Le secrétariat est fermé. Votre courriel sera lu à la réouverture."),
        ("kundtjanst@dest.example", "Tack för ditt mejl! Vi svarar så fort vi kan."),
        ("feedback@dest.example", "您好，感谢您的反馈，我们已记录，编号55102。"),
        ("info@dest.example", "ご応募ありがとうございます。三営業日以内にご連絡いたします。"),
    ],
)  # fmt: skip
def test_a_desks_thanks_and_promises(sender: str, text: str) -> None:
    assert answer(text, sender) is Kind.AUTOREPLY


@pytest.mark.parametrize(
    ("sender", "subject", "text"),
    [
        ("desk@dest.example", "Re: Room", "Dear Ann,\n\nthank you for your message. We have a double room in May for 90 EUR.\n\nMaria"),
        ("info@dest.example", "AW: Zimmer", "Sehr geehrte Frau A,\n\nvielen Dank für Ihre Anfrage. Gerne reservieren wir Ihnen ein Zimmer. Bitte bestätigen Sie uns das kurz.\n\nMaria"),
        ("support@dest.example", "Re: [#48213] Login", "Hi Ann,\n\nThank you for contacting us. I have reset your password, so the old link is dead. Use the code on your phone.\n\nBob"),
        ("poststelle@dest.example", "AW: Antrag", "Sehr geehrte Frau A,\n\nIhr Antrag ist eingegangen. Es fehlen der Lageplan und die Statik."),
        ("sales@dest.example", "RE: precios", "Estimada Ana:\n\ngracias por su consulta. El precio es de 4,50 EUR a partir de cien piezas."),
        ("press@dest.example", "Re: Interview", "Thanks for getting in touch. She can do Thursday by phone, on 020 7946 0100."),
        ("info@dest.example", "RE: vraag", "Bedankt voor uw bericht. Het formulier vindt u in de bijlage, graag terugsturen."),
        ("support@dest.example", "Re: порт", "Анна, спасибо за обращение. Мы нашли ошибку: порт был закрыт."),
        ("it-support@dest.example", "Re: Laptop", "Your laptop is ready. Pick it up in room 3, Monday to Friday until five."),
        ("consultas@dest.example", "RE: consulta", "Hemos revisado su expediente y procede la devolución, que recibirá por transferencia."),
        ("orders@dest.example", "Re: order", "Hi, we got your email. Sorry about the mix-up, the right size goes out today."),
        ("feedback@dest.example", "回复: 问题", "感谢您的反馈，这个错误在新版本里已经修复了。"),
        ("info@dest.example", "RE: visite", "Bonjour,\n\nmerci pour votre message. L'entrée est gratuite pour les enfants, même le lundi."),
    ],
)  # fmt: skip
def test_people_at_a_desk_answer_what_was_asked(sender: str, subject: str, text: str) -> None:
    assert answer(text, sender, subject) is Kind.OTHER


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Re: Photos from when we were on holiday", "Thank you for your mail, lovely pictures!"),
        ("Re: acknowledgement", "Thanks for your mail, that is all we need."),
        ("Re: [Ticket 551] printer", "Thank you for your e-mail. The printer works again since noon."),
        ("Re: printer (#12345)", "Thanks for your message, I'll look tomorrow."),
        ("Re: order 20250312", "Danke für deine Nachricht, passt alles so."),
        ("Re: contract", "We received your contract 20250312 and signed it."),
        ("Re: contract", "We have received your letter, number 20250312. Our lawyer disagrees."),
        ("Re: meeting", "On leave today. See https://dest.example/agenda for the list."),
    ],
)
def test_people_thank_and_name_numbers_too(subject: str, text: str) -> None:
    assert answer(text, subject=subject) is Kind.OTHER


@pytest.mark.parametrize(
    ("sender", "subject", "text"),
    [
        (BOB, "Auto-reply on our list", "Somebody's auto-reply answers every post. Could the admins unsubscribe him?"),
        (BOB, "Problem with auto-reply", "The auto-reply of our shop goes to lists. Please switch it off."),
        (BOB, "Fragen zur Abwesenheitsnotiz", "Wie stelle ich die Abwesenheitsnotiz ein? In der Anleitung fehlt das Bild."),
        (BOB, "自動返信について", "自動返信の設定方法を教えてください。"),
        ("Forum <noreply@dest.example>", "New reply in 'vacation autoreply'", "carol wrote: set the field. Thanks for your message!\n\nhttps://dest.example/t/1"),
        ("Blog <noreply@dest.example>", "Ten auto-reply examples", "Our new article has ten messages that you can copy and paste."),
    ],
)  # fmt: skip
def test_who_writes_about_automatic_answers_sends_none(sender: str, subject: str, text: str) -> None:
    assert answer(text, sender, subject, head="") is Kind.OTHER


@pytest.mark.parametrize(
    "text",
    [
        "I've switched the auto-reply off, sorry.",
        "Your auto-reply came three times, please have a look.",
        "Ignore my automatic reply, I'm here. The plan is fine.",
        "Bitte die automatische Antwort ignorieren, ich bin doch da.",
        "Ta réponse automatique tourne encore, pense à l'arrêter.",
        "Tu respuesta automática sigue activa.",
        "The report is automatically generated every night, no need to reply.",
        "自動返信の設定を直しました。",
    ],
)
def test_people_answer_about_automatic_answers(text: str) -> None:
    assert answer(text) is Kind.OTHER


@pytest.mark.parametrize(
    "text",
    [
        "This is an automated reply.",
        "Auto-reply: I have moved.",
        "Dies ist eine automatische Antwort.",
        "自動返信：確認中です。",
    ],
)
def test_an_answer_that_calls_itself_automatic(text: str) -> None:
    assert answer(text) is Kind.AUTOREPLY


@pytest.mark.parametrize("head", ["Auto-Submitted: auto-generated\n", "X-Auto-Response-Suppress: All\n"])
def test_an_absence_in_a_mailing_that_answers_nothing_is_news(head: str) -> None:
    text = "The spring issue is here.\n\nRead about the new harbour.\n\nOur office is closed on Friday.\n\nThe fair opens in May."
    assert answer(text, subject="News", head=head) is Kind.OTHER


@pytest.mark.parametrize("subject", ["Auto-reply: Hello", "[Auto-reply] Hello", "Hello (autoreply)", "Automatic reply"])
def test_the_subject_of_a_responder_is_enough(subject: str) -> None:
    assert answer("Gone fishing.", subject=subject, head="") is Kind.AUTOREPLY


CHALLENGES = [
    ("Please reply to this message so that we know that your address is ok. Your mail will be delivered once your reply is here. Spammers force us to ask.", ""),
    ("I only accept mail from people on my list. Click https://cr.dest.example/7 once and your mail will come through.", ""),
    ("A mail with your address waits in quarantine, because we've never heard from you. If you wrote it, just press reply and send.", ""),
    ("Bob requires first-time senders to be approved. Go to https://cr.dest.example/7 to ask for permission.", ""),
    ("Your mail is in a holding area: the owner lets only known people in. Tap https://cr.dest.example/7 to introduce yourself.", ""),
    ("Ihre Mail liegt im Zwischenspeicher des Spamfilters. Geben Sie sie durch Anklicken von https://cr.dest.example/7 frei.", ""),
    ("Mon logiciel antispam ne vous connaît pas encore. Votre courriel sera placé dans ma boîte après un simple clic : https://cr.dest.example/7", ""),
    ("Su mensaje no ha sido entregado todavía. Para demostrar que es una persona, responda a este correo.", ""),
    ("Para que sua mensagem chegue à caixa de entrada do destinatário, confirme o envio digitando os caracteres da imagem: https://cr.dest.example/7", ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "head"), CHALLENGES)
def test_a_challenge_in_words_of_its_own(text: str, head: str) -> None:
    nobody = answer(text, head=f"{head}In-Reply-To: <n1@a.example>\nAuto-Submitted: auto-replied\n")
    assert nobody is Kind.CHALLENGE


@pytest.mark.parametrize("text", ["Gone fishing.", "Pst! 408, nobody here before the 24th.", "Mi ne estas ĉi tie."])
def test_an_answer_from_the_null_reverse_path_is_a_programs(text: str) -> None:
    assert answer(text, path="") is Kind.AUTOREPLY
    assert answer(text) is Kind.OTHER
    assert answer(f"Your message was refused.\n\n{text}", path="") is Kind.OTHER
    assert answer(text, subject="News", path="") is Kind.OTHER


def test_a_challenge_that_only_its_words_mark() -> None:
    text = "This is an automated mail, to be sure that you are a human being. Answer this, and what you wrote moves to my inbox."
    assert answer(text) is Kind.CHALLENGE
    assert answer(f"What is this?\n\n> {text}") is Kind.OTHER


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        (
            "Confirm your seat",
            "Your seat is on hold until you confirm it. Click the link below: https://dest.example/s/1",
        ),
        (
            "Is it really you?",
            "Someone signed in from a new device. If it was you, click the link: https://dest.example/s/1",
        ),
        ("Invitation pending", "Bob invited you to the team. Verify your email first: https://dest.example/s/1"),
    ],
)
def test_a_sign_up_is_no_challenge(subject: str, text: str) -> None:
    assert answer(text, "App <no-reply@dest.example>", subject, head="Auto-Submitted: auto-generated\n") is Kind.OTHER
