<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de_DE" sourcelanguage="en">
    <context>
        <name>gui</name>
        <message>
            <source>SEEN</source>
            <translation>GESEHEN</translation>
        </message>
        <message>
            <source>SHELVE ...</source>
            <translation>ZURÜCKSTELLEN ...</translation>
        </message>
        <message>
            <source>SHOW AGAIN</source>
            <translation>WIEDER ZEIGEN</translation>
        </message>
        <message>
            <source>Cause: {text}</source>
            <translation>Ursache: {text}</translation>
        </message>
        <message>
            <source>If nobody acts: {text}</source>
            <translation>Wenn niemand handelt: {text}</translation>
        </message>
        <message>
            <source>Do: {text}</source>
            <translation>Tun: {text}</translation>
        </message>
        <message>
            <source>Alarms</source>
            <translation>Alarme</translation>
        </message>
        <message>
            <source>Alarms that need somebody now: {count}</source>
            <translation>Alarme, die jetzt jemanden brauchen: {count}</translation>
        </message>
        <message>
            <source>MORE</source>
            <translation>MEHR</translation>
        </message>
        <message>
            <source>SHELVED</source>
            <translation>ZURÜCKGESTELLT</translation>
        </message>
        <message>
            <source>No connection: nobody knows which alarms stand.</source>
            <translation>Keine Verbindung: niemand weiß, welche Alarme anstehen.</translation>
        </message>
        <message>
            <source>Shelved alarms: {count}. What they are about goes on.</source>
            <translation>Zurückgestellte Alarme: {count}. Ihr Anlass besteht weiter.</translation>
        </message>
        <message>
            <source>No alarm: nobody has to do anything now.</source>
            <translation>Kein Alarm: niemand muss jetzt etwas tun.</translation>
        </message>
        <message>
            <source>Seen, and recorded.</source>
            <translation>Gesehen und aufgezeichnet.</translation>
        </message>
        <message>
            <source>Shelved, and recorded. What it is about goes on.</source>
            <translation>Zurückgestellt und aufgezeichnet. Der Anlass besteht weiter.</translation>
        </message>
        <message>
            <source>Shown again, and recorded.</source>
            <translation>Wieder gezeigt und aufgezeichnet.</translation>
        </message>
        <message>
            <source>the answer to the alarm</source>
            <translation>Antwort auf den Alarm</translation>
        </message>
        <message>
            <source>30 MIN</source>
            <translation>30 MIN</translation>
        </message>
        <message>
            <source>2 HOURS</source>
            <translation>2 STUNDEN</translation>
        </message>
        <message>
            <source>THIS SHIFT</source>
            <translation>DIESE SCHICHT</translation>
        </message>
        <message>
            <source>Why nobody has to act now</source>
            <translation>Warum jetzt niemand handeln muss</translation>
        </message>
        <message>
            <source>SHELVE</source>
            <translation>ZURÜCKSTELLEN</translation>
        </message>
        <message>
            <source>Shelve {alarm} for at most</source>
            <translation>{alarm} zurückstellen für höchstens</translation>
        </message>
        <message>
            <source>since {time}</source>
            <translation>seit {time}</translation>
        </message>
        <message>
            <source>shelved until {time}: {reason}</source>
            <translation>zurückgestellt bis {time}: {reason}</translation>
        </message>
        <message>
            <source>Alarms in the last hour: {count} (people cope with {most})</source>
            <translation>Alarme der letzten Stunde: {count} (zu schaffen: {most})</translation>
        </message>
        <message>
            <source>CAME FIRST</source>
            <translation>KAM ZUERST</translation>
        </message>
        <message>
            <source>HIGH</source>
            <translation>HOCH</translation>
        </message>
        <message>
            <source>MEDIUM</source>
            <translation>MITTEL</translation>
        </message>
        <message>
            <source>LOW</source>
            <translation>NIEDRIG</translation>
        </message>
        <message>
            <source>FLOOD: {count} in ten minutes</source>
            <translation>FLUT: {count} in zehn Minuten</translation>
        </message>
        <message>
            <source>Seven days: {often}</source>
            <translation>Sieben Tage: {often}</translation>
        </message>
        <message>
            <source>seen</source>
            <translation>gesehen</translation>
        </message>
    </context>
    <context>
        <name>reasons</name>
        <message>
            <source>ALARM STOP_REJECT_UNCONFIRMED</source>
            <translation>Auswurf nicht bestätigt</translation>
        </message>
        <message>
            <source>ALARM STOP_REJECT_UNCONFIRMED cause</source>
            <translation>Ein ausgeworfenes Teil war in der Gut-Bahn oder nirgends zu sehen</translation>
        </message>
        <message>
            <source>ALARM STOP_REJECT_UNCONFIRMED consequence</source>
            <translation>Ein schlechtes Teil kann unter den guten liegen</translation>
        </message>
        <message>
            <source>ALARM STOP_REJECT_UNCONFIRMED action</source>
            <translation>Alle Teile seit dem letzten bestätigten Auswurf sperren, Weiche und Bahnsensoren prüfen, Halt zurücksetzen</translation>
        </message>
        <message>
            <source>ALARM STOP_TRACKING</source>
            <translation>Teileverfolgung verloren</translation>
        </message>
        <message>
            <source>ALARM STOP_TRACKING cause</source>
            <translation>Der Ort der Teile auf dem Band ist nicht mehr bekannt</translation>
        </message>
        <message>
            <source>ALARM STOP_TRACKING consequence</source>
            <translation>Urteile könnten das falsche Teil treffen: die Linie steht</translation>
        </message>
        <message>
            <source>ALARM STOP_TRACKING action</source>
            <translation>Band zwischen Kamera und Weiche leeren, Ursache finden, Halt zurücksetzen</translation>
        </message>
        <message>
            <source>ALARM EMERGENCY_STOP</source>
            <translation>Not-Halt</translation>
        </message>
        <message>
            <source>ALARM EMERGENCY_STOP cause</source>
            <translation>Der Not-Halt ist betätigt</translation>
        </message>
        <message>
            <source>ALARM EMERGENCY_STOP consequence</source>
            <translation>Das Band steht; Teile darauf werden ausgeworfen</translation>
        </message>
        <message>
            <source>ALARM EMERGENCY_STOP action</source>
            <translation>Die Stelle sichern, Band leeren, Not-Halt entriegeln</translation>
        </message>
        <message>
            <source>ALARM CHALLENGE_FAILED</source>
            <translation>Testteile nicht bestanden</translation>
        </message>
        <message>
            <source>ALARM CHALLENGE_FAILED cause</source>
            <translation>Ein Testteil wurde nicht erkannt oder nicht in der Auswurf-Bahn gesehen</translation>
        </message>
        <message>
            <source>ALARM CHALLENGE_FAILED consequence</source>
            <translation>Teile seit der letzten bestandenen Prüfung können schlecht sein</translation>
        </message>
        <message>
            <source>ALARM CHALLENGE_FAILED action</source>
            <translation>Teile der Liste sperren, Reaktionsplan befolgen, Teamleitung oder QS rufen</translation>
        </message>
        <message>
            <source>ALARM STOP_REJECTS</source>
            <translation>zu viel Auswurf</translation>
        </message>
        <message>
            <source>ALARM STOP_REJECTS cause</source>
            <translation>Zu viele Teile wurden ausgeworfen</translation>
        </message>
        <message>
            <source>ALARM STOP_REJECTS consequence</source>
            <translation>Die Linie steht; gute Teile gehen vielleicht verloren</translation>
        </message>
        <message>
            <source>ALARM STOP_REJECTS action</source>
            <translation>Die letzten Auswürfe ansehen: Prozess oder Licht in Ordnung bringen, Halt zurücksetzen</translation>
        </message>
        <message>
            <source>ALARM STOP_LATE</source>
            <translation>Urteile zu spät</translation>
        </message>
        <message>
            <source>ALARM STOP_LATE cause</source>
            <translation>Urteile kamen wiederholt zu spät</translation>
        </message>
        <message>
            <source>ALARM STOP_LATE consequence</source>
            <translation>Die Linie steht; späte Teile wurden ausgeworfen</translation>
        </message>
        <message>
            <source>ALARM STOP_LATE action</source>
            <translation>Andere Programme auf diesem Rechner schließen, Band verlangsamen, Halt zurücksetzen</translation>
        </message>
        <message>
            <source>ALARM STOP_PICTURES</source>
            <translation>Bilder fehlen oder wiederholen sich</translation>
        </message>
        <message>
            <source>ALARM STOP_PICTURES cause</source>
            <translation>Eine Kamera gab kein Bild oder dasselbe noch einmal</translation>
        </message>
        <message>
            <source>ALARM STOP_PICTURES consequence</source>
            <translation>Die Linie steht; nichts kann beurteilt werden</translation>
        </message>
        <message>
            <source>ALARM STOP_PICTURES action</source>
            <translation>Kabel, Strom und Auslöser der Kamera prüfen, Halt zurücksetzen</translation>
        </message>
        <message>
            <source>ALARM STOP_IMAGE_GATE</source>
            <translation>Bilder zu schlecht</translation>
        </message>
        <message>
            <source>ALARM STOP_IMAGE_GATE cause</source>
            <translation>Bilder sind zu dunkel, zu hell oder unscharf</translation>
        </message>
        <message>
            <source>ALARM STOP_IMAGE_GATE consequence</source>
            <translation>Die Linie steht; Teile wurden ungeprüft ausgeworfen</translation>
        </message>
        <message>
            <source>ALARM STOP_IMAGE_GATE action</source>
            <translation>Objektiv reinigen, Lampe und Schärfe prüfen, Halt zurücksetzen</translation>
        </message>
        <message>
            <source>ALARM STOP</source>
            <translation>Halt durch eine Regel</translation>
        </message>
        <message>
            <source>ALARM STOP cause</source>
            <translation>Eine Regel einer anderen Version hat die Linie angehalten</translation>
        </message>
        <message>
            <source>ALARM STOP consequence</source>
            <translation>Die Linie steht</translation>
        </message>
        <message>
            <source>ALARM STOP action</source>
            <translation>Den Grund lesen, die Ursache beheben, Halt zurücksetzen</translation>
        </message>
        <message>
            <source>ALARM CAMERA_AWAY</source>
            <translation>Kamera fehlt</translation>
        </message>
        <message>
            <source>ALARM CAMERA_AWAY cause</source>
            <translation>Eine Kamera liefert keine Bilder</translation>
        </message>
        <message>
            <source>ALARM CAMERA_AWAY consequence</source>
            <translation>Jedes Teil wird ausgeworfen</translation>
        </message>
        <message>
            <source>ALARM CAMERA_AWAY action</source>
            <translation>Kabel und Strom der Kamera prüfen; bleibt es, Instandhaltung rufen</translation>
        </message>
        <message>
            <source>ALARM RESYNC</source>
            <translation>Teile und Bilder nicht zugeordnet</translation>
        </message>
        <message>
            <source>ALARM RESYNC cause</source>
            <translation>Teile und Bilder lassen sich nicht zuordnen, weil das Band nie eine Pause macht</translation>
        </message>
        <message>
            <source>ALARM RESYNC consequence</source>
            <translation>Jedes Teil wird ausgeworfen</translation>
        </message>
        <message>
            <source>ALARM RESYNC action</source>
            <translation>Einige Sekunden Lücke im Teilestrom lassen</translation>
        </message>
        <message>
            <source>ALARM SCANNER_AWAY</source>
            <translation>Codeleser fehlt</translation>
        </message>
        <message>
            <source>ALARM SCANNER_AWAY cause</source>
            <translation>Der Codeleser antwortet nicht</translation>
        </message>
        <message>
            <source>ALARM SCANNER_AWAY consequence</source>
            <translation>Jedes Teil wird ausgeworfen</translation>
        </message>
        <message>
            <source>ALARM SCANNER_AWAY action</source>
            <translation>Kabel und Strom des Lesers prüfen; bleibt es, Instandhaltung rufen</translation>
        </message>
        <message>
            <source>ALARM STORE_FAILED</source>
            <translation>Aufzeichnung unmöglich</translation>
        </message>
        <message>
            <source>ALARM STORE_FAILED cause</source>
            <translation>Aufzeichnungen lassen sich nicht schreiben</translation>
        </message>
        <message>
            <source>ALARM STORE_FAILED consequence</source>
            <translation>Ohne Aufzeichnung kein Gut: jedes Teil wird ausgeworfen</translation>
        </message>
        <message>
            <source>ALARM STORE_FAILED action</source>
            <translation>Instandhaltung rufen: Platz schaffen oder Platte ersetzen</translation>
        </message>
        <message>
            <source>ALARM DISK_LOW</source>
            <translation>Platte fast voll</translation>
        </message>
        <message>
            <source>ALARM DISK_LOW cause</source>
            <translation>Die Platte ist fast voll oder zu langsam</translation>
        </message>
        <message>
            <source>ALARM DISK_LOW consequence</source>
            <translation>Jedes Teil wird ausgeworfen, bis Platz ist</translation>
        </message>
        <message>
            <source>ALARM DISK_LOW action</source>
            <translation>Instandhaltung rufen: Platz schaffen</translation>
        </message>
        <message>
            <source>ALARM EXCHANGED</source>
            <translation>Kamera, Modell oder Rezept getauscht</translation>
        </message>
        <message>
            <source>ALARM EXCHANGED cause</source>
            <translation>Kamera, Modell oder Rezept sind andere als beim Öffnen der Schicht</translation>
        </message>
        <message>
            <source>ALARM EXCHANGED consequence</source>
            <translation>Jedes Teil dieser Schicht wird ausgeworfen</translation>
        </message>
        <message>
            <source>ALARM EXCHANGED action</source>
            <translation>Schicht abschließen und neu öffnen, oder zurücktauschen lassen</translation>
        </message>
        <message>
            <source>ALARM RECORDS_OLD</source>
            <translation>alte Aufzeichnungen</translation>
        </message>
        <message>
            <source>ALARM RECORDS_OLD cause</source>
            <translation>Die Aufzeichnungen stammen aus einer alten Sicherung</translation>
        </message>
        <message>
            <source>ALARM RECORDS_OLD consequence</source>
            <translation>Nichts wird geprüft: neue Aufzeichnungen widersprächen den verlorenen</translation>
        </message>
        <message>
            <source>ALARM RECORDS_OLD action</source>
            <translation>Instandhaltung rufen: neueste Sicherung einspielen</translation>
        </message>
        <message>
            <source>ALARM CHANGE_UNAPPROVED</source>
            <translation>Änderungen nicht freigegeben</translation>
        </message>
        <message>
            <source>ALARM CHANGE_UNAPPROVED cause</source>
            <translation>Änderungen an Rezept, Grenzwerten oder Modell warten auf Freigabe</translation>
        </message>
        <message>
            <source>ALARM CHANGE_UNAPPROVED consequence</source>
            <translation>Keine Schicht lässt sich öffnen</translation>
        </message>
        <message>
            <source>ALARM CHANGE_UNAPPROVED action</source>
            <translation>QS rufen: Änderungen ansehen und freigeben</translation>
        </message>
        <message>
            <source>ALARM CHALLENGE_DUE</source>
            <translation>Testteile fällig</translation>
        </message>
        <message>
            <source>ALARM CHALLENGE_DUE cause</source>
            <translation>In dieser Schicht wurde keine Testteilprüfung bestanden, oder sie ist überfällig</translation>
        </message>
        <message>
            <source>ALARM CHALLENGE_DUE consequence</source>
            <translation>Nichts läuft durch, bis eine Prüfung bestanden ist</translation>
        </message>
        <message>
            <source>ALARM CHALLENGE_DUE action</source>
            <translation>Testteilprüfung beginnen und die Testteile zeigen</translation>
        </message>
        <message>
            <source>ALARM LINE_AWAY</source>
            <translation>Prozess antwortet nicht</translation>
        </message>
        <message>
            <source>ALARM LINE_AWAY cause</source>
            <translation>Ein Prozess der Station oder der Detektor antwortet nicht</translation>
        </message>
        <message>
            <source>ALARM LINE_AWAY consequence</source>
            <translation>Jedes Teil wird ausgeworfen</translation>
        </message>
        <message>
            <source>ALARM LINE_AWAY action</source>
            <translation>Auf den Neustart von selbst warten; bleibt es, Instandhaltung rufen</translation>
        </message>
        <message>
            <source>ALARM PLANT_AWAY</source>
            <translation>Anlage antwortet nicht</translation>
        </message>
        <message>
            <source>ALARM PLANT_AWAY cause</source>
            <translation>SPS oder E/A-Module antworten nicht</translation>
        </message>
        <message>
            <source>ALARM PLANT_AWAY consequence</source>
            <translation>Jedes Teil wird ausgeworfen</translation>
        </message>
        <message>
            <source>ALARM PLANT_AWAY action</source>
            <translation>Strom und Netz der SPS oder des Moduls prüfen; Instandhaltung rufen</translation>
        </message>
        <message>
            <source>ALARM BIN_FULL</source>
            <translation>Auswurfbehälter voll</translation>
        </message>
        <message>
            <source>ALARM BIN_FULL cause</source>
            <translation>Der Auswurfbehälter ist voll</translation>
        </message>
        <message>
            <source>ALARM BIN_FULL consequence</source>
            <translation>Ausgeworfenes könnte aufs Band zurückfallen: nichts läuft durch</translation>
        </message>
        <message>
            <source>ALARM BIN_FULL action</source>
            <translation>Auswurfbehälter leeren</translation>
        </message>
        <message>
            <source>ALARM AIR_LOW</source>
            <translation>Druckluft fehlt</translation>
        </message>
        <message>
            <source>ALARM AIR_LOW cause</source>
            <translation>Druckluft fehlt</translation>
        </message>
        <message>
            <source>ALARM AIR_LOW consequence</source>
            <translation>Nichts kann ausgeworfen werden: nichts läuft durch</translation>
        </message>
        <message>
            <source>ALARM AIR_LOW action</source>
            <translation>Luftzufuhr öffnen; Instandhaltung rufen</translation>
        </message>
        <message>
            <source>ALARM SENSOR_STUCK</source>
            <translation>Sensor verdeckt</translation>
        </message>
        <message>
            <source>ALARM SENSOR_STUCK cause</source>
            <translation>Ein Sensor ist zu lange verdeckt</translation>
        </message>
        <message>
            <source>ALARM SENSOR_STUCK consequence</source>
            <translation>Teile lassen sich nicht zählen: nichts läuft durch</translation>
        </message>
        <message>
            <source>ALARM SENSOR_STUCK action</source>
            <translation>Wegnehmen, was den Sensor verdeckt; Sensor reinigen</translation>
        </message>
        <message>
            <source>ALARM TOO_FAST</source>
            <translation>Teile zu schnell</translation>
        </message>
        <message>
            <source>ALARM TOO_FAST cause</source>
            <translation>Teile kommen schneller, als die Station kann</translation>
        </message>
        <message>
            <source>ALARM TOO_FAST consequence</source>
            <translation>Jedes Teil wird ausgeworfen</translation>
        </message>
        <message>
            <source>ALARM TOO_FAST action</source>
            <translation>Band oder Zuführung verlangsamen</translation>
        </message>
        <message>
            <source>ALARM ENCODER</source>
            <translation>Bandweg unbekannt</translation>
        </message>
        <message>
            <source>ALARM ENCODER cause</source>
            <translation>Der Weg des Bandes lässt sich nicht verfolgen</translation>
        </message>
        <message>
            <source>ALARM ENCODER consequence</source>
            <translation>Jedes Teil wird ausgeworfen</translation>
        </message>
        <message>
            <source>ALARM ENCODER action</source>
            <translation>Rad und Kabel des Drehgebers und die Laufrichtung prüfen</translation>
        </message>
        <message>
            <source>ALARM IO_WATCHDOG</source>
            <translation>Wächter des E/A-Moduls falsch</translation>
        </message>
        <message>
            <source>ALARM IO_WATCHDOG cause</source>
            <translation>Der Wächter eines E/A-Moduls ist nicht, wie er sein muss</translation>
        </message>
        <message>
            <source>ALARM IO_WATCHDOG consequence</source>
            <translation>Jedes Teil wird ausgeworfen: eine ausgefallene Station könnte die Weiche nicht schließen</translation>
        </message>
        <message>
            <source>ALARM IO_WATCHDOG action</source>
            <translation>Instandhaltung rufen: Wächter einstellen und nachweisen</translation>
        </message>
        <message>
            <source>ALARM PLC_OTHER_RECIPE</source>
            <translation>SPS will anderes Rezept</translation>
        </message>
        <message>
            <source>ALARM PLC_OTHER_RECIPE cause</source>
            <translation>Die SPS verlangt ein anderes Rezept als das gültige</translation>
        </message>
        <message>
            <source>ALARM PLC_OTHER_RECIPE consequence</source>
            <translation>Jedes Teil wird ausgeworfen</translation>
        </message>
        <message>
            <source>ALARM PLC_OTHER_RECIPE action</source>
            <translation>An der SPS das Rezept dieser Schicht wählen, oder Schicht abschließen und umrüsten</translation>
        </message>
        <message>
            <source>ALARM PLC_FAULT</source>
            <translation>SPS-Störung</translation>
        </message>
        <message>
            <source>ALARM PLC_FAULT cause</source>
            <translation>Die SPS hat den Ablauf der Meldungen verletzt</translation>
        </message>
        <message>
            <source>ALARM PLC_FAULT consequence</source>
            <translation>Jedes Teil wird ausgeworfen</translation>
        </message>
        <message>
            <source>ALARM PLC_FAULT action</source>
            <translation>Störung an der SPS zurücksetzen; kommt sie wieder, Instandhaltung rufen</translation>
        </message>
        <message>
            <source>ALARM GOOD_PART_EJECTED</source>
            <translation>gute Teile ausgeworfen</translation>
        </message>
        <message>
            <source>ALARM GOOD_PART_EJECTED cause</source>
            <translation>Gute Teile waren in der Auswurf-Bahn zu sehen</translation>
        </message>
        <message>
            <source>ALARM GOOD_PART_EJECTED consequence</source>
            <translation>Gute Teile gehen verloren</translation>
        </message>
        <message>
            <source>ALARM GOOD_PART_EJECTED action</source>
            <translation>Weiche und Bahnsensoren ansehen lassen</translation>
        </message>
        <message>
            <source>ALARM TRIGGERS</source>
            <translation>Auslöser und Bilder ungleich</translation>
        </message>
        <message>
            <source>ALARM TRIGGERS cause</source>
            <translation>Auslöser und Bilder passen nicht zusammen</translation>
        </message>
        <message>
            <source>ALARM TRIGGERS consequence</source>
            <translation>Einzelne gute Teile werden ausgeworfen</translation>
        </message>
        <message>
            <source>ALARM TRIGGERS action</source>
            <translation>Auslösekabel, Entprellung und Abstand der Teile ansehen lassen</translation>
        </message>
        <message>
            <source>ALARM DISK_GETTING_FULL</source>
            <translation>Platte füllt sich</translation>
        </message>
        <message>
            <source>ALARM DISK_GETTING_FULL cause</source>
            <translation>Die Platte füllt sich</translation>
        </message>
        <message>
            <source>ALARM DISK_GETTING_FULL consequence</source>
            <translation>In einigen Stunden wird nichts mehr geprüft</translation>
        </message>
        <message>
            <source>ALARM DISK_GETTING_FULL action</source>
            <translation>Platz schaffen lassen</translation>
        </message>
        <message>
            <source>ALARM CLOCK_OFF</source>
            <translation>Uhr ungenau</translation>
        </message>
        <message>
            <source>ALARM CLOCK_OFF cause</source>
            <translation>Nichts hält die Uhr des Rechners genau</translation>
        </message>
        <message>
            <source>ALARM CLOCK_OFF consequence</source>
            <translation>Zeiten in den Aufzeichnungen können falsch sein</translation>
        </message>
        <message>
            <source>ALARM CLOCK_OFF action</source>
            <translation>Zeitserver ansehen lassen</translation>
        </message>
        <message>
            <source>ALARM KEY_LOCKED</source>
            <translation>Schlüssel gesperrt</translation>
        </message>
        <message>
            <source>ALARM KEY_LOCKED cause</source>
            <translation>Der Signaturschlüssel ist gesperrt oder antwortet nicht</translation>
        </message>
        <message>
            <source>ALARM KEY_LOCKED consequence</source>
            <translation>Siegel warten ohne Signatur</translation>
        </message>
        <message>
            <source>ALARM KEY_LOCKED action</source>
            <translation>Schlüssel entsperren lassen, prüfen, ob der Stick steckt</translation>
        </message>
        <message>
            <source>ALARM KEY_REVOKED</source>
            <translation>Schlüssel widerrufen</translation>
        </message>
        <message>
            <source>ALARM KEY_REVOKED cause</source>
            <translation>Das Werk hat den Signaturschlüssel der Station widerrufen</translation>
        </message>
        <message>
            <source>ALARM KEY_REVOKED consequence</source>
            <translation>Niemand traut den Siegeln dieser Schicht</translation>
        </message>
        <message>
            <source>ALARM KEY_REVOKED action</source>
            <translation>Schicht abschließen und Schlüssel tauschen lassen</translation>
        </message>
        <message>
            <source>ALARM LOGIN_FAILURES</source>
            <translation>Konto gesperrt</translation>
        </message>
        <message>
            <source>ALARM LOGIN_FAILURES cause</source>
            <translation>Ein Konto wurde nach falschen Passwörtern gesperrt</translation>
        </message>
        <message>
            <source>ALARM LOGIN_FAILURES consequence</source>
            <translation>Vielleicht probiert jemand Passwörter</translation>
        </message>
        <message>
            <source>ALARM LOGIN_FAILURES action</source>
            <translation>Herausfinden, wer es war</translation>
        </message>
        <message>
            <source>ALARM USERS_LOST</source>
            <translation>Benutzerdatei fehlt</translation>
        </message>
        <message>
            <source>ALARM USERS_LOST cause</source>
            <translation>Die Datei der Benutzer fehlt oder ist beschädigt</translation>
        </message>
        <message>
            <source>ALARM USERS_LOST consequence</source>
            <translation>Niemand kann sich anmelden</translation>
        </message>
        <message>
            <source>ALARM USERS_LOST action</source>
            <translation>Admin rufen: Kopie von access/users.json zurücklegen</translation>
        </message>
        <message>
            <source>ALARM USERS_CHANGED</source>
            <translation>Benutzerdatei geändert</translation>
        </message>
        <message>
            <source>ALARM USERS_CHANGED cause</source>
            <translation>Die Datei der Benutzer wurde an der Station vorbei geändert</translation>
        </message>
        <message>
            <source>ALARM USERS_CHANGED consequence</source>
            <translation>Jemand kann sich selbst eine Rolle gegeben haben</translation>
        </message>
        <message>
            <source>ALARM USERS_CHANGED action</source>
            <translation>Admin die Liste der Benutzer vergleichen lassen</translation>
        </message>
        <message>
            <source>ALARM LEDGER</source>
            <translation>Register</translation>
        </message>
        <message>
            <source>ALARM LEDGER cause</source>
            <translation>Ein Register nimmt seit Stunden kein Siegel an, oder es widerspricht sich oder der Station</translation>
        </message>
        <message>
            <source>ALARM LEDGER consequence</source>
            <translation>Außerhalb kann niemand die Schichten prüfen, die warten</translation>
        </message>
        <message>
            <source>ALARM LEDGER action</source>
            <translation>Instandhaltung und Qualität rufen: Service, Seite REGISTER, sagt, welches und warum</translation>
        </message>
        <message>
            <source>ALARM PROGRAM_CHANGED</source>
            <translation>Programm geändert</translation>
        </message>
        <message>
            <source>ALARM PROGRAM_CHANGED cause</source>
            <translation>Programmdateien sind andere als beim letzten Start</translation>
        </message>
        <message>
            <source>ALARM PROGRAM_CHANGED consequence</source>
            <translation>Die Station tut vielleicht nicht, was validiert wurde</translation>
        </message>
        <message>
            <source>ALARM PROGRAM_CHANGED action</source>
            <translation>Herausfinden lassen, wer sie geändert hat; Version neu installieren</translation>
        </message>
        <message>
            <source>ALARM CLOCK_STEPPED</source>
            <translation>Uhr verstellt</translation>
        </message>
        <message>
            <source>ALARM CLOCK_STEPPED cause</source>
            <translation>Die Uhr des Rechners wurde verstellt, während die Station lief</translation>
        </message>
        <message>
            <source>ALARM CLOCK_STEPPED consequence</source>
            <translation>Zeiten in den Aufzeichnungen springen</translation>
        </message>
        <message>
            <source>ALARM CLOCK_STEPPED action</source>
            <translation>Herausfinden, wer die Uhr gestellt hat</translation>
        </message>
    </context>
</TS>
