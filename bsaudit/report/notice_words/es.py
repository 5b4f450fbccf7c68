"""Spanish."""

from __future__ import annotations

from bsaudit.judge.advice_table import Problem
from bsaudit.report.notice_words.words import Cause, Words

WORDS = Words(
    subject="Retrodispersión (backscatter) desde {host}: su servidor escribe a remitentes falsificados",
    greeting="Estimado administrador de correo:",
    intro=(
        "Su sistema de correo para {domain} acepta mensajes y después escribe a la dirección de remitente que llevan "
        "esos mensajes. Lo hemos comprobado con mensajes nuestros. A continuación figura lo que enviamos, lo "
        "que volvió y el ajuste que le pone fin."
    ),
    intro_message=(
        "Nos ha llegado una notificación escrita por su sistema de correo para {domain}. Se escribió después de que su "
        "sistema hubiera aceptado un mensaje, a la dirección de remitente que ese mensaje llevaba. A continuación figura "
        "lo que llegó y el ajuste que le pone fin."
    ),
    intro_survey=(
        "Nos han llegado notificaciones escritas por su sistema de correo para {domain}. Tratan de mensajes que nunca "
        "enviamos: su dirección de remitente era falsa. Se escribieron después de que esos mensajes hubieran sido "
        "aceptados, a quien figuraba en ellos como remitente. A continuación figura cuántas llegaron y cuándo, una de "
        "ellas y el ajuste que le pone fin."
    ),
    happened="Qué ha ocurrido",
    when="Cuándo, y en cuál de sus servidores",
    harm="Por qué es dañino",
    change="Qué hay que cambiar",
    noticed="También se ha observado",
    reproduce="Cómo comprobarlo usted mismo",
    ask="A quién preguntar",
    sent="mensajes de prueba enviados a {domain}",
    run="auditoría",
    permission="con el permiso de",
    host="su servidor",
    accepted="aceptado el",
    client="recibido de",
    mail_from="MAIL FROM",
    rcpt_to="RCPT TO",
    message_id="Message-ID",
    queue_id="identificador en su cola",
    reply="su respuesta",
    came_back="volvió el",
    handed_over="entregado por",
    notices="notificaciones así recibidas",
    first="la primera el",
    last="la última el",
    causes="por qué se escribieron",
    example="Una de ellas es esta:",
    header="Esta es su cabecera:",
    own_senders="Todas las direcciones de remitente eran nuestras: no se escribió a nadie más.",
    quoted="Así empieza lo que volvió:",
    proof="Que lo escribió su sistema lo muestra lo siguiente:",
    harms=(
        "El spam y los virus llevan direcciones de remitente falsificadas. Quien acepta ese correo y lo contesta más "
        "tarde escribe a personas que nunca le escribieron: de un mensaje falsificado nace otro mensaje no deseado, en "
        "nombre de usted.",
        "Existen listas de tales servidores; el correo de un servidor que figura en una de ellas se rechaza en otros "
        "lugares, también el de sus usuarios.",
        "Un servidor que rechaza durante la sesión SMTP (5xx) no escribe a nadie: el servidor que envía informa a su "
        "propio usuario.",
    ),
    see="Véase {reference}",
    by_hand="Sin nuestra herramienta, desde una dirección suya:",
    in_logs="En los registros de su servidor:",
    retest="Nuestra prueba se repite con esta orden:",
    more="Más sobre por qué perjudica, sobre otros programas y sobre cada resultado:",
    explained="Nuestra herramienta explica ella misma sus resultados:",
    expected="Cuando esté corregido, su servidor rechazará durante la sesión o callará, y no volverá nada.",
    contact="Sus preguntas, y unas palabras cuando esté corregido, son bienvenidas en {contact}.",
    answer="Sus preguntas, y unas palabras cuando esté corregido, son bienvenidas: basta con responder a este mensaje.",
    no_more='Si no desea más pruebas, publique el registro TXT {name} "{text}".',
    in_charge_domain="Esto va dirigido a los responsables del dominio {domain}: {addresses}.",
    in_charge_network="Responsables de la red: {addresses}.",
    closing="Gracias por ocuparse de ello.",
    problems={
        Problem.RECIPIENT: Cause(
            "El correo para un destinatario que no existe se acepta y se devuelve más tarde.",
            "Haga que todo servidor que reciba correo para el dominio, también los de reserva y las pasarelas, conozca "
            "los destinatarios válidos y rechace a todos los demás en RCPT TO.",
        ),
        Problem.CONTENT: Cause(
            "El correo que el filtro no quiere se acepta, y más tarde se escribe a su remitente.",
            "Analice mientras la sesión SMTP está abierta y rechace después de DATA; lo que se descubra más tarde, "
            "archívelo o deséchelo, y no lo devuelva nunca.",
        ),
        Problem.QUOTA: Cause(
            "El correo para un buzón lleno se acepta y se devuelve más tarde.",
            "Pregunte en RCPT TO si el buzón está lleno, y responda allí con 452 o 552.",
        ),
        Problem.REPLY: Cause(
            "El correo se contesta automáticamente, también cuando su remitente está falsificado.",
            "Conteste solo el correo que nombra a la persona como destinataria, que ha pasado el filtro de spam y que no "
            "es correo masivo; al mismo remitente una sola vez en varios días, y con el remitente de sobre vacío. No "
            "envíe nunca peticiones de confirmación (challenges).",
        ),
        Problem.FORWARD: Cause(
            "El correo se reenvía, y lo que el servidor siguiente rechaza se devuelve al remitente.",
            "Filtre antes de reenviar y mantenga la sesión abierta hasta que el servidor siguiente haya respondido, o "
            "reenvíe con un remitente de sobre propio.",
        ),
        Problem.DELAY: Cause(
            "Se avisa al remitente de que un mensaje sigue esperando a ser entregado.",
            "Desactive los avisos de retraso para el correo que viene de fuera.",
        ),
        Problem.ANY: Cause(
            "El correo se acepta, no se entrega, y más tarde se escribe a su remitente.",
            "Decida mientras la sesión SMTP está abierta, y rechace allí lo que no vaya a entregar.",
        ),
    },
    findings={
        "forwards-and-returns": Cause(
            "El correo se reenvía a un tercero, y lo que este rechaza vuelve al remitente.",
            "Filtre antes de reenviar, y rechace durante la sesión lo que el destino rechaza.",
        ),
        "callout": Cause(
            "Su servidor se conecta al servidor de correo de quien figura como remitente, para comprobar la dirección.",
            "Desactive esa verificación de remitentes (callouts).",
        ),
        "bounces-authenticated": Cause(
            "Solo se escribe a remitentes de los que SPF responde.",
            "El remedio es el mismo: rechazar durante la sesión. El daño es menor, pero no nulo.",
        ),
        "answers-wrong-address": Cause(
            "La respuesta fue a la dirección de From o Reply-To en lugar del remitente de sobre.",
            "Use un contestador que responda al remitente de sobre (RFC 3834).",
        ),
        "answers-lists": Cause(
            "Se contesta automáticamente el correo de listas de distribución.",
            "Use un contestador que calle ante las listas de distribución (RFC 3834).",
        ),
        "answers-repeatedly": Cause(
            "Al mismo remitente se le contestó más de una vez en pocos minutos.",
            "Use un contestador que recuerde durante días a quién ha contestado.",
        ),
        "answer-reverse-path": Cause(
            "La respuesta automática tiene un remitente de sobre propio: dos programas así pueden contestarse sin fin.",
            "Envíe las respuestas automáticas con el remitente de sobre vacío <>.",
        ),
        "answer-unmarked": Cause(
            "La respuesta automática no está marcada como tal.",
            "Haga que lleve el campo Auto-Submitted: auto-replied.",
        ),
        "answers": Cause(
            "El correo corriente se contesta automáticamente.",
            "No hay que cambiar nada si las respuestas son como pide el RFC 3834.",
        ),
        "refuses-null-reverse-path": Cause(
            "Las notificaciones (remitente de sobre <>) se rechazan para un usuario existente, que nunca se entera de "
            "que su mensaje no llegó.",
            "Acepte el remitente de sobre <>.",
        ),
        "no-postmaster": Cause(
            "La dirección postmaster se rechaza.",
            "Créela, y exímala de los filtros (RFC 5321 §4.5.1).",
        ),
        "no-abuse": Cause(
            "La dirección abuse se rechaza: nadie puede quejarse.",
            "Créela, y exímala de los filtros (RFC 2142).",
        ),
        "no-contact": Cause(
            "La notificación invita a escribir a una dirección que su servidor rechaza.",
            "Corrija la dirección en la plantilla de la notificación, o créela.",
        ),
        "unreachable-operator": Cause(
            "Nadie puede escribirle acerca de su correo: postmaster y abuse se rechazan, y ningún registro público tiene un contacto.",
            "Cree postmaster y abuse, y registre un contacto en abuse.net y en su registro de direcciones IP.",
        ),
        "accepts-unknown": Cause(
            "Un mensaje para un destinatario que no existe fue aceptado y no volvió nada: se ha perdido sin aviso.",
            "Rechace los destinatarios desconocidos en RCPT TO.",
        ),
        "second-try-differs": Cause(
            "El primer intento se aplazó y el segundo no (listas grises o algo parecido).",
            "No hay que cambiar nada; mantenga la demora por debajo de cinco minutos.",
        ),
        "bounces-with-notify": Cause(
            "Solo se devolvió el correo que pedía notificaciones de entrega.",
            "El remedio es el mismo: rechazar durante la sesión.",
        ),
        "ndn-bounces-a-bounce": Cause(
            "Un mensaje con el remitente de sobre vacío <> se contestó con una notificación: dos servidores así no "
            "acaban nunca.",
            "No escriba nunca a <>, ni tome en su lugar la dirección de From.",
        ),
        "ndn-returns-virus": Cause(
            "La notificación devuelve el virus.",
            "Analice antes de aceptar el mensaje; si no, devuelva solo su cabecera.",
        ),
        "ndn-returns-spam": Cause(
            "La notificación devuelve el spam entero: su servidor lo difunde con su propio nombre.",
            "Analice antes de aceptar el mensaje; si no, devuelva solo su cabecera.",
        ),
        "ndn-non-null-reverse-path": Cause(
            "La notificación tiene un remitente de sobre propio: una respuesta a ella puede dar vueltas sin fin.",
            "Envíe las notificaciones con el remitente de sobre vacío <>.",
        ),
        "ndn-several": Cause(
            "Volvió más de una notificación por un solo mensaje a un solo destinatario.",
            "Deje que notifique un sistema, y que los demás callen.",
        ),
        "ndn-no-reason": Cause(
            "La notificación no dice por qué no se entregó el mensaje.",
            "Transmita la respuesta del servidor siguiente.",
        ),
        "ndn-not-machine-readable": Cause(
            "Ningún programa puede leer la notificación: le falta la parte message/delivery-status.",
            "Active las notificaciones en la forma del RFC 3464.",
        ),
        "ndn-leaks-internal-hosts": Cause(
            "La notificación revela servidores o direcciones internos a quien no le incumben.",
            "Rechace en la entrada de la red, o haga que allí se reescriba lo que dicen los servidores internos.",
        ),
        "ndn-leaks-users": Cause(
            "La notificación revela a desconocidos cómo se guarda o se redirige el correo.",
            "Rechace durante la sesión, o use un agente de entrega cuyos errores no nombren rutas ni usuarios.",
        ),
        "ndn-leaks-filter-scores": Cause(
            "La notificación revela a quienes envían spam cómo se puntuó su mensaje.",
            "Quite de la plantilla las puntuaciones y los nombres de reglas; mejor aún, no envíe tal aviso.",
        ),
    },
    evidence={
        "handed_over": "Lo recibimos de este servidor suyo.",
        "acceptance": "Está demostrado que su sistema aceptó el mensaje del que trata esta notificación.",
        "returned_trace": "La copia que contiene lleva una línea Received escrita por su servidor.",
        "birth": "Su línea Received más antigua la escribió su servidor.",
        "reporter": "El informe nombra a su servidor como autor.",
        "received_from": "El informe dice de cuál de sus servidores vino el mensaje.",
        "recipient": "Nombra a un destinatario final que solo se conoce en su sistema.",
        "signature": "Lleva una firma válida o un nombre verificado de su organización.",
    },
)
