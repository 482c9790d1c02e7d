<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de_DE" sourcelanguage="en">
    <context>
        <name>reasons</name>
        <message>
            <source>SETTING station.name</source>
            <translation>Kennung der Station in jeder Aufzeichnung.</translation>
        </message>
        <message>
            <source>SETTING cameras.name</source>
            <translation>Name in Aufzeichnungen und auf Bildschirmen.</translation>
        </message>
        <message>
            <source>SETTING cameras.producer</source>
            <translation>Pfad des GenTL-Producers (`.cti`), oder "simulator" für unsere simulierte Kamera.</translation>
        </message>
        <message>
            <source>SETTING cameras.serial</source>
            <translation>Seriennummer des Geräts; leer nimmt das einzige, das der Producer nennt.</translation>
        </message>
        <message>
            <source>SETTING cameras.features</source>
            <translation>TOML-Datei der SFNC-Merkmale, vom Ordner der Station aus.</translation>
        </message>
        <message>
            <source>SETTING cameras.trigger</source>
            <translation>"line", wenn der Teilesensor die Kamera über Draht auslöst (oder die simulierte Anlage); "software", wenn die Station auslöst, für eine Kamera am Schreibtisch.</translation>
        </message>
        <message>
            <source>SETTING cameras.ring_slots</source>
            <translation>So viele Bilder dürfen zwischen Kamera und Beurteilung warten.</translation>
        </message>
        <message>
            <source>SETTING cameras.frame_timeout_ms</source>
            <translation>Eine Auslösung, zu der so lange kein Bild kommt, ist MISSING_IMAGE.</translation>
        </message>
        <message>
            <source>SETTING cameras.pairing_window_ms</source>
            <translation>Größter Abstand zwischen erwarteter und wirklicher Zeit eines Bildes.</translation>
        </message>
        <message>
            <source>SETTING cameras.dark_below</source>
            <translation>Bilder mit kleinerem mittlerem Grauwert sind schlecht ("dunkel").</translation>
        </message>
        <message>
            <source>SETTING line.backend</source>
            <translation>"plant" ist die simulierte Anlage, "modbus" eine SPS über Modbus TCP, "remote-io" Sensoren und Ausgänge an E/A-Modulen über Modbus TCP.</translation>
        </message>
        <message>
            <source>SETTING line.tracking</source>
            <translation>Wer die Teile vom Sensor bis zur Weiche verfolgt: "plc" die Steuerung der Anlage, "hardware" eine Zeitsteuerung, die auswirft, wenn kein PASS mit der Zählnummer des Teils es aufhebt, "station" der Linienprozess selbst; das letzte nur für langsame Linien, siehe `[tracking]`.</translation>
        </message>
        <message>
            <source>SETTING line.min_gap_ms</source>
            <translation>Zwei Flanken mit kleinerem Abstand sind ein Teil, und ein Prellen des Sensors.</translation>
        </message>
        <message>
            <source>SETTING line.decide_by_ms</source>
            <translation>Ein Urteil, das später nach der Flanke kommt, zählt nicht: das Teil wird ausgeworfen.</translation>
        </message>
        <message>
            <source>SETTING line.confirm_by_ms</source>
            <translation>Ein Teil, das so lange nach der Flanke in keiner Bahn gesehen wurde, hat ein unbekanntes Ende.</translation>
        </message>
        <message>
            <source>SETTING line.heartbeat_ms</source>
            <translation>Abstand der Lebenszeichen zur Anlage und von der Station.</translation>
        </message>
        <message>
            <source>SETTING line.heartbeat_lost_ms</source>
            <translation>Nach so langer Stille fällt Bereit; mindestens das Doppelte des Abstands.</translation>
        </message>
        <message>
            <source>SETTING tracking.on_delay_ms</source>
            <translation>Teilesensor und Bahnsensoren zählen als an, wenn sie so lange an waren.</translation>
        </message>
        <message>
            <source>SETTING tracking.off_delay_ms</source>
            <translation>Dasselbe für aus.</translation>
        </message>
        <message>
            <source>SETTING tracking.min_length_mm</source>
            <translation>Was den Sensor kürzer bedeckt, ist kein Teil.</translation>
        </message>
        <message>
            <source>SETTING tracking.min_gap_mm</source>
            <translation>Eine kürzere Lücke ist ein Loch im Teil.</translation>
        </message>
        <message>
            <source>SETTING tracking.max_length_mm</source>
            <translation>Ein längeres Teil sind zwei ohne Lücke, oder der Sensor klemmt: es wird ausgeworfen, und Bereit fällt.</translation>
        </message>
        <message>
            <source>SETTING tracking.encoder_bits</source>
            <translation>Breite des Geberzählers; 0: es gibt keinen, und jeder Halt des Bandes verwirft, was darauf liegt.</translation>
        </message>
        <message>
            <source>SETTING tracking.mm_per_count</source>
            <translation>Weg des Bandes je Zählschritt.</translation>
        </message>
        <message>
            <source>SETTING tracking.speed_mm_s</source>
            <translation>Höchste Geschwindigkeit des Bandes; ohne Geber seine einzige.</translation>
        </message>
        <message>
            <source>SETTING tracking.reverse_tolerance_mm</source>
            <translation>So weit darf das Band zurücklaufen; weiter, und was darauf liegt, wird verworfen.</translation>
        </message>
        <message>
            <source>SETTING tracking.stall_ms</source>
            <translation>Das Band läuft, und der Geber zählt so lange nicht: eine Störung.</translation>
        </message>
        <message>
            <source>SETTING tracking.gate_mm</source>
            <translation>Die Auswurfweiche.</translation>
        </message>
        <message>
            <source>SETTING tracking.window_before_mm</source>
            <translation>So weit vor der Weiche geht der Ausgang PASS an.</translation>
        </message>
        <message>
            <source>SETTING tracking.window_after_mm</source>
            <translation>Und so weit dahinter wieder aus.</translation>
        </message>
        <message>
            <source>SETTING tracking.good_lane_mm</source>
            <translation>Der Sensor der Gutbahn; 0: es gibt keinen.</translation>
        </message>
        <message>
            <source>SETTING tracking.reject_lane_mm</source>
            <translation>Der Sensor der Auswurfbahn.</translation>
        </message>
        <message>
            <source>SETTING tracking.lane_window_mm</source>
            <translation>So weit vor oder hinter seinem Platz darf ein Bahnsensor ein Teil sehen; woanders ist es eine Störung.</translation>
        </message>
        <message>
            <source>SETTING tracking.max_rate_ppm</source>
            <translation>Bei mehr Teilen je Minute fällt Bereit.</translation>
        </message>
        <message>
            <source>SETTING tracking.scan_ms</source>
            <translation>Abstand, in dem die Eingänge gelesen werden.</translation>
        </message>
        <message>
            <source>SETTING tracking.inputs_lost_ms</source>
            <translation>So lange nicht gelesene Eingänge verwerfen, was auf dem Band liegt; mindestens das Doppelte des Abstands.</translation>
        </message>
        <message>
            <source>SETTING tracking.bin_full_ms</source>
            <translation>Meldet der Auswurfbehälter so lange voll, fällt Bereit.</translation>
        </message>
        <message>
            <source>SETTING tracking.air_low_ms</source>
            <translation>Hat der Auswerfer so lange keine Luft, fällt Bereit.</translation>
        </message>
        <message>
            <source>SETTING tracking.output_hold_ms</source>
            <translation>Der Wächter der Ausgänge lässt sie fallen, wenn die Station so lange still war. Ein Teil, das einem anderen innerhalb dieser Zeit folgt, wird mit ihm ausgeworfen.</translation>
        </message>
        <message>
            <source>SETTING modbus.role</source>
            <translation>"client": die SPS ist der Modbus-Server, die Station liest und schreibt ihn. "server": die Station wartet, die SPS liest und schreibt.</translation>
        </message>
        <message>
            <source>SETTING modbus.host</source>
            <translation>Adresse der SPS; für einen Client.</translation>
        </message>
        <message>
            <source>SETTING modbus.listen_host</source>
            <translation>Adresse, an der ein Server wartet; außerhalb dieses Rechners wartet nichts, wenn es hier nicht steht.</translation>
        </message>
        <message>
            <source>SETTING modbus.allow</source>
            <translation>Adressen, von denen ein Server eine Verbindung annimmt; leer: von allen.</translation>
        </message>
        <message>
            <source>SETTING modbus.port</source>
            <translation>TCP-Port des Modbus-Servers.</translation>
        </message>
        <message>
            <source>SETTING modbus.unit_id</source>
            <translation>Gerätenummer des Modbus-Servers.</translation>
        </message>
        <message>
            <source>SETTING modbus.plc_address</source>
            <translation>Erstes Register des Blocks, den die SPS schreibt.</translation>
        </message>
        <message>
            <source>SETTING modbus.station_address</source>
            <translation>Erstes Register des Blocks, den die Station schreibt.</translation>
        </message>
        <message>
            <source>SETTING modbus.word_order</source>
            <translation>Reihenfolge der zwei Register eines 32-Bit-Werts.</translation>
        </message>
        <message>
            <source>SETTING modbus.poll_ms</source>
            <translation>Pause zwischen zwei Lesungen eines Clients; ein Server sieht ohne Anfrage so oft nach.</translation>
        </message>
        <message>
            <source>SETTING modbus.timeout_ms</source>
            <translation>So lange wartet ein Client höchstens auf eine Antwort der SPS; dann wird die Verbindung neu aufgebaut.</translation>
        </message>
        <message>
            <source>SETTING modbus.phase_ms</source>
            <translation>So lange wird in einem Schritt des Handschlags höchstens auf die SPS gewartet; dann ist es eine Störung.</translation>
        </message>
        <message>
            <source>SETTING modbus.heartbeat_ms</source>
            <translation>So oft wechselt das Lebenszeichen der Station.</translation>
        </message>
        <message>
            <source>SETTING modbus.heartbeat_lost_ms</source>
            <translation>Bereit fällt, wenn das Lebenszeichen der SPS so lange nicht gewechselt hat; mindestens das Doppelte des Abstands. Ein Server beendet eine Verbindung, die so lange nichts geschrieben hat.</translation>
        </message>
        <message>
            <source>SETTING modbus.results</source>
            <translation>So viele Ergebnisse dürfen auf die SPS warten; eines mehr ist eine Störung.</translation>
        </message>
        <message>
            <source>SETTING remote_io.timeout_ms</source>
            <translation>So lange wird höchstens auf eine Antwort eines Moduls gewartet; dann fallen alle Ausgänge, und jede Verbindung wird neu aufgebaut.</translation>
        </message>
        <message>
            <source>SETTING remote_io.pass_at_most_ms</source>
            <translation>Länger ist der Ausgang PASS nie am Stück an: ein stehendes Band hält die Weiche nicht offen.</translation>
        </message>
        <message>
            <source>SETTING remote_io.word_order</source>
            <translation>Reihenfolge der zwei Register eines 32-Bit-Zählers.</translation>
        </message>
        <message>
            <source>SETTING remote_io.modules.name</source>
            <translation>Name in der Belegung und in Meldungen.</translation>
        </message>
        <message>
            <source>SETTING remote_io.modules.host</source>
            <translation>Seine Adresse.</translation>
        </message>
        <message>
            <source>SETTING remote_io.modules.port</source>
            <translation>Sein TCP-Port.</translation>
        </message>
        <message>
            <source>SETTING remote_io.modules.unit_id</source>
            <translation>Seine Gerätenummer.</translation>
        </message>
        <message>
            <source>SETTING remote_io.modules.watchdog.enabled</source>
            <translation>Wo das Modul sagt, dass sein Wächter an ist.</translation>
        </message>
        <message>
            <source>SETTING remote_io.modules.watchdog.enabled_value</source>
            <translation>Was es dort sagt.</translation>
        </message>
        <message>
            <source>SETTING remote_io.modules.watchdog.time</source>
            <translation>Wo das Modul die Zeit des Wächters hält.</translation>
        </message>
        <message>
            <source>SETTING remote_io.modules.watchdog.time_unit_ms</source>
            <translation>In dieser Einheit zählt die Zeit.</translation>
        </message>
        <message>
            <source>SETTING remote_io.modules.watchdog.events</source>
            <translation>Wo das Modul zählt, wie oft sein Wächter angesprochen hat.</translation>
        </message>
        <message>
            <source>SETTING remote_io.modules.watchdog.verified_by</source>
            <translation>Wer den Wächter von Hand geprüft hat, und wann ("A. Smith, 2026-11-20"), für das, was das Modul nicht lesen lässt. Jede Schicht zeichnet es als Warnung auf.</translation>
        </message>
        <message>
            <source>SETTING remote_io.points.name</source>
            <translation>Das Signal.</translation>
        </message>
        <message>
            <source>SETTING remote_io.points.module</source>
            <translation>Modul, an dem es angeschlossen ist.</translation>
        </message>
        <message>
            <source>SETTING remote_io.points.kind</source>
            <translation>Tabelle des Moduls.</translation>
        </message>
        <message>
            <source>SETTING remote_io.points.address</source>
            <translation>Adresse in dieser Tabelle, ab 0 gezählt.</translation>
        </message>
        <message>
            <source>SETTING remote_io.points.contact</source>
            <translation>"no": das Signal ist da, solange Ein- oder Ausgang an ist; "nc": solange er aus ist.</translation>
        </message>
        <message>
            <source>SETTING remote_io.points.debounce_ms</source>
            <translation>Der Eingang zählt, wenn er so lange so war; neben den Verzögerungen in `[tracking]`.</translation>
        </message>
        <message>
            <source>SETTING remote_io.points.safe</source>
            <translation>Wo das Modul den Wert hält, auf den sein Wächter den Ausgang setzt.</translation>
        </message>
        <message>
            <source>SETTING detector.package</source>
            <translation>Ordner des Modellpakets, vom Ordner der Station aus.</translation>
        </message>
        <message>
            <source>SETTING detector.backend</source>
            <translation>Laufzeit, die es ausführt.</translation>
        </message>
        <message>
            <source>SETTING detector.threads</source>
            <translation>Rechenstränge der Laufzeit.</translation>
        </message>
        <message>
            <source>SETTING detector.stuck_ms</source>
            <translation>Bereit fällt, wenn ein Bild so lange in Arbeit ist.</translation>
        </message>
        <message>
            <source>SETTING recipe</source>
            <translation>Rezeptdatei, vom Ordner der Station aus.</translation>
        </message>
        <message>
            <source>SETTING recipes.recipe</source>
            <translation>Die Rezeptdatei, vom Ordner der Station aus.</translation>
        </message>
        <message>
            <source>SETTING recipes.package</source>
            <translation>Ordner des Modellpakets; leer: das von `[detector]`.</translation>
        </message>
        <message>
            <source>SETTING recipes.challenge</source>
            <translation>Die hinterlegten Testteile; leer: es hat keine. Wenn es nicht angegeben ist: für das Rezept oben die Datei von `[challenge]`, für andere ein Fehler, wo es eine gibt.</translation>
        </message>
        <message>
            <source>SETTING recipes.picture</source>
            <translation>Ein Bild des Produkts, PNG oder JPEG, das neben dem steht, was die Kamera sieht.</translation>
        </message>
        <message>
            <source>SETTING recipes.codes</source>
            <translation>Auftrags- oder Produktcodes, die dieses Produkt meinen; `*` steht für beliebige Zeichen.</translation>
        </message>
        <message>
            <source>SETTING stops.rejects_in_row</source>
            <translation>So viele ausgeworfene Teile hintereinander; 3 bis 10 ist üblich.</translation>
        </message>
        <message>
            <source>SETTING stops.rejects</source>
            <translation>So viele ausgeworfene Teile unter den letzten `rejects_window`.</translation>
        </message>
        <message>
            <source>SETTING stops.rejects_window</source>
            <translation>Siehe `rejects`.</translation>
        </message>
        <message>
            <source>SETTING stops.late_parts</source>
            <translation>So viele Urteile nach der Frist unter den letzten `late_window`; 1 hält sofort an.</translation>
        </message>
        <message>
            <source>SETTING stops.late_window</source>
            <translation>Siehe `late_parts`.</translation>
        </message>
        <message>
            <source>SETTING stops.missing_images</source>
            <translation>So viele Teile hintereinander ohne brauchbares Bild; 1 hält sofort an.</translation>
        </message>
        <message>
            <source>SETTING stops.frozen_images</source>
            <translation>So viele Bilder hintereinander, die das Bild oder die Bildnummer davor wiederholen.</translation>
        </message>
        <message>
            <source>SETTING stops.gate_failures</source>
            <translation>So viele Bilder hintereinander, die nicht gut genug oder dunkel sind; 0 hält nie an, weil sie alle zur Prüfung von Hand ausgeworfen werden.</translation>
        </message>
        <message>
            <source>SETTING stops.unconfirmed_rejects</source>
            <translation>So viele ausgeworfene Teile hintereinander, die in der Gutbahn oder in keiner Bahn gesehen werden.</translation>
        </message>
        <message>
            <source>SETTING records.head_every_parts</source>
            <translation>Ein unterschriebener Zwischenstand nach so vielen Teilen.</translation>
        </message>
        <message>
            <source>SETTING records.head_every_s</source>
            <translation>Ein unterschriebener Zwischenstand mindestens so oft, solange eine Schicht offen ist.</translation>
        </message>
        <message>
            <source>SETTING records.reserve_mb</source>
            <translation>Größe der Reserve, die freigegeben wird, um auf einer vollen Platte die letzten Aufzeichnungen zu schreiben.</translation>
        </message>
        <message>
            <source>SETTING records.stop_below_mb</source>
            <translation>Bereit fällt, wenn auf der Platte weniger frei ist.</translation>
        </message>
        <message>
            <source>SETTING records.stop_below_percent</source>
            <translation>Dasselbe als Anteil der Platte.</translation>
        </message>
        <message>
            <source>SETTING records.stop_below_min</source>
            <translation>Dasselbe in Minuten, bis sie bei der Rate der letzten zehn Minuten voll ist; 0 nie.</translation>
        </message>
        <message>
            <source>SETTING records.warn_below_percent</source>
            <translation>Der Status warnt, wenn weniger von der Platte frei ist.</translation>
        </message>
        <message>
            <source>SETTING images.keep</source>
            <translation>"all" speichert jedes beurteilte Bild verlustfrei.</translation>
        </message>
        <message>
            <source>SETTING images.queue_mb</source>
            <translation>So viel an Bildern darf auf das Schreiben warten; darüber fällt Bereit.</translation>
        </message>
        <message>
            <source>SETTING images.encoders</source>
            <translation>Rechenstränge zum Schreiben der Bilder.</translation>
        </message>
        <message>
            <source>SETTING images.png_level</source>
            <translation>0 (schnell, groß) bis 9 (langsam, klein).</translation>
        </message>
        <message>
            <source>SETTING retention.file</source>
            <translation>Die Datei der Aufbewahrung, vom Ordner der Station aus; leer: jedes Bild bleibt für immer.</translation>
        </message>
        <message>
            <source>SETTING key.backend</source>
            <translation>"file" für eine verschlüsselte Datei, "pkcs11" für einen Token.</translation>
        </message>
        <message>
            <source>SETTING key.file</source>
            <translation>Verschlüsselter privater Schlüssel (PKCS#8, scrypt), vom Ordner der Station aus. Der öffentliche liegt daneben mit der Endung `.pub`, auch der eines Schlüssels in einem Token.</translation>
        </message>
        <message>
            <source>SETTING key.module</source>
            <translation>Die PKCS#11-Bibliothek des Herstellers; nur für einen Token.</translation>
        </message>
        <message>
            <source>SETTING key.token</source>
            <translation>Name des Tokens.</translation>
        </message>
        <message>
            <source>SETTING key.label</source>
            <translation>Name der Schlüssel der Station im Token.</translation>
        </message>
        <message>
            <source>SETTING key.answer_within_ms</source>
            <translation>Ein Token, der länger braucht, gilt als gesperrt: Zwischenstände und Siegel warten.</translation>
        </message>
        <message>
            <source>SETTING key.passphrase_file</source>
            <translation>Eine Datei mit der Passphrase, beim Token mit der PIN; leer fragt am Bildschirm. Liegt sie neben dem Schlüssel, schützt sie nur Sicherungen.</translation>
        </message>
        <message>
            <source>SETTING key.root</source>
            <translation>Datei des öffentlichen Schlüssels der Werkswurzel, vom Ordner der Station aus; leer: die Station nimmt keine Erklärungen über ihre Schlüssel an.</translation>
        </message>
        <message>
            <source>SETTING clock.synchronised</source>
            <translation>"warn": eine Uhr, die niemand stellt, ist eine Warnung und steht in der Aufzeichnung jeder Schicht. "require": Bereit fällt auch. "ignore": sie läuft frei, und niemand fragt.</translation>
        </message>
        <message>
            <source>SETTING clock.warn_ms</source>
            <translation>Der Status warnt, wenn die Uhr mehr als so viel falsch gehen kann.</translation>
        </message>
        <message>
            <source>SETTING clock.alarm_ms</source>
            <translation>Darüber fällt Bereit, wenn `synchronised` "require" ist.</translation>
        </message>
        <message>
            <source>SETTING challenge.file</source>
            <translation>Die hinterlegten Testteile, vom Ordner der Station aus; leer: es gibt keine, und nichts aus dieser Tabelle gilt.</translation>
        </message>
        <message>
            <source>SETTING challenge.required</source>
            <translation>In einer Schicht geht nichts als gut durch, bevor in ihr ein Testlauf bestanden ist.</translation>
        </message>
        <message>
            <source>SETTING challenge.interval_min</source>
            <translation>So lange nach dem letzten bestandenen ist wieder ein Testlauf fällig; 0 nie.</translation>
        </message>
        <message>
            <source>SETTING challenge.grace_min</source>
            <translation>So lange nach der Fälligkeit fällt Bereit; bis dahin warnt der Status.</translation>
        </message>
        <message>
            <source>SETTING challenge.time_limit_s</source>
            <translation>Ein Testlauf, in dem nicht alle Teile innerhalb dieser Zeit gezeigt wurden, ist nicht bestanden.</translation>
        </message>
        <message>
            <source>SETTING challenge.reaction_plan</source>
            <translation>Was nach einem nicht bestandenen Testlauf zu tun ist, in den Worten Ihres Reaktionsplans.</translation>
        </message>
        <message>
            <source>SETTING bypass.authority</source>
            <translation>Dateien der öffentlichen Schlüssel, die eine Erlaubnis unterschreiben dürfen, vom Ordner der Station aus; leer: es gibt keine Überbrückung.</translation>
        </message>
        <message>
            <source>SETTING release.authority</source>
            <translation>Dateien der öffentlichen Schlüssel derer, die Freigaben vorschlagen und genehmigen dürfen, vom Ordner der Station aus; leer: die Station nimmt keine an.</translation>
        </message>
        <message>
            <source>SETTING bypass.max_minutes</source>
            <translation>Eine Überbrückung endet nach dieser Zeit, auch wenn ihre Erlaubnis mehr zuließe.</translation>
        </message>
        <message>
            <source>SETTING access.idle_min</source>
            <translation>Eine Anmeldung ohne Befehl endet nach dieser Zeit; Prüfung und Bildschirme gehen weiter.</translation>
        </message>
        <message>
            <source>SETTING access.lock_after</source>
            <translation>So viele falsche Passwörter oder PINs hintereinander sperren ein Konto.</translation>
        </message>
        <message>
            <source>SETTING access.lock_min</source>
            <translation>So lange.</translation>
        </message>
        <message>
            <source>SETTING access.password_least</source>
            <translation>So viele Zeichen braucht ein neues Passwort.</translation>
        </message>
        <message>
            <source>SETTING access.approve</source>
            <translation>Arten von Änderungen, die die Qualität freigibt, bevor wieder eine Schicht öffnet: "setting", "recipe", "threshold", "model", "program".</translation>
        </message>
        <message>
            <source>SETTING access.sign_within_min</source>
            <translation>Was am Ende einer Schicht zu unterschreiben ist, wird in dieser Zeit unterschrieben, oder die Schicht geht weiter.</translation>
        </message>
        <message>
            <source>SETTING access.take_over</source>
            <translation>Ob, wer kommt, unterschreiben darf, dass er die Schicht davor übernimmt ("offered"), oder es muss, bevor jemand anderes als der, der sie geschlossen hat, die nächste öffnet ("required").</translation>
        </message>
        <message>
            <source>SETTING ledger.kind</source>
            <translation>"directory" ist das eingebaute Transparenzprotokoll, "none": kein eigenes.</translation>
        </message>
        <message>
            <source>SETTING ledger.path</source>
            <translation>Ordner des Protokolls, vom Ordner der Station aus.</translation>
        </message>
        <message>
            <source>SETTING ledger.origin</source>
            <translation>Name des Protokolls in seinen Prüfpunkten.</translation>
        </message>
        <message>
            <source>SETTING ledger.witnesses</source>
            <translation>Datei mit der Richtlinie (c2sp.org/tlog-policy) und den Adressen der Zeugen, die das eingebaute Protokoll gegenzeichnen müssen, vom Ordner der Station aus; leer: keine.</translation>
        </message>
        <message>
            <source>SETTING ledger.witness_ca_file</source>
            <translation>Zertifikate (PEM), auf die ihre zurückgehen müssen; leer: die des Systems.</translation>
        </message>
        <message>
            <source>SETTING ledger.quorum</source>
            <translation>So viele der Register, die zählen, müssen ein Siegel haben, bevor es als hinterlegt gilt; 0: alle.</translation>
        </message>
        <message>
            <source>SETTING ledger.shared.log.kind</source>
            <translation>"log": ein Transparenzprotokoll, das andere betreiben.</translation>
        </message>
        <message>
            <source>SETTING ledger.shared.log.url</source>
            <translation>Anfang seiner Adressen, "https://..."; http nur auf diesem Rechner.</translation>
        </message>
        <message>
            <source>SETTING ledger.shared.log.key</source>
            <translation>Sein Schlüssel als Prüfzeile, "Name+Kennung+Schlüssel"; der Name ist der seiner Quittungen.</translation>
        </message>
        <message>
            <source>SETTING ledger.shared.log.witnesses</source>
            <translation>Datei mit der Richtlinie (c2sp.org/tlog-policy), deren Quorum eine Quittung gegengezeichnet haben muss, vom Ordner der Station aus; leer: keines.</translation>
        </message>
        <message>
            <source>SETTING ledger.shared.log.token_file</source>
            <translation>Datei mit dem Token dieser Station, vom Ordner der Station aus.</translation>
        </message>
        <message>
            <source>SETTING ledger.shared.log.ca_file</source>
            <translation>Zertifikate (PEM), auf die das des Protokolls zurückgehen muss; leer nimmt die des Systems.</translation>
        </message>
        <message>
            <source>SETTING ledger.shared.evm.url</source>
            <translation>JSON-RPC-Adresse des Knotens. Keine Meldung nennt mehr davon als den Rechner.</translation>
        </message>
        <message>
            <source>SETTING ledger.shared.evm.chain_id</source>
            <translation>Nummer der Kette; ein Knoten einer anderen wird abgelehnt.</translation>
        </message>
        <message>
            <source>SETTING ledger.shared.evm.contract</source>
            <translation>Adresse des Vertrags; ein anderer Vertrag an dieser Adresse wird abgelehnt.</translation>
        </message>
        <message>
            <source>SETTING ledger.shared.evm.ca_file</source>
            <translation>Zertifikate (PEM), auf die das des Knotens zurückgehen muss; leer nimmt die des Systems.</translation>
        </message>
        <message>
            <source>SETTING ledger.shared.evm.token_file</source>
            <translation>Datei mit einem Token, das der Knoten verlangt (`Authorization: Bearer`); leer: ohne.</translation>
        </message>
        <message>
            <source>SETTING ledger.shared.evm.timeout_s</source>
            <translation>Eine ganze Antwort muss in dieser Zeit da sein.</translation>
        </message>
        <message>
            <source>SETTING ledger.shared.evm.finality</source>
            <translation>Was endgültig ist: Blöcke, die die Kette "finalized" nennt, oder solche mit so vielen "confirmations". Wo Blöcke sofort endgültig sind, wie bei QBFT: "confirmations" mit 0 oder 1.</translation>
        </message>
        <message>
            <source>SETTING ledger.shared.evm.confirmations</source>
            <translation>So viele Blöcke müssen auf einem stehen.</translation>
        </message>
        <message>
            <source>SETTING ledger.shared.evm.kind</source>
            <translation>"evm": ein Vertrag auf einer Kette nach Art von Ethereum.</translation>
        </message>
        <message>
            <source>SETTING ledger.shared.evm.origin</source>
            <translation>Name des Registers in Quittungen: ASCII ohne Leerzeichen.</translation>
        </message>
        <message>
            <source>SETTING ledger.shared.evm.keystore_file</source>
            <translation>Das Konto der Station: eine verschlüsselte Schlüsseldatei, vom Ordner der Station aus.</translation>
        </message>
        <message>
            <source>SETTING ledger.shared.evm.passphrase_file</source>
            <translation>Datei mit ihrem Kennwort; nur der Eigentümer kann sie lesen.</translation>
        </message>
        <message>
            <source>SETTING ledger.shared.evm.max_fee_wei</source>
            <translation>So viel darf eine Einheit Gas höchstens kosten; darüber wird nichts gesendet.</translation>
        </message>
        <message>
            <source>SETTING ledger.shared.evm.priority_fee_wei</source>
            <translation>Was davon bekommt, wer die Blöcke macht; 0, wo Gas nichts kostet.</translation>
        </message>
        <message>
            <source>SETTING ledger.shared.evm.bump_after_s</source>
            <translation>Eine Transaktion, die nach dieser Zeit in keinem Block ist, wird durch eine ersetzt, die mehr zahlt.</translation>
        </message>
        <message>
            <source>SETTING ledger.shared.evm.poll_s</source>
            <translation>Nach demselben Dokument wird der Knoten frühestens nach dieser Zeit wieder gefragt.</translation>
        </message>
        <message>
            <source>SETTING ledger.shared.timestamp.kind</source>
            <translation>"timestamp": ein Zeitstempeldienst (RFC 3161).</translation>
        </message>
        <message>
            <source>SETTING ledger.shared.timestamp.origin</source>
            <translation>Name des Registers in Quittungen: ASCII ohne Leerzeichen.</translation>
        </message>
        <message>
            <source>SETTING ledger.shared.timestamp.url</source>
            <translation>Adresse, die Anfragen annimmt (RFC 3161, Abschnitt 3.4). Wo sich niemand anmeldet, reicht http: Zeitstempel sind signiert. Meldungen nennen sie.</translation>
        </message>
        <message>
            <source>SETTING ledger.shared.timestamp.roots_file</source>
            <translation>Zertifikate (PEM) der Stellen, denen vertraut wird: die, denen auch Prüfer vertrauen werden.</translation>
        </message>
        <message>
            <source>SETTING ledger.shared.timestamp.certificates_file</source>
            <translation>Zertifikate (PEM), die zu einer Wurzel führen, für einen Dienst, der sie nicht mitschickt; leer: keine.</translation>
        </message>
        <message>
            <source>SETTING ledger.shared.timestamp.policy</source>
            <translation>Kennung (OID) der Richtlinie, die Zeitstempel tragen müssen; leer: jede.</translation>
        </message>
        <message>
            <source>SETTING ledger.shared.timestamp.heads</source>
            <translation>Auch Zwischenstände offener Schichten stempeln lassen. Zeitstempel kosten vielleicht Geld, und das nächste Siegel stempelt dieselben Aufzeichnungen.</translation>
        </message>
        <message>
            <source>SETTING ledger.shared.timestamp.counts</source>
            <translation>Ob seine Quittungen für `ledger.quorum` zählen. Ein Zeitstempel beweist, wann es ein Siegel gab, nicht, dass es das einzige seiner Schicht ist.</translation>
        </message>
        <message>
            <source>SETTING ledger.shared.timestamp.ca_file</source>
            <translation>Zertifikate (PEM), auf die das des Dienstes zurückgehen muss; leer nimmt die des Systems.</translation>
        </message>
        <message>
            <source>SETTING ledger.shared.timestamp.user</source>
            <translation>Name für die Anmeldung (Basic), mit `password_file`; leer: ohne.</translation>
        </message>
        <message>
            <source>SETTING ledger.shared.timestamp.password_file</source>
            <translation>Datei mit dem Passwort.</translation>
        </message>
        <message>
            <source>SETTING ledger.shared.timestamp.token_file</source>
            <translation>Datei mit einem Token (`Authorization: Bearer`); leer: ohne.</translation>
        </message>
        <message>
            <source>SETTING ledger.shared.timestamp.timeout_s</source>
            <translation>Eine ganze Antwort muss in dieser Zeit da sein.</translation>
        </message>
        <message>
            <source>SETTING api.host</source>
            <translation>Außerhalb dieses Rechners wartet nichts, wenn es hier nicht steht.</translation>
        </message>
        <message>
            <source>SETTING api.port</source>
            <translation>TCP-Port; 0 nimmt einen freien und schreibt ihn in den Ordner run.</translation>
        </message>
        <message>
            <source>SETTING api.preview_hz</source>
            <translation>Livebilder je Sekunde.</translation>
        </message>
        <message>
            <source>SETTING mqtt.enabled</source>
            <translation>Ob die Station veröffentlicht.</translation>
        </message>
        <message>
            <source>SETTING mqtt.host</source>
            <translation>Der Broker; sein Zertifikat muss diesen Namen tragen.</translation>
        </message>
        <message>
            <source>SETTING mqtt.port</source>
            <translation>TCP-Port des Brokers.</translation>
        </message>
        <message>
            <source>SETTING mqtt.tls</source>
            <translation>Verschlüsselt und prüft Zertifikat und Namen des Brokers; aus nur für einen Broker auf diesem Rechner oder in einem Netz, das sonst niemand erreicht.</translation>
        </message>
        <message>
            <source>SETTING mqtt.ca_file</source>
            <translation>Zertifikate (PEM), auf die das des Brokers zurückgehen muss; leer nimmt die des Systems.</translation>
        </message>
        <message>
            <source>SETTING mqtt.certificate_file</source>
            <translation>Das Zertifikat der Station (PEM), wenn der Broker eines verlangt; mit `key_file`.</translation>
        </message>
        <message>
            <source>SETTING mqtt.key_file</source>
            <translation>Sein privater Schlüssel (PEM, nicht verschlüsselt); nur der Eigentümer kann ihn lesen.</translation>
        </message>
        <message>
            <source>SETTING mqtt.user</source>
            <translation>Benutzername beim Broker; leer verbindet ohne.</translation>
        </message>
        <message>
            <source>SETTING mqtt.password_file</source>
            <translation>Datei mit dem Passwort; nur der Eigentümer kann sie lesen.</translation>
        </message>
        <message>
            <source>SETTING mqtt.client_id</source>
            <translation>Kennung des Clients, beim Broker nur einmal; leer nimmt "inspector-" und den Namen der Station.</translation>
        </message>
        <message>
            <source>SETTING mqtt.prefix</source>
            <translation>Erste Ebenen jedes Themas, etwa "acme/site1/area2".</translation>
        </message>
        <message>
            <source>SETTING mqtt.keepalive_s</source>
            <translation>Ein Broker, der länger schweigt, gilt als weg.</translation>
        </message>
        <message>
            <source>SETTING mqtt.in_flight</source>
            <translation>So viele Nachrichten dürfen auf die Bestätigung des Brokers warten.</translation>
        </message>
        <message>
            <source>SETTING mqtt.counts_every_s</source>
            <translation>Abstand der Nachricht mit den Zählern.</translation>
        </message>
        <message>
            <source>SETTING mqtt.reconnect_at_most_s</source>
            <translation>Längste Pause zwischen zwei Versuchen, den Broker zu erreichen.</translation>
        </message>
        <message>
            <source>SETTING opcua.enabled</source>
            <translation>Ob die Station OPC UA anbietet.</translation>
        </message>
        <message>
            <source>SETTING opcua.host</source>
            <translation>IPv4-Adresse, an der gewartet wird; außerhalb dieses Rechners wartet nichts, wenn es hier nicht steht.</translation>
        </message>
        <message>
            <source>SETTING opcua.port</source>
            <translation>TCP-Port; 0 nimmt einen freien und schreibt ihn in den Ordner run.</translation>
        </message>
        <message>
            <source>SETTING opcua.anonymous_read</source>
            <translation>Ein Client mit vertrautem Zertifikat darf ohne Benutzer lesen; Methoden brauchen trotzdem einen.</translation>
        </message>
        <message>
            <source>SETTING opcua.results</source>
            <translation>So viele Ergebnisse bleiben zum Lesen und für die Methoden.</translation>
        </message>
        <message>
            <source>SETTING opcua.sessions</source>
            <translation>So viele Verbindungen und Sitzungen höchstens.</translation>
        </message>
        <message>
            <source>SETTING opcua.subscriptions</source>
            <translation>So viele Abonnements höchstens, aller Sitzungen zusammen.</translation>
        </message>
        <message>
            <source>SETTING scanner.host</source>
            <translation>Adresse des Lesers.</translation>
        </message>
        <message>
            <source>SETTING scanner.port</source>
            <translation>Sein TCP-Port.</translation>
        </message>
        <message>
            <source>SETTING scanner.framing</source>
            <translation>"line", wenn jede Lesung mit CR, LF oder beidem endet, "stx-etx", wenn sie zwischen diesen beiden Bytes steht.</translation>
        </message>
        <message>
            <source>SETTING scanner.no_read</source>
            <translation>Was der Leser sendet, wenn er keinen Code lesen konnte.</translation>
        </message>
        <message>
            <source>SETTING scanner.from_ms</source>
            <translation>Frühester Zeitpunkt der Lesung eines Teils, ab seiner Flanke; negativ, wenn der Leser vor dem Sensor steht.</translation>
        </message>
        <message>
            <source>SETTING scanner.until_ms</source>
            <translation>Spätester Zeitpunkt. Eine Lesung in den Fenstern zweier Teile gehört zu keinem.</translation>
        </message>
        <message>
            <source>SETTING scanner.timeout_ms</source>
            <translation>So lange wird höchstens auf die Verbindung gewartet.</translation>
        </message>
        <message>
            <source>SETTING plant.images</source>
            <translation>Ordner der Bilder, die auf dem Band liegen, vom Ordner der Station aus.</translation>
        </message>
        <message>
            <source>SETTING plant.rate_ppm</source>
            <translation>Teile je Minute.</translation>
        </message>
        <message>
            <source>SETTING plant.parts</source>
            <translation>So viele Teile, bis das Band hält; 0 hört nie auf.</translation>
        </message>
        <message>
            <source>SETTING plant.part_length_mm</source>
            <translation>Länge eines Teils; nur mit `line.tracking = "station"`.</translation>
        </message>
        <message>
            <source>SETTING plant.gate_delay_ms</source>
            <translation>So lange braucht die Weiche; nur mit `line.tracking = "station"`.</translation>
        </message>
        <message>
            <source>SETTING plant.seed</source>
            <translation>Startwert für die Reihenfolge der Teile und der Störungen.</translation>
        </message>
        <message>
            <source>SETTING plant.feed</source>
            <translation>"when-ready" hält das Band, solange die Station nicht bereit ist; "always" nie.</translation>
        </message>
        <message>
            <source>SETTING plant.decide_at_ms</source>
            <translation>Laufzeit vom Sensor bis zur Weiche; mit `line.tracking = "station"` gelten die Plätze in `[tracking]`.</translation>
        </message>
        <message>
            <source>SETTING plant.confirm_at_ms</source>
            <translation>Laufzeit vom Sensor bis zu den Bahnsensoren; ebenso.</translation>
        </message>
        <message>
            <source>SETTING plant.watchdog_ms</source>
            <translation>Ohne Lebenszeichen fallen nach dieser Zeit alle Ausgänge in ihre sichere Lage; mit `line.tracking = "station"` ist es `tracking.output_hold_ms`.</translation>
        </message>
        <message>
            <source>SETTING plant.faults</source>
            <translation>Zufällige Störungen je 1000 Teile.</translation>
        </message>
        <message>
            <source>SETTING plant.disturbances</source>
            <translation>Welche, mit ihren Namen aus docs/line.md; leer: alle.</translation>
        </message>
        <message>
            <source>SETTING manual.idle_min</source>
            <translation>Handbetrieb, den niemand benutzt, endet nach dieser Zeit.</translation>
        </message>
        <message>
            <source>SETTING manual.force_at_most_s</source>
            <translation>Länger wird ein Ausgang nicht am Stück von Hand gesetzt.</translation>
        </message>
    </context>
</TS>
