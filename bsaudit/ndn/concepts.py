"""What mail systems speak of, and in which words: the vocabulary of replies, by concept. Data only.

A row is a concept and its words, in whatever language: who or what a clause is about, what state it is in, whether that
is denied. `*` ends the beginning of a word (`reject*`), `_` joins words that mean something only together. Words are
case-folded, without accents, hyphens and apostrophes (`non-existent` is `nonexistent`, `doesn't` is `doesnt`).
`UNSPACED` holds what is written without spaces between words.
"""

from __future__ import annotations

CONCEPTS: dict[str, str] = {
    # --- who and what
    "user": """
        user users username recipient* addressee* customer* person employee subscriber account
        accounts kontoen kontot kontoet hesabi hesap receiver* correspondent nameserver_query
        benutzer* empfanger* teilnehmer konto
        utilisateur* destinataire* abonne compte usuario* destinatari* cuenta conta utente* utenti
        gebruiker* ontvanger* geadresseerde użytkownik* uzytkownik* odbiorc* adresat* konta
        пользовател* получател* адресат* користувач* одержувач* потребител* användare* anvandare*
        mottagare* bruker* bruger* modtager* mottaker* kayttaja* vastaanottaja* felhasznalo* cimzett*
        uzivatel* prijemc* adresat utilizator* destinatarul χρηστη* παραληπτη* kullanıcı* kullanic*
        alıcı* alici* korisnik* uporabnik* primatelj* usuari lietotaj* vartotoj* kasutaja* nguoi_dung
        nguoi_nhan pengguna penerima משתמש המשתמש المستخدم المستلم""",
    "box": """
        temporarily_inactive mailbox* mailboxes mbox inbox* posteingang* mailfolder* maildir* mailspool
        mailaccount* postfach* mailbox boite* bal buzon* casella caixa postbus* brievenbus skrzynk*
        ящик* почтовый_ящик скринь* postlada* brevlada* postkasse* innboks* indbakke* postilaatikko*
        postafiok* schrank* casut* γραμματοκιβ* kutusu* pretinac* hop_thu cuti* пощенск* поштов*
        sanduc* predal dezut* postkast* busti* postboks* صندوق תיבת posta_kutusu kotak_surat""",
    "address": """
        address* addr adress* alias* localpart local_part direccion* endereco indirizz* adres* адрес*
        osoite* cim cime cimet adresse* emailaddress* dresse διευθυνσ* naslov* adresa* naudotojo
        mailaddress* no_such_id""",
    "realm": "domain domains domainname* domaine* dominio* domän* doman* домен* domena domeny",
    "domain": """
        domain domains domainname* host hosts hostname* fqdn domaine* dominio* domän* doman* домен*
        domena domeny tenant destination_system destination_server destination_computer""",
    "userlist": """
        recipient_list recipient_table recipient_map user_list users_list user_table user_database mailbox_list""",
    "license": "license* licence*",
    "suppressed": "suppress* suppression previously_bounced previously_unsubscribed bounced_address",
    "nullmx": "nullmx null_mx",
    "dns": """
        mx mxs cname exchanger* nomx to_route dns nxdomain nameserver* name_service name_or_service look_up name_server
        servfail lookup* dnslookup resolver* resolv* hostname_lookup dns_records dns_record a_record""",
    "theirdomain": "recipient_domain recipients_domain domain_of_the_recipient",
    "dnsfail": """
        dns_server_failure servfail name_lookup_failure temporary_lookup temporary_failure_in_name try_again_dns""",
    "net": """
        connect* connection* connections connexion* conexion* conexao conexoes connession* verbindung*
        verbinding* połącz* polacz* соединени* подключени* session* sessions socket* tcp network*
        netzwerk* reseau red rede rete port anslutning* forbindelse* yhtey* link_down""",
    "talk": "talk conversation* handshake* greeting banner while",
    "system": """
        server* servers service* system* systems daemon* mailserver* mailer agent* mta smtp
        host_system backend* serveur* servidor* servizio servicio dienst* serwer* сервер* palvelin*
        sunucu*""",
    "disk": "disk* device filesystem* file_system partition spool_area inode* storage_pool",
    "message": """
        message* messages msg mail mails email* emails letter* nachricht* mensaje* mensagem mensagens
        messagg* bericht* wiadomos* сообщени* письм* meddeland* meddelelse* besked* viesti* courriel*
        correo* corre* posta zprav* uzenet* mesaj* e_mail dsn poruk* sporocil* viestin""",
    "content": """
        content* contents body text textual html subject url urls uri link links pattern* phrase
        keyword* words inhalt* contenu contenido* conteudo contenut* inhoud zawartosc* содержани*
        содержим*""",
    "attachment": """
        attachment* attached extension* executable* zip macro* filetype* file_type anhang*
        piece_jointe pieces_jointes adjunto* anexo* allegat* bijlage* zalacznik* вложени*""",
    "header": "header* headers kopfzeile* entete* encabezado*",
    "sender": """
        you_cannot you_can_not you_may_not you_are_not you_do_not_have you_dont_have you_must
        outgoing outbound sender*
        senders sending originator* originating client clients helo ehlo mail_from from_address
        from_header return_path returnpath reverse_path reversepath envelope_from envelope_sender
        from_field source mailfrom originated absender* expediteur* emetteur remitente* remetente*
        mittente* afzender* avsandar* afsender* nadawc* lahettaj* отправител* odesilat* felado*
        gonderen*""",
    "from": "from von desde da van od от",
    "you": "you your yours you_re youve youre vous votre usted su ihr ihre",
    "ip": "ip ips ipaddress* ipv4 ipv6 netblock* subnet netzblock range cidr",
    "nonmember": """
        only_subscribers only_members members_may nonmember* non_member members_only membersonly
        non_subscriber nonsubscriber
        not_subscribed subscribers_only""",
    "group": """
        list lists mailinglist* group groups moderat* nonmember* member* members subscrib* non_member posting*
        posts newsgroup* distribution_list verteiler* liste_de_diffusion conference""",
    "auth": """
        authenticat* authenticate auth login logon log_in password* credential* signin sign_in
        unauthenticated* smtpauth nonauthenticated authentif* authentif authentific* autentic*
        autenticaz* authentisier* passwort* anmeld* identity identify oauth* аутентифик*""",
    "dmarc": """
        spf dkim dmarc arc batv srs domainkey* senderid sender_policy_framework sender_id domain_keys
        dmarcrejection spoof* antispoof* impersonat* anti_spoofing unaligned alignment aligned""",
    "ptr": """
        ptr rdns reverse fcrdns reverse_dns reversedns revdns iprev hostname_lookup dynamic* dialup* residential
        static_ip generic_name generic_hostname end_user end_user_machine smarthost providers_relay isps_relay
        providers_mail_server isps_mail_server providers_smtp_server isps_smtp_server providers_server""",
    "reputation": """
        reputation reputations complaint* abuse abusive abus senderscore senderbase talos threat* backscatter*
        bounce_attack* suspected_bounce mailreputation""",
    "dnsbl": """
        blacklist* blacklisted blocklist* blocklisted blackhole* denylist* rbl rbls dnsbl dnsbls
        spamhaus spamcop sorbs uceprotect* barracudacentral* abuseat cbl xbl sbl pbl zen psbl njabl
        ivmsip ivmuri invaluement mailspike spamrats nixspam black_list black_listed block_listed
        block_list block_lists blacklisting blocklisting listed_by listed_at dnswl blocked_senders
        blocked_sender banned_sender banned_sending liste_noire lista_negra schwarze_liste listenoire
        zwarte_lijst черн* черном_списке csi poor_reputation cloudmark_sender""",
    "policy": """
        policy policies rule rules restriction* restrict* administrativ* administratively compliance
        richtlinie* politique* politica* beleid polityk* политик* prohibition aup terms_of_service
        organizational_settings acl security sicherheits* securite seguridad seguranca
        organisation_settings mailpolicy""",
    "spam": """
        mass_mailer mass_mailing massmail*
        spam spams spamu spamem spamie spamom spammi spammy spammer* spamming spamlike junk spamverdacht
        junkmail ube uce bulk unsolicited spamtext
        phish* scam* gtube bayes* spamassassin spamblock* antispam* spamcontent spamscore spamprofiler
        spamreject* nevyzad* pourriel* indesirable* publicidad нежелател* спам* csi_spam undesirable
        undesired unwanted inappropriate objectionable solicited_mail spamsignature mcspamsignature*
        dtspm highspam heuristic* unerwunsch* ungewunscht* ongewenst* reklam*""",
    "filter": "filter* filters filtered filtering contentfilter* mailfilter* filtre* filtro* фильтр*",
    "blurl": "surbl uribl surbls dbl urlbl* uribls",
    "virus": """
        viren* wirus* فيروس וירוס antivirus* virus* viruses malware* trojan* worm worms infected infection*
        eicar* clamav
        ransomware malicious harmful virut* вирус* virusdetected kuluz""",
    "score": "score* scored points punkte threshold_score scoring",
    "probable": """
        probable probability likely seems appears looks look considered classif* identified detected suspicious
        suspected""",
    # --- states
    "not": """
        not no never without cannot cant dont doesnt didnt isnt arent wasnt werent couldnt wont
        wouldnt hasnt havent shouldnt unable neither nor none insufficient lack lacks lacking missing
        mangel impossible non_e unzureichend kein* nicht nie non pas ne nao ni geen niet nem nu не нет
        нема няма inte ej ikke ikkje ei nejde neni nelze degil yok khong tidak δεν nepavyko ning
        incapable impossibile imposible impossivel niemoz* nebyl* غير לא""",
    "unknown": """
        mailbox_name_not must_exist must_resolve unknown unkown nonexist* inexist* unrecognized
        unrecognised unregistered nosuch* unbekannt* inconnu* desconocid* desconhecid* desconegu*
        sconosciut* onbekend* nieznan* niezn неизвестн* несуществу* okand* ukendt* ukjent* tuntematon*
        ismeretlen* neznam* nepoznat* невідом* introuvable* inesistent* nonesuch nepostoj* ne_postoji
        misspelled notfound usernotfound vanished necunoscut* αγνωστ* bilinmeyen neexistuje bulunamad*
        bulunmu* mevcut_degil ambiguous no_longer_valid no_longer_exists has_moved user_moved moved
        not_unique several_matches neegzistuoja nepareizs nerast* neeksist*
        left_the_company left_our_company left_the_organization left_the_organisation""",
    "unrouted": "unrouteable unroutable non_routable nonroutable",
    "wrong": """
        fake faked forged
        empty invalid* bad illegal incorrect* incorrectly wrong improper improperly ungultig* invalide*
        invalid invalido* ongeldig* nieprawid* ogiltig* ugyldig* недействит* неверн* ervenytelen*
        neplatn* gecersiz* virheelli* malform* undeliverable* unverifiable unresolvable misconfigur*""",
    "exist": """
        exist exists existed existing existiert* existe existent* existente esiste esistono bestaat
        istnieje существует existuje finns findes finnes olemassa letezik exista υπαρχει postoji
        obstaja existeix съществува існує vorhanden ada gibt_es egzistuoja eksisteeri ton_tai موجود
        קיים eksist*""",
    "found": """
        found find located locate match matches lookup gefunden trouve* encontrad* encontrar* trovat*
        trovato gevonden znaleziono znalezion* найден* hittades ditemukan findet aufgefuhrt repertorie
        figura elencat* verzeichnis fundet funnet loydy* nalezen* talalhat* gasit* βρεθηκε leitud
        bulun* encontr* trovar* знайден* намерен* pronaden* najden* trobat* lokalis*""",
    "have": "have has having tiene tem possede heeft",
    "valid": "valid valide gultig* valido geldig deliverable",
    "such": """
        such by_that_name that_name that_user this_name by_this_name boyle tal tel такого такой такий такої такъв
        такава takiego takiej takovy takoveho taky""",
    "known": """
        known recognized recognised recognize registered identified connu conocid* bekannt* listed directory
        hosted provisioned vergeben zugeordnet attribuee""",
    "verify": "verified verify verification verifiable",
    "here": "here local locally at_this in_our on_our",
    "longer": "longer anymore",
    "active": "active activated enabled enable provisioned_yet live",
    "disabled": """
        disableduser temporary_locked temporarily_locked disabled disabling suspend disable inactive*
        inactivity deactivat* suspend* suspended closed locked frozen discontinued terminated cancel*
        dormant archived archive* archivee* deprovision* abandoned retired deaktiviert* gesperrt*
        stillgelegt* desactiv* desactivad* deshabilitad* inhabilitad*
        desabilitad* ferme fermee suspendid* suspens* inattiv* disattivat*
        sospes* disabilitat* bloquead* geblokkeerd* opgeheven uitgeschakeld* zablokowan* nieaktywn*
        zawieszon* неактивн* заблокирован* отключ* приостановл* inaktiv* sparra* spaerr* kapatild*
        pasif banned_recipient decommission* parked blocked_mailbox temporarily_disabled zrusen*
        account_deleted sperret avslutat avsluttet afsluttet nedlagt devre_disi on_hold
        out_of_service not_in_service past_due unpaid nonpayment deceased
        desativad*""",
    "expire": """
        expired expire expires expiry abgelaufen expirad* expire* scadut* verlopen wygasl* истек*
        expiration""",
    "full": """
        file_too_large full fulls overquota exceedquota out_of_storage out_of_space out_of_room overdrawn used_up
        0_bytes zero_bytes no_bytes
        exhausted plein* voll vol volle lleno llena cheia cheio pieno piena pelna pelny przepelnion*
        przepełnion* täynna taynna fuld fulla fullt tele plna plny plne preplnen* переполнен* заполнен* повн*
        dolu doluluk pilnas penuh filled overflow* overquot* exceededquota quotaexceeded* betelt
        megtelt popun* poln plein_e γεματ* zaplnen* run_out no_free not_enough voll_ist sobrepasad*
        fyldt plin* пълн* переповнен* pun perpildyt* tais plena ممتلئ מלאה מלא da_day""",
    "quota": """
        file_too_large quota quotas kvot* cuota* quotes kontingent* diskquota квот* kiintio* kota
        kvota speicherplatz* speicherkontingent espace mailquota storage_limit storage_quota
        storage_allocation mailbox_limit allocation disk_quota armazenamento speichergrenze*
        speicherlimit* almacenamiento stockage""",
    "space": """
        space storage room diskspace espacio spazio espaco ruimte miejsc* мест* plads plats utrymme
        tilaa platz""",
    "exceed": """
        exceed* exceeds exceeding over surpass* superad* supera depass* uberschr* ueberschr* superat*
        overschr* excedid* excede* przekrocz* przekracz* превыш* overskre* overskrid* ylitt* asilm*
        asti hit reached atteint* reach_limit larger_than greater_than bigger_than more_than tullep*
        prekorac* excedeix prekroc* erreicht bereikt raggiunt*""",
    "limit": """
        limit limits limited maximum max threshold* limite* limiet* limitu grenze* gräns obergrenze
        maksym* лимит* cap allowed_size allowed_number permitted_number""",
    "size": """
        size sizes line lines length bytes byte kb mb gb mbytes megabyte* kbytes taille tamano tamanho
        dimension* grootte größe grosse rozmiar* размер* storlek størrelse koko""",
    "big": """
        large big bigger larger toobig toolarge long oversize* heavy gross zu_gross volumineux
        trop_volumineux grande grandes grosse groot troppo_grande demasiado_grande muito_grande
        za_duz* слишком_больш* velik* for_stor for_stort stor buyuk liian_suuri nagy duza duze duzy
        velka velky velke больш* prilis_velka liiga_suur""",
    "too": "too zu trop troppo demasiado muito te zbyt слишком cok liian tul prilis",
    "many": """
        trop_de trop_d many much numerous excessive zuviele viele beaucoup muchos muchas muitos muitas
        molti veel wiele много mange manga too_much excessively toomany*""",
    "rate": """
        rate rates throttl* throttled frequency flood* flooding ratelimit* concurrent concurrently hourly daily
        simultaneous* frequently per_hour per_day per_minute per_second this_hour this_day within_an_hour
        too_quickly too_fast slow_down volume burst unusual_rate sending_limit sending_quota send_limit
        message_quota receiverate* receivingrate* submission_quota sendlimit unusual overrate parallel
        taux_d_envoi frequence speeding quickly fast too_frequent too_often flow_control daily_limit pacing
        queue_quota in_a_short short_period short_time per_session per_connection""",
    "attempt": "tried attempt* attempts retry retries retried retrying tries versuch* tentativ* intent* failures probe",
    "giveup": """
        deadline giving_up given_up gave_up give_up giving_it_up not_accept_our_requests not_going_to_try retry_timeout
        retry_time failing_for been_failing long_time too_long_in_the_queue too_long_on_queue in_the_queue_too
        in_queue_too been_in_the_queue queue_too_long queued_too_long host_not_reachable gateway_for hop_time
        lifetime undeliverable_for delivery_period multiple_retries last_tried abandon_delivery retries_exhausted
        for_the_last delivery_time past_days queuetime not_collected collected queue_period for_more_than aufgegeben
        queue_lifetime hold_time maximum_time time_limit""",
    "within": """
        hours days minutes seconds hour day week weeks heures jours stunden tage horas dias giorni
        часов дней""",
    "timeout": "timeout timeouts timedout timed_out time_out zeituberschreitung timedout_while",
    "unreachable": """
        connection_died host_down is_down read_error unreachable refused_connection no_route unresponsive dropped lost
        reset broken_pipe unavailable_host hung hangup not_respond nonresponsive injoignable
        inalcanzable irraggiungibile onbereikbaar nicht_erreichbar недоступ* closed_connection
        closed_the_connection connection_closed disconnect* interrupted_connection eof offline""",
    "respond": "respond* responding response answer* antwortet error_from",
    "reach": "reach reachable reply establish* contact_the contacted accept_our talk",
    "busy": """
        busy overload* overloaded congest* congestion high_load load_average too_loaded backlog resources resource
        surcharge* uberlast* zajet* occupe""",
    "temp": """
        temporar* temporarily transient* temporaire* temporär* vorubergehend* tempor* later again
        try_later try_again deferred deferring defer momentan* zeitweise временн* tijdelijk*
        tymczasow* tillfall* midlertid*""",
    "grey": """
        greylist* greylisted graylist* graylisted grey_list* gray_list* greylisting come_back_later early_retry
        postgrey sqlgrey grayed unfamiliar""",
    "accept": """
        accept* accepts accepting accepted receive receives receiving allow* allowed permit* permitted
        authorized authorised authoriz* welcome entitled qualif* privilege* acepta* accetta* aceita*
        akzept* angenommen annehmen accepte* принима* принят* geaccepteerd wanted supported allowlist*
        whitelist* white_list safelist*""",
    "refuse": """
        reject* rejected refus* refused deni* denied deny block* blocked blocks blocking ban banned
        bans prohibit* forbid* forbidden disallow* unauthorized unauthorised unacceptable declin*
        barred dropped_by notallowed abgelehnt* abgewiesen* verweigert* refuse* rejet* rejete rechaz*
        rejeit* recusad* bloquea* bloque* rifiut* respint* geweiger* afgewezen geblok* odrzuc* отклон*
        отверг* отказ* запрещ* заблок* avvis* avvisad* afvis* afvist* nekad* hylat* reddedil* engelle*
        odmitn* zamitn* visszautasit* elutasit* respins* απορριφθ* odbijen* zavrnjen* lukket_ude
        verboten* interdit* prohibid* proibid* vietat* verboden unwelcome restricted notwanted lehnt
        lehnte weist denegad* denegado negad* negato""",
    "relay": """
        relay relays relaying relayed relaid rcpthosts rcpthost norelay* norelaying weiterleit* relais
        thirdparty third_party reenvio retransmit* przekazyw* ретрансляц* пересыл* handle_mail handles_mail
        handle_email not_a_gateway""",
    "noentries": "proper_dns_entries no_mail_server no_mail_servers no_mail_exchanger no_mail_exchangers no_mail_host",
    "openrelay": "open_relay open_relays openrelay open_proxy",
    "loop": """
        mailloop loop loops looping hops hop_count received_headers schleife boucle bucle bounce_loop loops_back
        hop_limit maximum_hop hop_counter""",
    "tls": """
        cryptograph* tls starttls ssl certificate* handshake_failure cipher* encrypt* tlsa dane dnssec mtasts
        mta_sts tls1 sts_policy""",
    "command": """
        command* commands syntax verb sequence bad_sequence argument* parameter* pipelin* unimplemented helo_first
        ehlo_first""",
    "malformed": """
        cr lf crlf nul malform* noncompliant bare linefeed* barelinefeed* newline line_length line_too
        lines_longer linelength garbled corrupt* ill_formed illformed unparseable unparsable badly_formed
        improperly_formatted improperlyformatted multiple_from duplicate nonrfc rfc_compliant rfc_5322 rfc_2822
        rfc5322 rfc2822 5322_compliant 2822_compliant compliant protocol_violation header_syntax invalid_headers
        bad_header""",
    "protocol": """
        body_type protocol* syntax rfc* compliance_rfc mime encoding* charset* 8bit* 8bitmime smtputf8 utf8 utf ascii
        nonascii character* conversion convert* format* truncated internationalized eai binary base64 unqualified
        fully_qualified fullyqualified message_id messageid date_header""",
    "international": "smtputf8 utf8 utf eai internationalized internationalised nonascii non_ascii",
    "unsupported": "unsupported unimplemented not_supported not_implemented unoffered not_offered",
    "internal": """
        local_error permission_denied internal interne interner configuration config database ldap filesystem io
        i_o memory procmail maildrop exec signal exit_status fork pipe pipes child scanner* queue_file tempfile
        lock lockfile spoolfile cannot_append cant_create couldnt_create cannot_open cant_open write_error died
        crashed script* programs program output store storedrv writer mailbox_server local_delivery loops_back
        loop_back delivery_agent command_died lmtp dovecot interrupted system_call resolver_error alias_expansion
        journaling mdb databases table maps""",
    "program": """
        another_process other_process text_was_generated duplicated_message_id duplicated_messageid
        command_died exit_status command_output""",
    "error": """
        error* errors died crashed exit_status command_died fail* failed failure* problem* fehler*
        erreur* errore* erro error blad* ошибк* сбой fout* fel fejl feil virhe* hiba hata chyba
        trouble exception* unexpected aborted abort transaction_failed went_wrong out_of_memory""",
    "prefer": """
        preference* recipients_filter user_filter users_filter personal_block recipient_preferences user_rules
        recipient_has_blocked by_the_user by_recipient by_the_recipient by_recipients recipients_block
        personal_blo recipients_personal by_its_owner personal accepting_mail accepting_any reject_by user_reject
        rejected_by_user userreject sieve vacation_filter do_not_wish doesnt_want does_not_want not_want
        domainspecific domain_specific protected_by""",
    "unavailable": """
        unavailable* indisponible* no_disponible non_disponibile nicht_verfugbar niet_beschikbaar
        niedostepn* недоступн* unaccessible inaccessible""",
    "avail": "available availability disponible disponibile verfugbar beschikbaar dostepn* доступен",
    "work": "works work with_us employed employ",
    "must": "must required requires require mandatory need needs needed should needless",
    "only": "only nur uniquement seulement solamente solo somente alleen tylko только bara kun csak",
    "correct": "correct* spelling spelled typo* typing mistyped misspelt misspell*",
    "several": "multiple several duplicate more_than_one",
    "recipients": "recipients rcpts destinataires empfanger_zu",
    "nullsender": """
        null_sender null_reverse_path empty_sender bounce_address bounces_not returned_mail null_envelope
        blank_sender empty_envelope null_from""",
    # --- what only tells what to do
    "advice": """
        please veuillez bitte favor visit see refer learn_more more_information for_more further_information
        for_assistance contact contacter if to_reduce to_protect to_best best_protect in_order_to to_request
        try_again_using consult check_the you_should you_may verify_that make_sure ask_the explanation for_help
        click find_out_more double_checking read_more report_errors""",
    "but": "but because since weil car porque omdat poniewaz however although reason",
}  # fmt: skip

# Of languages that are written without spaces, or whose words are known by their middle
UNSPACED: dict[str, str] = {
    "not exist": """
        ไม่พบ 存在しません 存在しない 見つかりません 見つからない 不存在 查无此 找不到 無此 没有找到
        없는사용자""",
    "not": "ありません 없 않",
    "exist": "존재",
    "found": "찾을",
    "known": "リスト ディレクトリ 名簿 目录 목록",
    "unknown": "不明 未知 无效 無效 알수없 不正确",
    "user": "ユーザ 宛先 受信者 用户 用戶 使用者 收件 사용자 수신자 받는 ผู้รับ",
    "address": "アドレス 地址 주소",
    "box": "メールボックス 邮箱 郵箱 信箱 사서함 메일함 กล่องจดหมาย",
    "full": """
        空きがありません 一杯 いっぱい 容量超過 容量を超 上限に達 上限を超 満杯
        容量オーバー 已满 已滿 爆满 空间不足 空間不足 가득 꽉
        เต็ม""",
    "quota full": "超过配额 超出配额 용량을초과",
    "quota": "용량",
    "exceed": "초과",
    "message": "メール メッセージ 邮件 郵件 信件 메일",
    "big": "大きすぎ サイズ超過 太大 过大 過大 大小超过 크기가초과 너무큽",
    "realm domain": "ドメイン ホスト 域名 網域 도메인",
    "dnsbl": "黑名单 黑名單 ブラックリスト 블랙리스트",
    "sender": "发件 发信 寄件者 差出人 발신",
    "disabled": "停止 停用 禁用 冻结 凍結 휴면 정지 無効",
    "spam": "スパム 迷惑メール 垃圾 스팸",
    "virus": "ウイルス ウィルス 病毒 바이러스",
    "refuse": "拒否 拒绝 拒收 拒絕 許可されて 거부 차단",
    "net": "接続 连接 連線 연결",
    "temp": "しばらく 稍后 稍後 나중에 一時的",
    "system error": "システムエラー 系统错误 系統錯誤",
    "timeout": "タイムアウト 超时 逾時 시간초과",
}  # fmt: skip
