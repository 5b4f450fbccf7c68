"""French."""

from __future__ import annotations

from bsaudit.judge.advice_table import Problem
from bsaudit.report.notice_words.words import Cause, Words

WORDS = Words(
    subject="Rétrodiffusion depuis {host} : votre serveur écrit à des expéditeurs usurpés",
    greeting="Madame, Monsieur,",
    intro=(
        "votre système de messagerie pour {domain} accepte des messages, puis écrit à l'adresse d'expéditeur que "
        "portent ces messages (rétrodiffusion, « backscatter »). Nous l'avons vérifié avec nos propres "
        "messages. Vous trouverez ci-dessous ce que nous avons envoyé, ce qui est revenu, et le réglage qui y met fin."
    ),
    intro_message=(
        "nous avons reçu une notification écrite par votre système de messagerie pour {domain}. Elle a été écrite après "
        "que votre système avait accepté un message, à l'adresse d'expéditeur que portait ce message (rétrodiffusion, "
        "« backscatter »). Vous trouverez ci-dessous ce qui est arrivé, et le réglage qui y met fin."
    ),
    intro_survey=(
        "nous avons reçu des notifications écrites par votre système de messagerie pour {domain}. Elles concernent des "
        "messages que nous n'avons jamais envoyés : leur adresse d'expéditeur était falsifiée (rétrodiffusion, "
        "« backscatter »). Elles ont été écrites après l'acceptation de ces messages, à celui qui y figurait comme "
        "expéditeur. Vous trouverez ci-dessous combien sont arrivées et quand, l'une d'elles, et le réglage qui y met fin."
    ),
    happened="Ce qui s'est passé",
    when="Quand, et sur lequel de vos hôtes",
    harm="Pourquoi cela nuit",
    change="Ce qu'il faut changer",
    noticed="Remarqué en outre",
    reproduce="Comment le constater vous-même",
    ask="À qui s'adresser",
    sent="messages de test envoyés à {domain}",
    run="audit",
    permission="avec l'autorisation de",
    host="votre hôte",
    accepted="accepté le",
    client="reçu de",
    mail_from="MAIL FROM",
    rcpt_to="RCPT TO",
    message_id="Message-ID",
    queue_id="identifiant dans votre file",
    reply="votre réponse",
    came_back="revenu le",
    handed_over="remis par",
    notices="notifications de ce genre reçues",
    first="la première le",
    last="la dernière le",
    causes="pourquoi elles ont été écrites",
    example="En voici une :",
    header="Voici son en-tête :",
    own_senders="Toutes les adresses d'expéditeur étaient les nôtres : nous n'avons écrit à personne d'autre.",
    quoted="Voici le début de ce qui est revenu :",
    proof="Voici ce qui montre que votre système l'a écrit :",
    harms=(
        "Les spams et les virus portent des adresses d'expéditeur usurpées. Qui accepte de tels messages et y répond "
        "plus tard écrit à des personnes qui ne lui ont jamais écrit : d'un message usurpé naît un message indésirable "
        "de plus, en votre nom.",
        "Il existe des listes de tels serveurs ; les messages d'un serveur qui y figure sont refusés ailleurs, y compris "
        "ceux de vos utilisateurs.",
        "Un serveur qui refuse pendant la session SMTP (5xx) n'écrit à personne : le serveur émetteur informe son propre "
        "utilisateur.",
    ),
    see="Voir {reference}",
    by_hand="Sans notre outil, depuis une adresse à vous :",
    in_logs="Dans les journaux de votre serveur :",
    retest="Notre test se répète avec cette commande :",
    more="Pour en savoir plus sur les dommages, les autres logiciels et chaque résultat :",
    explained="Notre outil explique lui-même ses résultats :",
    expected="Une fois le problème corrigé, votre serveur refuse pendant la session ou se tait, et rien ne revient.",
    contact="Vos questions, et un mot quand ce sera corrigé, sont les bienvenus à {contact}.",
    answer="Vos questions, et un mot quand ce sera corrigé, sont les bienvenus : il suffit de répondre à ce message.",
    no_more='Si vous ne souhaitez plus de tests, publiez l\'enregistrement TXT {name} "{text}".',
    in_charge_domain="Ceci s'adresse aux responsables du domaine {domain} : {addresses}.",
    in_charge_network="Responsables du réseau : {addresses}.",
    closing="Merci de vous en occuper.",
    problems={
        Problem.RECIPIENT: Cause(
            "Les messages pour un destinataire qui n'existe pas sont acceptés, puis renvoyés plus tard.",
            "Faites connaître les destinataires valides à chaque hôte qui reçoit des messages pour le domaine, serveurs "
            "de secours et passerelles compris, afin qu'il refuse tous les autres à RCPT TO.",
        ),
        Problem.CONTENT: Cause(
            "Les messages dont le filtre ne veut pas sont acceptés, puis le système écrit à leur expéditeur.",
            "Analysez pendant que la session SMTP est ouverte et refusez après DATA ; ce qui est découvert plus tard, "
            "classez-le ou supprimez-le, et ne le renvoyez jamais.",
        ),
        Problem.QUOTA: Cause(
            "Les messages pour une boîte pleine sont acceptés, puis renvoyés plus tard.",
            "Demandez à RCPT TO si la boîte est pleine, et répondez-y par 452 ou 552.",
        ),
        Problem.REPLY: Cause(
            "Le système répond automatiquement aux messages, même quand leur expéditeur est usurpé.",
            "Ne répondez qu'aux messages qui nomment la personne comme destinataire, qui ont passé le filtre antispam et "
            "qui ne sont pas des envois en masse ; au même expéditeur une seule fois en plusieurs jours, et avec "
            "l'expéditeur d'enveloppe vide. N'envoyez jamais de demandes de confirmation (« challenges »).",
        ),
        Problem.FORWARD: Cause(
            "Les messages sont redirigés, et ce que le serveur suivant refuse est renvoyé à l'expéditeur.",
            "Filtrez avant de rediriger et gardez la session ouverte jusqu'à la réponse du serveur suivant, ou redirigez "
            "avec un expéditeur d'enveloppe à vous.",
        ),
        Problem.DELAY: Cause(
            "L'expéditeur est averti qu'un message attend encore d'être remis.",
            "Désactivez les avertissements de retard pour les messages venus de l'extérieur.",
        ),
        Problem.ANY: Cause(
            "Les messages sont acceptés, ne sont pas remis, et le système écrit plus tard à leur expéditeur.",
            "Décidez pendant que la session SMTP est ouverte, et refusez-y ce que vous ne remettrez pas.",
        ),
    },
    findings={
        "forwards-and-returns": Cause(
            "Les messages sont redirigés vers un tiers, et ce que celui-ci refuse revient à l'expéditeur.",
            "Filtrez avant de rediriger, et refusez pendant la session ce que la destination refuse.",
        ),
        "callout": Cause(
            "Votre serveur se connecte au serveur de messagerie de celui qui figure comme expéditeur, pour vérifier "
            "l'adresse.",
            "Désactivez cette vérification d'expéditeur (« callouts »).",
        ),
        "bounces-authenticated": Cause(
            "Le système n'écrit qu'aux expéditeurs dont SPF se porte garant.",
            "Le remède est le même : refuser pendant la session. Le tort est moindre, mais non nul.",
        ),
        "answers-wrong-address": Cause(
            "La réponse est allée à l'adresse de From ou de Reply-To au lieu de l'expéditeur d'enveloppe.",
            "Utilisez un répondeur qui répond à l'expéditeur d'enveloppe (RFC 3834).",
        ),
        "answers-lists": Cause(
            "Le système répond automatiquement aux messages de listes de diffusion.",
            "Utilisez un répondeur qui se tait pour les listes de diffusion (RFC 3834).",
        ),
        "answers-repeatedly": Cause(
            "Le système a répondu plus d'une fois au même expéditeur en quelques minutes.",
            "Utilisez un répondeur qui retient pendant des jours à qui il a répondu.",
        ),
        "answer-reverse-path": Cause(
            "La réponse automatique a un expéditeur d'enveloppe propre : deux programmes de ce genre peuvent se répondre "
            "sans fin.",
            "Envoyez les réponses automatiques avec l'expéditeur d'enveloppe vide <>.",
        ),
        "answer-unmarked": Cause(
            "La réponse automatique n'est pas signalée comme telle.",
            "Donnez-lui le champ Auto-Submitted: auto-replied.",
        ),
        "answers": Cause(
            "Le système répond automatiquement aux messages ordinaires.",
            "Rien n'est à changer si les réponses sont conformes à la RFC 3834.",
        ),
        "refuses-null-reverse-path": Cause(
            "Les notifications (expéditeur d'enveloppe <>) sont refusées pour un utilisateur existant, qui n'apprend "
            "jamais que son message n'est pas arrivé.",
            "Acceptez l'expéditeur d'enveloppe <>.",
        ),
        "no-postmaster": Cause(
            "L'adresse postmaster est refusée.",
            "Créez-la, et exemptez-la des filtres (RFC 5321 §4.5.1).",
        ),
        "no-abuse": Cause(
            "L'adresse abuse est refusée : personne ne peut se plaindre.",
            "Créez-la, et exemptez-la des filtres (RFC 2142).",
        ),
        "no-contact": Cause(
            "La notification invite à écrire à une adresse que votre serveur refuse.",
            "Corrigez l'adresse dans le modèle de la notification, ou créez-la.",
        ),
        "unreachable-operator": Cause(
            "Personne ne peut vous écrire au sujet de votre courrier : postmaster et abuse sont refusées, et aucun registre public n'a de contact.",
            "Créez postmaster et abuse, et inscrivez un contact chez abuse.net et auprès de votre registre d'adresses IP.",
        ),
        "accepts-unknown": Cause(
            "Un message pour un destinataire qui n'existe pas a été accepté, et rien n'est revenu : il est perdu sans "
            "un mot.",
            "Refusez les destinataires inconnus à RCPT TO.",
        ),
        "second-try-differs": Cause(
            "La première tentative a été différée, la seconde non (liste grise ou procédé semblable).",
            "Rien n'est à changer ; gardez le délai au-dessous de cinq minutes.",
        ),
        "bounces-with-notify": Cause(
            "Seuls les messages qui demandaient des notifications de remise ont été renvoyés.",
            "Le remède est le même : refuser pendant la session.",
        ),
        "ndn-bounces-a-bounce": Cause(
            "Le système a répondu par une notification à un message dont l'expéditeur d'enveloppe était vide (<>) : deux "
            "serveurs de ce genre ne s'arrêtent jamais.",
            "N'écrivez jamais à <>, et ne prenez pas l'adresse de From à la place.",
        ),
        "ndn-returns-virus": Cause(
            "La notification renvoie le virus.",
            "Analysez avant d'accepter le message ; sinon, ne renvoyez que son en-tête.",
        ),
        "ndn-returns-spam": Cause(
            "La notification renvoie le spam entier : votre serveur le diffuse sous son propre nom.",
            "Analysez avant d'accepter le message ; sinon, ne renvoyez que son en-tête.",
        ),
        "ndn-non-null-reverse-path": Cause(
            "La notification a un expéditeur d'enveloppe propre : une réponse peut tourner en boucle.",
            "Envoyez les notifications avec l'expéditeur d'enveloppe vide <>.",
        ),
        "ndn-several": Cause(
            "Plus d'une notification est revenue pour un seul message à un seul destinataire.",
            "Laissez un système notifier, et faites taire les autres.",
        ),
        "ndn-no-reason": Cause(
            "La notification ne dit pas pourquoi le message n'a pas été remis.",
            "Transmettez la réponse du serveur suivant.",
        ),
        "ndn-not-machine-readable": Cause(
            "Aucun programme ne peut lire la notification : il lui manque la partie message/delivery-status.",
            "Activez les notifications dans la forme de la RFC 3464.",
        ),
        "ndn-leaks-internal-hosts": Cause(
            "La notification révèle à des inconnus des hôtes ou adresses internes.",
            "Refusez à l'entrée du réseau, ou faites-y réécrire ce que disent les hôtes internes.",
        ),
        "ndn-leaks-users": Cause(
            "La notification révèle à des inconnus comment les messages sont stockés ou redirigés.",
            "Refusez pendant la session, ou utilisez un agent de remise dont les erreurs ne nomment ni chemins ni "
            "utilisateurs.",
        ),
        "ndn-leaks-filter-scores": Cause(
            "La notification révèle aux spammeurs comment leur message a été noté.",
            "Retirez du modèle les notes et les noms de règles ; mieux, n'envoyez pas de telle notification.",
        ),
    },
    evidence={
        "handed_over": "Nous l'avons reçu de cet hôte, qui est à vous.",
        "acceptance": "Il est établi que votre système a accepté le message dont parle cette notification.",
        "returned_trace": "La copie qu'elle contient porte une ligne Received écrite par votre hôte.",
        "birth": "Sa plus ancienne ligne Received a été écrite par votre hôte.",
        "reporter": "Le rapport nomme votre hôte comme son auteur.",
        "received_from": "Le rapport dit duquel de vos hôtes venait le message.",
        "recipient": "Elle nomme un destinataire final que votre système est seul à connaître.",
        "signature": "Elle porte une signature valide ou un nom vérifié de votre organisation.",
    },
)
