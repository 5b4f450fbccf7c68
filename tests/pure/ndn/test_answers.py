"""Automatic answers, challenges and list notices by what they say, in many languages; and what only sounds like them."""

# ruff: noqa: E501 — lines of mail stand as they are, in any alphabet

from __future__ import annotations

import pytest

from bsaudit.model.notification import Kind, Reason
from bsaudit.ndn import read

# language, subject, text: answers of help desks and programs that set no field but In-Reply-To
ACKNOWLEDGEMENTS = [
    ("English", "Re: March news", "Thank you for contacting Example Support. Your case number is 00482911. One of our agents will respond within 24 hours."),
    ("English", "Your message to us", "Hello,\n\nthis is an automated confirmation that your e-mail reached us. Please do not reply to this message."),
    ("English", "Re: March news", "Auto-reply: this address is no longer in use, please write to office@dest.example."),
    ("German", "AW: Neuigkeiten", "Guten Tag,\n\nIhre E-Mail ist bei uns eingegangen. Sie erhalten in Kürze eine Antwort. Ihre Vorgangsnummer lautet 20260314-551.\n\nDiese Nachricht wurde automatisch erzeugt."),
    ("French", "Re: Nouvelles", "Bonjour,\n\nnous avons bien reçu votre message et vous répondrons dans les plus brefs délais. Ceci est un message automatique, merci de ne pas y répondre."),
    ("Spanish", "RE: Noticias", "Estimado cliente:\n\nHemos recibido su solicitud con el número 7781223. Este es un mensaje automático, por favor no responda."),
    ("Portuguese", "RES: Notícias", "Prezado,\n\nRecebemos a sua mensagem e responderemos o mais breve possível. Esta é uma resposta automática."),
    ("Italian", "R: Novità", "Gentile cliente,\n\nla sua richiesta è stata presa in carico con il numero di pratica 445120. Messaggio generato automaticamente, si prega di non rispondere."),
    ("Dutch", "Antw: Nieuws", "Beste,\n\nBedankt voor uw bericht. Wij nemen zo spoedig mogelijk contact met u op. Dit is een automatisch gegenereerd bericht."),
    ("Swedish", "SV: Nyheter", "Hej!\n\nVi har tagit emot ditt ärende 118822 och återkommer så snart vi kan. Detta är ett automatiskt svar."),
    ("Danish", "SV: Nyheder", "Kære kunde\n\nVi har modtaget din henvendelse (sagsnr. 551122). Denne mail er sendt automatisk og kan ikke besvares."),
    ("Norwegian", "SV: Nyheter", "Hei\n\nTakk for din henvendelse. Dette er en automatisk bekreftelse på at vi har mottatt e-posten din."),
    ("Finnish", "VS: Uutiset", "Hei,\n\nkiitos yhteydenotostasi. Tämä on automaattinen vastaus, johon ei voi vastata."),
    ("Polish", "Odp: Nowości", "Szanowni Państwo,\n\ndziękujemy za wiadomość. Zgłoszenie zostało zarejestrowane pod numerem 887712. Wiadomość wygenerowana automatycznie, prosimy na nią nie odpowiadać."),
    ("Czech", "Re: Novinky", "Dobrý den,\n\nděkujeme za Váš e-mail, Váš požadavek evidujeme pod číslem 661204. Toto je automatická zpráva, neodpovídejte na ni."),
    ("Slovak", "Re: Novinky", "Dobrý deň,\n\nďakujeme za Vašu správu. Toto je automatická odpoveď, neodpovedajte na ňu."),
    ("Hungarian", "Re: Hírek", "Tisztelt Ügyfelünk!\n\nMegkeresését megkaptuk, hamarosan válaszolunk. Ez egy automatikus üzenet, kérjük, ne válaszoljon rá."),
    ("Romanian", "Re: Noutăți", "Bună ziua,\n\nAm primit mesajul dumneavoastră. Acesta este un răspuns automat, vă rugăm nu răspundeți la acest mesaj."),
    ("Greek", "ΑΠ: Νέα", "Αγαπητέ πελάτη,\n\nλάβαμε το μήνυμά σας. Αυτό είναι ένα αυτόματο μήνυμα, παρακαλούμε μην απαντήσετε."),
    ("Turkish", "YNT: Haberler", "Sayın müşterimiz,\n\nTalebiniz tarafımıza ulaşmıştır. Bu otomatik bir mesajdır, lütfen yanıtlamayınız."),
    ("Russian", "Re: Новости", "Здравствуйте!\n\nВаше обращение получено и зарегистрировано под номером 554433. Это письмо сформировано автоматически, отвечать на него не нужно."),
    ("Ukrainian", "Re: Новини", "Доброго дня!\n\nВаше звернення отримано. Це автоматична відповідь, будь ласка, не відповідайте на цей лист."),
    ("Bulgarian", "Re: Новини", "Здравейте,\n\nПолучихме Вашето запитване. Това е автоматично съобщение, моля не отговаряйте."),
    ("Japanese", "Re: お知らせ", "お問い合わせいただきありがとうございます。\nこのメールは自動返信です。担当者より折り返しご連絡いたします。"),
    ("Chinese", "回复: 新闻", "您好，\n\n您的来信已收到，我们会尽快处理。本邮件由系统自动发送，请勿直接回复。"),
    ("Chinese, traditional", "回覆: 新聞", "您好，\n\n我們已收到您的來信，案件編號 20260314001。此為系統自動發送之信件，請勿回覆。"),
    ("Korean", "RE: 소식", "안녕하세요.\n\n문의가 접수되었습니다. 본 메일은 발신 전용으로 자동 발송되었습니다."),
    ("Hebrew", "תגובה: חדשות", "שלום,\n\nפנייתך התקבלה. זוהי הודעה אוטומטית, נא לא להשיב."),
    ("Arabic", "رد: أخبار", "مرحبا،\n\nلقد تلقينا رسالتك. هذه رسالة تلقائية، يرجى عدم الرد على هذه الرسالة."),
    ("Vietnamese", "Re: Tin tức", "Xin chào,\n\nChúng tôi đã nhận được yêu cầu của bạn. Đây là thư trả lời tự động."),
    ("Croatian", "Re: Novosti", "Poštovani,\n\nzaprimili smo Vaš zahtjev. Ovo je automatska poruka, molimo ne odgovarajte."),
    ("Lithuanian", "Re: Naujienos", "Sveiki,\n\ngavome Jūsų laišką. Tai automatinis pranešimas, neatsakykite į jį."),
]  # fmt: skip


def answer(subject: str, text: str, head: str = "In-Reply-To: <n1@sender.example>\n") -> bytes:
    return (
        "Return-Path: <desk@dest.example>\nFrom: Customer Care <desk@dest.example>\nTo: news@sender.example\n"
        f"Message-ID: <a1@dest.example>\n{head}Subject: {subject}\nContent-Type: text/plain; charset=utf-8\n\n{text}\n"
    ).encode()


@pytest.mark.parametrize(("language", "subject", "text"), ACKNOWLEDGEMENTS)
def test_an_answer_that_no_field_marks_says_itself_that_it_is_automatic(language: str, subject: str, text: str) -> None:
    assert read(answer(subject, text)).kind is Kind.AUTOREPLY


@pytest.mark.parametrize(("language", "subject", "text"), ACKNOWLEDGEMENTS)
def test_a_person_who_quotes_such_an_answer_is_a_person(language: str, subject: str, text: str) -> None:
    quoted = "Have you seen this?\n\n" + "\n".join(f"> {line}" for line in text.split("\n"))
    assert read(answer(subject, quoted).replace(b"Customer Care <desk@", b"Ann <ann@")).kind is Kind.OTHER


@pytest.mark.parametrize(("language", "subject", "text"), ACKNOWLEDGEMENTS)
def test_what_answers_nothing_is_no_answer(language: str, subject: str, text: str) -> None:
    assert read(answer("Spring sale", text, head="")).kind is Kind.OTHER


@pytest.mark.parametrize(
    "text",
    [
        "Thank you for your message. Tuesday suits me, see you then.\n\nAnn",
        "We received your parcel yesterday, all fine.\n\nAnn",
        "I shall be on vacation in July, let us meet before.\n\nAnn",
        "Danke für Ihre Nachricht, ich komme gern.\n\nAnn",
        "How do I switch off the automatic reply that the server sends?\n\nAnn",
        "Please do not reply to this thread any more, use the list.\n\nAnn",
        "This is urgent. Please send the drawings to carol@dest.example today.\n\nAnn",
        "Das ist dringend, bitte an carol@dest.example schicken.\n\nAnn",
        "For urgent matters you write to carol@dest.example, don't you?\n\nAnn",
        "I am back from vacation and have read your proposal.\n\nAnn\nann@dest.example",
    ],
)
def test_people_say_thank_you_too(text: str) -> None:
    assert read(answer("Re: March news", text).replace(b"Customer Care <desk@", b"Ann <ann@")).kind is Kind.OTHER


@pytest.mark.parametrize(
    "text",
    [
        "I am out of the office until 3 June. For urgent matters please write to carol@dest.example.",
        "Ich bin bis zum 12. August im Urlaub und erst danach wieder im Büro.",
        "Ik ben met vakantie tot 12 augustus. Voor dringende zaken: carol@dest.example",
        "Je suis absent jusqu'au 12 août. En cas d'urgence, contactez carol@dest.example.",
        "Leider bin ich erkrankt. Carol (carol@dest.example) vertritt mich.",
        "Je suis en arrêt maladie, écrivez à carol@dest.example.",
        "I have retired; carol@dest.example has my desk now.",
        "Jag är sjukskriven. Kontakta carol@dest.example.",
        "Jestem na zwolnieniu lekarskim, proszę pisać: carol@dest.example.",
        "Я на больничном. Пишите: carol@dest.example",
        "My desk is empty this week. For urgent matters: carol@dest.example",
        "Heute ist hier niemand. In dringenden Fällen hilft carol@dest.example.",
        "Nos bureaux sont fermés ; en cas d'urgence : carol@dest.example",
        "Mañana no trabajo. Asuntos urgentes: carol@dest.example",
        "Dzisiaj mnie nie ma. W pilnych sprawach: carol@dest.example",
        "本日は席を外しております。お急ぎの方は carol@dest.example まで。",
    ],
)
def test_an_absence_and_somebody_to_turn_to_and_no_word_more_are_a_programs(text: str) -> None:
    assert read(answer("Re: March news", text).replace(b"Customer Care <desk@", b"Bob <bob@")).kind is Kind.AUTOREPLY


@pytest.mark.parametrize(
    ("subject", "head", "text"),
    [
        ("Re: Offer", "Auto-Submitted: auto-generated\n", "I'm on parental leave until August."),
        ("Re: Offer", "X-Auto-Response-Suppress: All\n", "I am travelling this week."),
        ("Re: Offer", "Precedence: junk\n", "Please note that my email address has changed."),
        ("Bob is out of office", "", "Until Monday."),
    ],
)
def test_an_absence_and_a_mark_of_a_program_are_a_programs(subject: str, head: str, text: str) -> None:
    marked = f"In-Reply-To: <n1@sender.example>\n{head}"
    assert read(answer(subject, text, marked)).kind is Kind.AUTOREPLY


def test_an_absence_that_a_program_tells_of_unasked_is_no_answer() -> None:
    head = "Auto-Submitted: auto-generated\n"
    assert read(answer("Calendar", "Carol is on leave until Monday.", head)).kind is Kind.OTHER


def test_a_program_that_says_so_under_a_subject_that_people_write_too() -> None:
    text = "I am out of the office until Monday. This is an automated response to your message."
    raw = answer("AUTO: Bob is out of the office (returning Monday)", text, head="")
    assert read(raw.replace(b"Customer Care <desk@", b"Bob <bob@")).kind is Kind.AUTOREPLY


def test_a_case_that_a_help_desk_opened_by_itself_is_an_automatic_reply() -> None:
    head = "In-Reply-To: <n1@sender.example>\nAuto-Submitted: auto-generated\n"
    raw = answer("Re: March news", "Hello, your case 00081234 is open; an engineer looks at it.", head)
    assert read(raw).kind is Kind.AUTOREPLY


def test_a_refusal_marked_as_automatic_is_an_automatic_reply() -> None:
    raw = answer(
        "[Rejected] March news",
        "Sadly, your email message to the tracker cannot be processed: the thread is closed.",
        "In-Reply-To: <n1@sender.example>\nAuto-Submitted: auto-generated\n",
    )
    assert read(raw).kind is Kind.AUTOREPLY


# language, subject, text: nobody's product
CHALLENGES = [
    ("English", "Re: March news", "Please confirm that your message to bob@dest.example is by a person and no robot: simply reply to this message."),
    ("English", "One more step", "Against junk, Bob's mailbox holds what comes from strangers. Your message is kept; follow the link: https://cr.dest.example/7"),
    ("Ukrainian", "Ще один крок", "Ваш лист затримано. Для захисту від спаму натисніть на посилання https://cr.dest.example/7"),
    ("English", "Who are you?", "Your message to bob@dest.example has not been delivered yet. To stop spam I want to know who you are: click here. https://cr.dest.example/7"),
    ("French", "Votre message est en attente", "Votre message à bob@dest.example est en attente : répondez simplement à cet envoi pour prouver que vous n'êtes pas un robot."),
    ("English", "One click", "Your mail to bob@dest.example is parked. I use an allowlist: it gets through when you click this link. https://cr.dest.example/7"),
    ("German", "Re: Neuigkeiten", "Ihre Mail an bob@dest.example liegt in der Warteschlange: Sie stehen nicht auf der Liste der bekannten Absender. Antworten Sie einfach hierauf."),
    ("Japanese", "お願い", "お送りいただいたメールは保留されています。迷惑メール対策のため、下記のリンクをクリックしてください。https://cr.dest.example/7"),
    ("English", "Please verify your message", "Your message to bob@dest.example is being held because you are not yet known here. Prove that you are human: https://cr.dest.example/7"),
    ("German", "Ihre Nachricht wartet", "Ihre E-Mail an bob@dest.example wird zurückgehalten, bis Sie bestätigen, dass Sie ein Mensch sind. Bitte folgenden Link aufrufen: https://cr.dest.example/7"),
    ("French", "Votre message est en attente", "Votre message à bob@dest.example est en attente. Pour qu'il soit remis, cliquez sur le lien suivant et confirmez que vous n'êtes pas un robot : https://cr.dest.example/7"),
    ("Spanish", "Su mensaje está retenido", "Su mensaje para bob@dest.example está retenido. Por favor confirme que no es un robot en el siguiente enlace: https://cr.dest.example/7"),
    ("Portuguese", "Sua mensagem aguarda confirmação", "Sua mensagem para bob@dest.example está pendente. Clique no link abaixo para confirmar que não é um robô: https://cr.dest.example/7"),
    ("Italian", "Il tuo messaggio è in attesa", "Il tuo messaggio per bob@dest.example è in attesa. Conferma che non sei un robot cliccando qui: https://cr.dest.example/7"),
    ("Dutch", "Uw bericht wordt vastgehouden", "Uw bericht aan bob@dest.example wordt vastgehouden. Bevestig eenmalig via onderstaande link dat u geen spam verstuurt: https://cr.dest.example/7"),
    ("Swedish", "Ditt meddelande väntar", "Ditt meddelande till bob@dest.example hålls kvar. Klicka på länken nedan för att bekräfta att du inte är en robot: https://cr.dest.example/7"),
    ("Danish", "Din besked venter", "Din besked til bob@dest.example er tilbageholdt. Klik på linket nedenfor for at bekræfte din adresse: https://cr.dest.example/7"),
    ("Norwegian", "Meldingen din venter", "Meldingen din til bob@dest.example holdes tilbake. Klikk på lenken nedenfor for å bekrefte at du er et menneske: https://cr.dest.example/7"),
    ("Finnish", "Viestisi odottaa", "Viestisi osoitteeseen bob@dest.example odottaa. Vahvista napsauttamalla linkkiä, että et ole robotti: https://cr.dest.example/7"),
    ("Polish", "Twoja wiadomość oczekuje", "Twoja wiadomość do bob@dest.example została wstrzymana. Kliknij poniższy link i potwierdź, że nie jesteś robotem: https://cr.dest.example/7"),
    ("Czech", "Vaše zpráva čeká", "Vaše zpráva pro bob@dest.example čeká na ověření. Klikněte na odkaz níže a potvrďte, že nejste robot: https://cr.dest.example/7"),
    ("Hungarian", "Üzenete függőben", "Az Ön üzenete (bob@dest.example) függőben van. Kérjük, kattintson az alábbi linkre, és erősítse meg, hogy nem robot: https://cr.dest.example/7"),
    ("Romanian", "Mesajul dumneavoastră așteaptă", "Mesajul dumneavoastră către bob@dest.example este în așteptare. Confirmați că nu sunteți un robot, apăsați pe linkul de mai jos: https://cr.dest.example/7"),
    ("Greek", "Το μήνυμά σας αναμένει", "Το μήνυμά σας προς bob@dest.example βρίσκεται σε αναμονή. Κάντε κλικ στον σύνδεσμο για επιβεβαίωση: https://cr.dest.example/7"),
    ("Turkish", "İletiniz bekliyor", "bob@dest.example adresine gönderdiğiniz ileti bekletiliyor. Robot olmadığınızı doğrulamak için bağlantıya tıklayın: https://cr.dest.example/7"),
    ("Russian", "Ваше письмо ожидает подтверждения", "Ваше письмо для bob@dest.example задержано до подтверждения. Перейдите по ссылке: https://cr.dest.example/7 После этого оно будет доставлено."),
    ("Ukrainian", "Ваш лист очікує", "Ваш лист на адресу bob@dest.example очікує. Підтвердьте, що ви не робот, перейдіть за посиланням https://cr.dest.example/7"),
    ("Japanese", "メールは保留されています", "bob@dest.example 宛のメールは保留されています。下記のリンクをクリックして、送信者の確認を行ってください。https://cr.dest.example/7"),
    ("Chinese", "请确认您的邮件", "您发送给 bob@dest.example 的邮件正在等待验证。请点击以下链接确认您不是机器人：https://cr.dest.example/7"),
    ("Korean", "보내신 메일이 보류되었습니다", "bob@dest.example 님께 보내신 메일이 보류 중입니다. 아래 링크를 클릭하여 인증해 주세요: https://cr.dest.example/7"),
    ("Hebrew", "ההודעה שלך ממתינה", "ההודעה שלך אל bob@dest.example ממתינה. יש לאשר בקישור שאינך רובוט: https://cr.dest.example/7"),
    ("Arabic", "رسالتك في انتظار التأكيد", "رسالتك إلى bob@dest.example في انتظار التحقق. يرجى التأكيد، انقر على الرابط: https://cr.dest.example/7"),
]  # fmt: skip


def from_nobody(sender: str, subject: str, text: str) -> bytes:
    return (
        f"Return-Path: <>\nFrom: {sender}\nTo: news@sender.example\nMessage-ID: <c1@dest.example>\nSubject: {subject}\n"
        f"Content-Type: text/plain; charset=utf-8\n\n{text}\n"
    ).encode()


@pytest.mark.parametrize(("language", "subject", "text"), CHALLENGES)
def test_a_challenge_in_any_language(language: str, subject: str, text: str) -> None:
    assert read(from_nobody("Bob <bob@dest.example>", subject, text)).kind is Kind.CHALLENGE


def test_a_filter_that_refused_spam_asks_for_nothing() -> None:
    text = "Your message to bob@dest.example was not delivered: our filter took it for spam. It is kept in quarantine.\n\nhttps://gw.dest.example/why"
    assert read(from_nobody("Gateway <gw-notify@dest.example>", "Message blocked", text)).kind is not Kind.CHALLENGE


@pytest.mark.parametrize(("language", "subject", "text"), CHALLENGES)
def test_a_challenge_that_is_forwarded_is_none(language: str, subject: str, text: str) -> None:
    copied = f"What do they want?\n\nFrom: Bob <bob@dest.example>\nSubject: {subject}\n\n{text}"
    raw = answer(f"Fwd: {subject}", copied, head="").replace(b"Customer Care <desk@", b"Ann <ann@")
    assert read(raw).kind is Kind.OTHER


# language, subject, text: what list programs write to strangers
HELD = [
    ("English", "Your message to Club awaits moderator approval", "Your mail to 'Club' is being held until the list moderator can review it."),
    ("German", "Ihre Nachricht an Club wartet auf Bestätigung des Moderators", "Ihre E-Mail an 'Club' wurde zurückgehalten, der Moderator wird sie prüfen."),
    ("French", "Votre message à Club attend l'approbation du modérateur", "Votre message est en attente jusqu'à ce que le modérateur de la liste l'examine."),
    ("Spanish", "Su mensaje a Club espera la aprobación del moderador", "Su mensaje a 'Club' está retenido hasta que el moderador de la lista lo revise."),
    ("Portuguese", "Sua mensagem para Club aguarda aprovação do moderador", "Sua mensagem está retida até que o moderador da lista possa revisá-la."),
    ("Italian", "Il tuo messaggio a Club attende l'approvazione del moderatore", "Il tuo messaggio è in attesa che il moderatore della lista lo approvi."),
    ("Dutch", "Uw bericht aan Club wacht op goedkeuring door de moderator", "Uw bericht wordt vastgehouden tot de moderator het heeft bekeken."),
    ("Swedish", "Ditt meddelande till Club väntar på godkännande", "Ditt meddelande till 'Club' väntar på att listans moderator ska godkänna det."),
    ("Danish", "Din meddelelse til Club afventer godkendelse", "Din e-mail til 'Club' afventer listens moderator."),
    ("Norwegian", "Din melding til Club venter på godkjenning", "Din e-post til 'Club' holdes tilbake inntil moderator har godkjent den."),
    ("Finnish", "Viestisi listalle Club odottaa hyväksyntää", "Viestisi odottaa listan moderaattorin hyväksyntää."),
    ("Polish", "Twoja wiadomość do Club oczekuje na akceptację", "Twoja wiadomość została wstrzymana do czasu decyzji moderatora listy."),
    ("Czech", "Váš příspěvek do konference Club čeká na schválení", "Váš příspěvek byl pozdržen, čeká na schválení moderátorem."),
    ("Hungarian", "A Club listára küldött levele jóváhagyásra vár", "Az Ön levele visszatartásra került, amíg a moderátor jóvá nem hagyja. Várjon türelemmel."),
    ("Romanian", "Mesajul dumneavoastră pentru Club așteaptă aprobarea moderatorului", "Mesajul dumneavoastră este reținut până la aprobare."),
    ("Greek", "Το μήνυμά σας στη λίστα Club αναμένει έγκριση", "Το μήνυμά σας κρατείται έως ότου το εγκρίνει ο συντονιστής της λίστας."),
    ("Turkish", "Club listesine gönderdiğiniz ileti moderatör onayı bekliyor", "İletiniz liste yöneticisi onaylayana kadar bekletiliyor."),
    ("Russian", "Ваше сообщение в Club ожидает одобрения модератора", "Ваше сообщение задержано до проверки модератором списка."),
    ("Ukrainian", "Ваше повідомлення до Club очікує схвалення", "Ваше повідомлення очікує на рішення модератора списку."),
    ("Japanese", "Club へのメールは承認待ちです", "あなたのメールは、モデレータの承認待ちのため保留されています。"),
    ("Chinese", "您发往 Club 的邮件等待审核", "您的邮件已被保留，等待列表管理员审核。"),
    ("Korean", "Club 메일링 리스트로 보낸 메일이 승인 대기 중입니다", "보낸 메일이 관리자의 승인을 기다리고 있습니다."),
    ("Hebrew", "ההודעה שלך לרשימה Club ממתינה לאישור", "ההודעה שלך ממתינה לאישור מנהל הרשימה."),
    ("English", "Post to club@lists.dest.example refused", "Your message to the list was not distributed: only list members may write here, and you are not a member."),
]  # fmt: skip


@pytest.mark.parametrize("box", ["club-owner", "club-bounces", "owner-club", "club-request"])
@pytest.mark.parametrize(("language", "subject", "text"), HELD)
def test_a_post_that_a_list_holds_or_refuses(language: str, subject: str, text: str, box: str) -> None:
    raw = answer(subject, text, head="Precedence: bulk\n").replace(
        b"Customer Care <desk@dest", f"{box} <{box}@lists.dest".encode()
    )
    assert read(raw).kind is Kind.AUTOREPLY


# language, subject, text: a mail system writes to its users and fellow postmasters, and nothing of theirs came back
NOTICES = [
    ("quota, English", "Mailbox 92% full", "Your mailbox has used 92% of its space. Once it is full, new mail will be rejected and returned. Questions? helpdesk@sender.example"),
    ("quota, French", "Votre boîte est presque pleine", "Votre boîte aux lettres est pleine à 95 %. Les nouveaux messages ne pourront plus être distribués."),
    ("quota, Dutch", "Postvak bijna vol", "Uw postvak is voor 95% vol. Nieuwe berichten kunnen straks niet worden bezorgd."),
    ("quota, Russian", "Почтовый ящик почти заполнен", "Ваш почтовый ящик заполнен на 95 %. Новые письма не будут доставлены. Обращайтесь: help@sender.example"),
    ("quota, Chinese", "邮箱容量提醒", "您的邮箱已使用95%。空间用完后将无法接收新邮件，邮件会被退回。"),
    ("quota, Polish", "Skrzynka prawie pełna", "Twoja skrzynka jest zapełniona w 95%. Nowe wiadomości nie będą mogły zostać dostarczone."),
    ("quarantine", "Quarantine digest for news@sender.example", "These messages were blocked and not delivered:\n\nbuy@shop.example  Great offer\nwin@lotto.example  You won"),
    ("quarantine, German", "Ihre Spam-Quarantäne", "Folgende Nachrichten wurden nicht zugestellt:\n\nangebot@shop.example  Sonderangebot\n\nIn Ihrer Quarantäne können Sie sie freigeben."),
    ("DMARC", "DMARC summary for sender.example", "12 messages from 203.0.113.9 were rejected, 3 were not delivered."),
    ("maintenance", "Planned maintenance", "The mail server will be down on Sunday. Messages that cannot be delivered meanwhile are delayed, not lost."),
    ("maintenance, Spanish", "Mantenimiento del servidor de correo", "El domingo el servidor no estará disponible. Los mensajes que no se puedan entregar quedarán en cola."),
]  # fmt: skip


@pytest.mark.parametrize(("name", "subject", "text"), NOTICES)
@pytest.mark.parametrize(
    "sender", ["Mail Delivery System <MAILER-DAEMON@mx.sender.example>", "postmaster@sender.example"]
)
def test_a_mail_systems_other_notices_are_no_bounces(name: str, subject: str, text: str, sender: str) -> None:
    assert read(from_nobody(sender, subject, text)).kind in {Kind.OTHER, Kind.REPORT}


def test_reports_on_dmarc_and_tls_are_reports() -> None:
    dmarc = "Report Domain: sender.example Submitter: mx.dest.example Report-ID: <7@mx.dest.example>"
    assert read(from_nobody("postmaster@dest.example", dmarc, "3 rejected")).kind is Kind.REPORT
    tls = from_nobody("tls@dest.example", "Report", "--b\n\nfailure-details\n--b--")
    kind = b'multipart/report; report-type="tlsrpt"; boundary=b'
    assert read(tls.replace(b"text/plain; charset=utf-8", kind)).kind is Kind.REPORT


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        (
            "Your e-mail was refused",
            "Your e-mail to bob@dest.example could not be accepted: only colleagues may write to him.",
        ),
        (
            "March news",
            "The message you sent to bob@dest.example was turned away, because this mailbox is private. We are unable to make exceptions.",
        ),
        ("Notice", "Sorry: what you’ve sent can’t be delivered to bob@dest.example."),
        ("Your letter couldn’t be delivered", "There’s no bob@dest.example in this house."),
        ("Mitteilung", "Ihre Nachricht an bob@dest.example kann leider nicht angenommen werden."),
        ("Avis", "Votre message à bob@dest.example n'a pas été accepté : adresse privée."),
        ("通知", "您发送给 bob@dest.example 的邮件不被接受。"),
    ],
)
def test_a_daemons_refusal_in_words_of_its_own_is_a_bounce(subject: str, text: str) -> None:
    note = read(from_nobody("MAILER-DAEMON@mx.dest.example", subject, text))
    assert note.kind is Kind.NDN
    assert [report.final_recipient for report in note.recipients] == ["bob@dest.example"]


def test_a_filter_that_tells_the_sender_what_it_took_for_spam() -> None:
    text = "A message from <news@sender.example>\nto: bob@dest.example\n\nwas considered unsolicited bulk e-mail.\n\nDelivery of the email was stopped!"
    note = read(from_nobody("postmaster@dest.example", "Considered UNSOLICITED, apparently from you", text))
    assert note.kind is Kind.NDN
    assert [(report.final_recipient, report.reason) for report in note.recipients] == [
        ("bob@dest.example", Reason.SPAM)
    ]


def test_postmasters_thanks_for_a_report_are_no_bounce() -> None:
    text = "Thank you for writing to the postmaster.\n\nIf your mail was not delivered, please send us the bounce (550 User unknown)."
    raw = from_nobody("postmaster@dest.example", "Re: Undelivered Mail Returned to Sender", text)
    assert read(raw.replace(b"Message-ID", b"In-Reply-To: <n1@sender.example>\nMessage-ID")).kind is Kind.AUTOREPLY


@pytest.mark.parametrize(
    ("sender", "subject", "opening"),
    [
        (
            "Desk <notifications@dest.example>",
            "[DESK-77] Undelivered Mail Returned to Sender",
            "Mail Delivery System created the issue.",
        ),
        (
            "Help <help@dest.example>",
            "Delivery Status Notification (Failure) [#7255]",
            "New ticket from Mail Delivery Subsystem",
        ),
        ("Mail Delivery Subsystem <support@dest.example>", "[Case 4711] failure notice", "A new case was opened."),
    ],
)
def test_a_help_desk_tells_of_a_bounce(sender: str, subject: str, opening: str) -> None:
    text = f"{opening}\n\nDelivery has failed to these recipients:\n\nbob@far.example\nRemote Server returned '550 5.1.1 User unknown'\n"
    raw = from_nobody(sender, subject, text).replace(b"Return-Path: <>", b"Return-Path: <help@dest.example>")
    assert read(raw).kind in {Kind.OTHER, Kind.AUTOREPLY}


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        (
            "Remise différée : Nouvelles",
            "La remise à ces destinataires est retardée :\n\nbob@dest.example\n\nLes tentatives se poursuivront.",
        ),
        ("Întârziere: Noutăți", "Mesajul dumneavoastră este întârziat și nu a fost încă livrat:\n\nbob@dest.example"),
        ("Καθυστέρηση", "Η παράδοση του μηνύματός σας καθυστερεί:\n\nbob@dest.example"),
        ("עיכוב במסירה", "מסירת ההודעה שלך מתעכבת:\n\nbob@dest.example"),
        ("Затримка доставки", "Доставка вашого листа затримується:\n\nbob@dest.example"),
        ("배달 지연", "메시지가 아직 배달되지 않았습니다. 배달이 지연되고 있습니다:\n\nbob@dest.example"),
    ],
)
def test_a_delay_in_any_language(subject: str, text: str) -> None:
    note = read(from_nobody("Mail Delivery System <MAILER-DAEMON@mx.dest.example>", subject, text))
    assert note.kind is Kind.DELAY
    assert [report.final_recipient for report in note.recipients] == ["bob@dest.example"]


@pytest.mark.parametrize(
    ("charset", "text"),
    [
        ("gb18030", "您的邮件无法投递到以下地址：\n\n<bob@dest.example>\n550 用户不存在"),
        ("big5", "您的郵件無法傳送給下列收件者：\n\n<bob@dest.example>\n550 沒有此使用者"),
        ("euc-kr", "메일을 전송할 수 없습니다. 반송 사유는 다음과 같습니다.\n\n<bob@dest.example>\n550"),
        ("shift_jis", "下記の宛先に配信できませんでした。配信エラー\n\n<bob@dest.example>\n550"),
        ("koi8-r", "Ваше письмо не может быть доставлено получателю:\n\n<bob@dest.example>\n550"),
        ("cp1251", "Ваше письмо не может быть доставлено получателю:\n\n<bob@dest.example>\n550"),
        ("utf-8", "Ваше письмо не может быть доставлено получателю:\n\n<bob@dest.example>\n550"),
    ],
)
@pytest.mark.parametrize(
    "declared", ["", "Content-Type: text/plain; charset=iso-8859-1\n"], ids=["undeclared", "latin-1"]
)
def test_a_charset_that_is_wrong_or_missing_is_told_by_the_words(charset: str, text: str, declared: str) -> None:
    head = f"Return-Path: <>\nFrom: postmaster@dest.example\nTo: news@sender.example\nSubject: =?x?q??=\n{declared}\n"
    note = read(head.encode() + text.encode(charset))
    assert note.kind is Kind.NDN
    assert text.split("\n", 1)[0] in note.prose


def test_latin_1_stays_latin_1() -> None:
    raw = "From: Ann <ann@sender.example>\nSubject: Grüße\nContent-Type: text/plain; charset=iso-8859-1\n\nÄÖÜß naïve façade\n"
    note = read(raw.encode("latin-1"))
    assert (note.subject, note.prose.strip()) == ("Grüße", "ÄÖÜß naïve façade")


ROWS = "<html><body><table><tr><td>Your message could not be delivered.</td></tr>{}<tr><td>Reason</td><td>550 5.1.1 User unknown</td></tr></table></body></html>"


@pytest.mark.parametrize(
    "rows",
    [
        "<tr><td>Recipient:</td><td>bob@dest.example</td></tr><tr><td>From</td><td>ann@far.example</td></tr>",
        "<tr><th>Sent by</th><td>ann@far.example</td></tr><tr><th>Sent to</th><td>bob@dest.example</td></tr>",
        "<tr><td><b>Absender</b></td><td>ann@far.example</td></tr><tr><td><b>Empfänger</b></td><td>bob@dest.example</td></tr>",
        "<tr><td>To</td><td>bob@dest.example</td></tr><tr><td>Help</td><td><a href='mailto:it@far.example'>it@far.example</a></td></tr>",
        "<tr hidden><td>Cc</td><td>x@far.example</td></tr><tr><td>To</td><td>bob@dest.example</td></tr>",
        "<tr style='visibility: hidden'><td>To</td><td>x@far.example</td></tr><tr><td>To</td><td>bob@dest.example</td></tr>",
        "<!-- To: x@far.example --><tr><td>To</td><td>bob@dest.example</td></tr>",
        "<tr><td>To</td><td>bob@dest.example<div style='display:none'>x@far.example <div>y@far.example</div></div></td></tr>",
        "<tr><td>Sender</td><td>news@sender.example</td></tr><tr><td>Addressee</td><td>bob@dest.example</td></tr>",
    ],
)
def test_a_row_names_the_failed_recipient_only_if_it_says_so(rows: str) -> None:
    raw = from_nobody("MAILER-DAEMON@mx.dest.example", "Message undeliverable", ROWS.format(rows))
    note = read(raw.replace(b"text/plain", b"text/html"))
    assert [report.final_recipient for report in note.recipients] == ["bob@dest.example"]
    assert note.recipients[0].refined_status == "5.1.1"


@pytest.mark.parametrize(
    "label", ["Sender", "Absender", "Expéditeur", "发件人", "差出人", "Reply-To", "Contact", "Avsändare"]
)
@pytest.mark.parametrize("gap", ["\n", "\n\n", " "])
def test_a_label_above_an_address_is_its_label(label: str, gap: str) -> None:
    text = f"Your message could not be delivered.\n\n{label}:{gap}ann@far.example\n\nRecipient:{gap}bob@dest.example\n\nReason:{gap}550 5.1.1 User unknown\n"
    note = read(from_nobody("MAILER-DAEMON@mx.dest.example", "Message undeliverable", text))
    assert [report.final_recipient for report in note.recipients] == ["bob@dest.example"]
