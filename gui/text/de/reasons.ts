<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de_DE" sourcelanguage="en">
    <context>
        <name>reasons</name>
        <message>
            <source>MANUAL</source>
            <translation>{details} - vor der nächsten Schicht den Handbetrieb auf dem Bild Service beenden</translation>
        </message>
        <message>
            <source>NO_SHIFT</source>
            <translation>keine Schicht ist offen - Schicht öffnen</translation>
        </message>
        <message>
            <source>CLOSING</source>
            <translation>die Schicht wird abgeschlossen - warten, bis sie versiegelt ist</translation>
        </message>
        <message>
            <source>LINE_AWAY</source>
            <translation>der Linienprozess antwortet nicht - er startet von selbst neu; sonst Instandhaltung rufen</translation>
        </message>
        <message>
            <source>WARMING</source>
            <translation>das Modell wird geladen - einen Moment warten</translation>
        </message>
        <message>
            <source>CHANGEOVER</source>
            <translation>Umrüsten: {details} - warten, danach eine Schicht öffnen</translation>
        </message>
        <message>
            <source>IMAGES_BEHIND</source>
            <translation>Bilder werden zu langsam geschrieben - Platte prüfen; Bereit kommt von selbst</translation>
        </message>
        <message>
            <source>RULES_EXCHANGED</source>
            <translation>Modell oder Rezept sind andere als beim Öffnen der Schicht - Schicht abschließen und neu öffnen</translation>
        </message>
        <message>
            <source>JUDGE_STUCK</source>
            <translation>der Detektor antwortet nicht - Station neu starten; Instandhaltung rufen</translation>
        </message>
        <message>
            <source>PLANT_AWAY</source>
            <translation>die Anlage ist nicht verbunden - Steuerung der Anlage prüfen ({details})</translation>
        </message>
        <message>
            <source>PLANT_SILENT</source>
            <translation>die Anlage antwortet nicht - Steuerung der Anlage prüfen</translation>
        </message>
        <message>
            <source>CAMERA_AWAY</source>
            <translation>Kamera antwortet nicht - Kabel und Strom der Kamera prüfen ({details})</translation>
        </message>
        <message>
            <source>CAMERA_EXCHANGED</source>
            <translation>Kamera oder ihre Einstellungen sind andere als beim Öffnen der Schicht - Schicht abschließen und neu öffnen ({details})</translation>
        </message>
        <message>
            <source>SCANNER_AWAY</source>
            <translation>der Scanner antwortet nicht - Kabel und Strom prüfen; es wird von selbst wieder versucht ({details})</translation>
        </message>
        <message>
            <source>RESYNC</source>
            <translation>Bilder und Teile werden neu zugeordnet - warten; Bereit kommt von selbst, wenn das Band pausiert</translation>
        </message>
        <message>
            <source>DISK_LOW</source>
            <translation>die Platte ist fast voll - Platz schaffen oder Instandhaltung rufen ({details})</translation>
        </message>
        <message>
            <source>DISK_GETTING_FULL</source>
            <translation>die Platte wird voll - Platz schaffen oder Instandhaltung rufen ({details})</translation>
        </message>
        <message>
            <source>MISSED_TRIGGERS</source>
            <translation>Auslösungen ohne Bild - Teile zu dicht, Auslösekabel und Entprellung prüfen ({details})</translation>
        </message>
        <message>
            <source>UNTRIGGERED_PICTURES</source>
            <translation>Bilder ohne Auslösung - Auslöseeinstellung und Schirm des Kabels prüfen ({details})</translation>
        </message>
        <message>
            <source>CLOCK_OFF</source>
            <translation>die Uhr geht vielleicht falsch - Zeitserver prüfen ({details})</translation>
        </message>
        <message>
            <source>CLOCK_UNSYNCHRONISED</source>
            <translation>nichts stellt die Uhr - Zeitserver einrichten lassen ({details})</translation>
        </message>
        <message>
            <source>CLOCK_STEPPED</source>
            <translation>die Uhr wurde verstellt - herausfinden, wer sie gestellt hat ({details})</translation>
        </message>
        <message>
            <source>KEY_LOCKED</source>
            <translation>der Signaturschlüssel ist gesperrt - mit „inspector shift unlock“ entsperren ({details})</translation>
        </message>
        <message>
            <source>KEY_REVOKED</source>
            <translation>der Signaturschlüssel ist widerrufen - Schicht abschließen, siehe docs/keys.md</translation>
        </message>
        <message>
            <source>STORE_FAILED</source>
            <translation>Aufzeichnungen können nicht geschrieben werden - Platz schaffen; die Station macht von selbst weiter ({details})</translation>
        </message>
        <message>
            <source>SETTINGS_WAIT</source>
            <translation>Einstellungen warten auf einen Neustart ({details}) - Station beenden und neu starten, dann Schicht öffnen</translation>
        </message>
        <message>
            <source>CHANGE_UNAPPROVED</source>
            <translation>Änderungen warten auf Freigabe - Qualität um Freigabe bitten ({details})</translation>
        </message>
        <message>
            <source>GOOD_PART_EJECTED</source>
            <translation>gute Teile im Auswurf gesehen - Weiche und Bahnsensoren prüfen ({details})</translation>
        </message>
        <message>
            <source>RECORDS_OLD</source>
            <translation>die Aufzeichnungen stammen aus einer alten Sicherung - Instandhaltung rufen ({details})</translation>
        </message>
        <message>
            <source>CHALLENGE_DUE</source>
            <translation>Prüfung mit Testteilen fehlt - Prüfung beginnen und die Testteile zeigen ({details})</translation>
        </message>
        <message>
            <source>CHALLENGE_FAILED</source>
            <translation>die Prüfung mit Testteilen ist gescheitert - nach dem Reaktionsplan handeln ({details})</translation>
        </message>
        <message>
            <source>LOGIN_FAILURES</source>
            <translation>ein Konto wurde gesperrt - herausfinden, wer es versucht hat ({details})</translation>
        </message>
        <message>
            <source>USERS_LOST</source>
            <translation>die Benutzerdatei fehlt oder ist beschädigt - eigene Kopie zurücklegen ({details})</translation>
        </message>
        <message>
            <source>USERS_CHANGED</source>
            <translation>die Benutzerdatei wurde an der Station vorbei geändert - Liste vergleichen ({details})</translation>
        </message>
        <message>
            <source>LEDGER_LATE</source>
            <translation>ein Register nimmt seit Stunden kein Siegel an - den Weg dorthin prüfen lassen ({details})</translation>
        </message>
        <message>
            <source>LEDGER_STOPPED</source>
            <translation>ein Register bekommt nichts mehr - herausfinden, warum; danach die Station neu starten ({details})</translation>
        </message>
        <message>
            <source>PROGRAM_CHANGED</source>
            <translation>Programmdateien wurden geändert - herausfinden, wer es war; neu installieren ({details})</translation>
        </message>
        <message>
            <source>STOP_REJECTS_IN_ROW</source>
            <translation>zu viele Auswürfe hintereinander - Ursache beheben, dann Stopp zurücksetzen ({details})</translation>
        </message>
        <message>
            <source>STOP_REJECT_RATE</source>
            <translation>zu viele Auswürfe - Ursache beheben, dann Stopp zurücksetzen ({details})</translation>
        </message>
        <message>
            <source>STOP_LATE</source>
            <translation>zu viele Urteile kamen zu spät - Ursache beheben, dann Stopp zurücksetzen ({details})</translation>
        </message>
        <message>
            <source>STOP_MISSING_IMAGES</source>
            <translation>zu viele Teile ohne Bild - Kamera und Auslösung prüfen, dann Stopp zurücksetzen ({details})</translation>
        </message>
        <message>
            <source>STOP_FROZEN_IMAGE</source>
            <translation>die Kamera liefert immer dasselbe Bild - Kamera prüfen, dann Stopp zurücksetzen ({details})</translation>
        </message>
        <message>
            <source>STOP_IMAGE_GATE</source>
            <translation>zu viele unbrauchbare Bilder - Licht und Linse prüfen, dann Stopp zurücksetzen ({details})</translation>
        </message>
        <message>
            <source>STOP_REJECT_UNCONFIRMED</source>
            <translation>Auswurf nicht bestätigt - Teile seit dem letzten bestätigten Auswurf absondern, dann Stopp zurücksetzen ({details})</translation>
        </message>
        <message>
            <source>STOP_TRACKING</source>
            <translation>die Teileverfolgung ist verloren - Band räumen, dann Stopp zurücksetzen ({details})</translation>
        </message>
        <message>
            <source>STOP</source>
            <translation>die Linie wurde gestoppt - Ursache beheben, dann Stopp zurücksetzen ({details})</translation>
        </message>
        <message>
            <source>TRACKING_LOST</source>
            <translation>die Teileverfolgung ist verloren - Band räumen ({details})</translation>
        </message>
        <message>
            <source>ENCODER_MISSING</source>
            <translation>der Drehgeber wird nicht gelesen - Modul und Kabel prüfen</translation>
        </message>
        <message>
            <source>ENCODER_STALLED</source>
            <translation>das Band läuft und der Drehgeber zählt nicht - Drehgeber prüfen</translation>
        </message>
        <message>
            <source>ENCODER_JUMPED</source>
            <translation>der Drehgeber ist gesprungen - Kabel und Schirm prüfen, dann Stopp zurücksetzen</translation>
        </message>
        <message>
            <source>BELT_BACKWARDS</source>
            <translation>das Band wurde zu weit zurückgeschoben - wieder vorwärts laufen lassen</translation>
        </message>
        <message>
            <source>BELT_TOO_FAST</source>
            <translation>das Band ist schneller als erlaubt - langsamer stellen</translation>
        </message>
        <message>
            <source>JOURNAL_FAILED</source>
            <translation>das Journal der Linie kann nicht geschrieben werden - Platz und Platte prüfen ({details})</translation>
        </message>
        <message>
            <source>WATCHDOG</source>
            <translation>die Ausgänge der Anlage sind im sicheren Zustand - auf das nächste Lebenszeichen warten</translation>
        </message>
        <message>
            <source>STATION_AWAY</source>
            <translation>der Stationsprozess ist nicht verbunden - sein Protokoll ansehen</translation>
        </message>
        <message>
            <source>STATION_SILENT</source>
            <translation>der Stationsprozess antwortet nicht - sein Protokoll ansehen</translation>
        </message>
        <message>
            <source>STATION_NOT_READY</source>
            <translation>die Station ist nicht bereit - ihre eigenen Gründe ansehen</translation>
        </message>
        <message>
            <source>EMERGENCY_STOP</source>
            <translation>der Not-Halt des Bandes ist aktiv - Band räumen, dann lösen</translation>
        </message>
        <message>
            <source>PART_SENSOR_STUCK</source>
            <translation>der Teilesensor ist zu lange verdeckt - freiräumen: Teile ohne Lücke oder Schmutz</translation>
        </message>
        <message>
            <source>LANE_SENSOR_STUCK</source>
            <translation>ein Bahnsensor ist zu lange verdeckt - freiräumen, Rutsche prüfen</translation>
        </message>
        <message>
            <source>PARTS_TOO_FAST</source>
            <translation>mehr Teile je Minute als erlaubt - Linie langsamer stellen</translation>
        </message>
        <message>
            <source>BIN_FULL</source>
            <translation>der Auswurfbehälter ist voll - leeren</translation>
        </message>
        <message>
            <source>AIR_LOW</source>
            <translation>der Auswerfer hat keine Druckluft - Druckluft prüfen</translation>
        </message>
        <message>
            <source>IO_WATCHDOG_TRIPPED</source>
            <translation>die Überwachung eines E/A-Moduls hat ausgelöst - Kabel prüfen, dann Stopp zurücksetzen ({details})</translation>
        </message>
        <message>
            <source>IO_OUTPUT_WRONG</source>
            <translation>ein Ausgang steht anders als befohlen - Modul prüfen, dann Stopp zurücksetzen ({details})</translation>
        </message>
        <message>
            <source>IO_WATCHDOG_UNPROVEN</source>
            <translation>die Überwachung eines E/A-Moduls ist nicht nachgewiesen - prüfen und eintragen ({details})</translation>
        </message>
        <message>
            <source>IO_WATCHDOG_WRONG</source>
            <translation>die Überwachung eines E/A-Moduls ist falsch eingestellt - Modul prüfen ({details})</translation>
        </message>
        <message>
            <source>PLC_TRIGGER_NOT_RELEASED</source>
            <translation>die SPS hat ihre Anforderung nicht zurückgenommen - SPS-Programm prüfen ({details})</translation>
        </message>
        <message>
            <source>PLC_RESULT_NOT_ACKNOWLEDGED</source>
            <translation>die SPS hat ein Ergebnis nicht quittiert - SPS-Programm prüfen ({details})</translation>
        </message>
        <message>
            <source>PLC_RESULT_ACK_NOT_RELEASED</source>
            <translation>die SPS hat ihre Quittung nicht zurückgenommen - SPS-Programm prüfen ({details})</translation>
        </message>
        <message>
            <source>PLC_ID_REPEATED</source>
            <translation>die SPS hat eine Teilenummer wiederholt - SPS-Programm prüfen ({details})</translation>
        </message>
        <message>
            <source>PLC_ID_MISMATCH</source>
            <translation>die Teilenummern von SPS und Station passen nicht zusammen - SPS-Programm prüfen ({details})</translation>
        </message>
        <message>
            <source>PLC_TRIGGER_CHANGED</source>
            <translation>die SPS hat ihre Anforderung geändert - SPS-Programm prüfen ({details})</translation>
        </message>
        <message>
            <source>PLC_ACK_UNEXPECTED</source>
            <translation>die SPS hat quittiert, was niemand gesendet hat - SPS-Programm prüfen ({details})</translation>
        </message>
        <message>
            <source>PLC_ACK_ID_WRONG</source>
            <translation>die SPS hat eine falsche Teilenummer quittiert - SPS-Programm prüfen ({details})</translation>
        </message>
        <message>
            <source>PLC_RESULT_OVERRUN</source>
            <translation>die SPS liest Ergebnisse zu langsam - SPS-Programm prüfen ({details})</translation>
        </message>
        <message>
            <source>PLC_RESYNCHRONISING</source>
            <translation>SPS und Station gleichen sich ab - warten</translation>
        </message>
        <message>
            <source>PLC_HEARTBEAT_LOST</source>
            <translation>das Lebenszeichen der SPS fehlt - SPS prüfen</translation>
        </message>
        <message>
            <source>PLC_NOT_ENABLED</source>
            <translation>die SPS hat die Station nicht freigegeben - SPS prüfen</translation>
        </message>
        <message>
            <source>PLC_OTHER_RECIPE</source>
            <translation>die SPS erwartet ein anderes Rezept - Rezept prüfen</translation>
        </message>
        <message>
            <source>PLC_STATION_NOT_READY</source>
            <translation>die Station ist nicht bereit - ihre eigenen Gründe ansehen</translation>
        </message>
        <message>
            <source>PLC_LINE_PROCESS_SILENT</source>
            <translation>der Linienprozess arbeitet nicht - sein Protokoll und die Platte ansehen</translation>
        </message>
        <message>
            <source>PLC_BIN_FULL</source>
            <translation>der Auswurfbehälter ist voll - leeren</translation>
        </message>
        <message>
            <source>PLC_AIR_LOW</source>
            <translation>der Auswerfer hat keine Druckluft - Druckluft prüfen</translation>
        </message>
        <message>
            <source>PLC_EMERGENCY_STOP</source>
            <translation>der Not-Halt des Bandes ist aktiv - Band räumen, dann lösen</translation>
        </message>
        <message>
            <source>LINE_PROCESS_SILENT</source>
            <translation>der Linienprozess arbeitet nicht - sein Protokoll und die Platte ansehen</translation>
        </message>
        <message>
            <source>ERROR ACCESS_DENIED</source>
            <translation>das ist hier nicht erlaubt</translation>
        </message>
        <message>
            <source>ERROR ALREADY_RUNNING</source>
            <translation>es läuft schon</translation>
        </message>
        <message>
            <source>ERROR API</source>
            <translation>etwas stimmt zwischen Bildschirm und Station nicht</translation>
        </message>
        <message>
            <source>ERROR API_AWAY</source>
            <translation>der API-Prozess antwortet nicht</translation>
        </message>
        <message>
            <source>ERROR BACKUP_DAMAGED</source>
            <translation>die Sicherung ist unvollständig oder beschädigt</translation>
        </message>
        <message>
            <source>ERROR BROKER_AWAY</source>
            <translation>der MQTT-Broker antwortet nicht</translation>
        </message>
        <message>
            <source>ERROR BROKER_REFUSED</source>
            <translation>der MQTT-Broker lehnt die Station ab</translation>
        </message>
        <message>
            <source>ERROR BYPASS_REFUSED</source>
            <translation>die Überbrückung wird nicht begonnen oder beendet</translation>
        </message>
        <message>
            <source>ERROR CAMERA_LOST</source>
            <translation>die Kamera antwortet nicht</translation>
        </message>
        <message>
            <source>ERROR CAMERA_NOT_FOUND</source>
            <translation>keine Kamera passt zu den Einstellungen</translation>
        </message>
        <message>
            <source>ERROR CHANNEL</source>
            <translation>die Verbindung zwischen zwei Prozessen ist gestört</translation>
        </message>
        <message>
            <source>ERROR COMMIT_FAILED</source>
            <translation>eine Aufzeichnung konnte nicht dauerhaft geschrieben werden</translation>
        </message>
        <message>
            <source>ERROR CONFIG</source>
            <translation>die Angaben oder Einstellungen passen nicht</translation>
        </message>
        <message>
            <source>ERROR COUNTS_DIFFER</source>
            <translation>die Zählungen weichen ab</translation>
        </message>
        <message>
            <source>ERROR DATASET_REFUSED</source>
            <translation>die Bilder oder Beschriftungen lassen sich so nicht verwenden</translation>
        </message>
        <message>
            <source>ERROR DRIFT_REFUSED</source>
            <translation>Drift lässt sich nicht feststellen: keine brauchbare Bezugszeit, zu wenige Teile oder ein anderes Modell</translation>
        </message>
        <message>
            <source>ERROR SHADOW_REFUSED</source>
            <translation>ein Mitlauf kann nicht beginnen, oder sein Ergebnis ist nicht zu gebrauchen</translation>
        </message>
        <message>
            <source>ERROR DETECTOR</source>
            <translation>der Detektor hat einen Fehler</translation>
        </message>
        <message>
            <source>ERROR DEVICE</source>
            <translation>ein Gerät hat einen Fehler</translation>
        </message>
        <message>
            <source>ERROR DISK_FULL</source>
            <translation>die Platte ist voll</translation>
        </message>
        <message>
            <source>ERROR EVIDENCE</source>
            <translation>Aufzeichnungen sind beschädigt oder widersprechen sich</translation>
        </message>
        <message>
            <source>ERROR FEATURE</source>
            <translation>die Kamera nimmt eine Einstellung nicht an</translation>
        </message>
        <message>
            <source>ERROR FOREIGN_ORIGIN</source>
            <translation>die Anfrage kommt von woanders</translation>
        </message>
        <message>
            <source>ERROR FORMAT_INVALID</source>
            <translation>die Angaben haben nicht die richtige Form</translation>
        </message>
        <message>
            <source>ERROR FRAME_BAD</source>
            <translation>ein Bild ist unbrauchbar</translation>
        </message>
        <message>
            <source>ERROR HOLD_REFUSED</source>
            <translation>die Sperre kann nicht beginnen oder enden</translation>
        </message>
        <message>
            <source>ERROR HTTP</source>
            <translation>die API hat unerwartet geantwortet</translation>
        </message>
        <message>
            <source>ERROR IMAGE_WRITE_FAILED</source>
            <translation>ein Bild konnte nicht geschrieben werden</translation>
        </message>
        <message>
            <source>ERROR INFERENCE_FAILED</source>
            <translation>der Detektor ist an einem Bild gescheitert</translation>
        </message>
        <message>
            <source>ERROR INSPECTOR</source>
            <translation>es ist ein Fehler aufgetreten</translation>
        </message>
        <message>
            <source>ERROR INTERNAL</source>
            <translation>es ist ein innerer Fehler aufgetreten</translation>
        </message>
        <message>
            <source>ERROR JOB_TOO_LONG</source>
            <translation>der Auftrag dauerte zu lange</translation>
        </message>
        <message>
            <source>ERROR JOB_UNDER_WAY</source>
            <translation>ein Auftrag dieser Art läuft schon</translation>
        </message>
        <message>
            <source>ERROR JOURNAL_DAMAGED</source>
            <translation>das Journal der Linie ist nicht lesbar</translation>
        </message>
        <message>
            <source>ERROR JOURNAL_FAILED</source>
            <translation>das Journal der Linie konnte nicht geschrieben werden</translation>
        </message>
        <message>
            <source>ERROR KEY_LOCKED</source>
            <translation>der Signaturschlüssel ist gesperrt</translation>
        </message>
        <message>
            <source>ERROR LATE</source>
            <translation>ein Urteil kam zu spät</translation>
        </message>
        <message>
            <source>ERROR LEDGER</source>
            <translation>das Register hat einen Fehler</translation>
        </message>
        <message>
            <source>ERROR LEDGER_INCONSISTENT</source>
            <translation>das Register widerspricht sich</translation>
        </message>
        <message>
            <source>ERROR LEDGER_REFUSED</source>
            <translation>das Register lehnt das Dokument ab</translation>
        </message>
        <message>
            <source>ERROR LEDGER_UNREACHABLE</source>
            <translation>das Register antwortet nicht</translation>
        </message>
        <message>
            <source>ERROR TRAINING_FAILED</source>
            <translation>das Training konnte nicht weitergehen</translation>
        </message>
        <message>
            <source>ERROR TRANSACTION_REFUSED</source>
            <translation>Der Knoten der Kette nimmt eine Buchung nicht an; sie wird später noch einmal geschickt.</translation>
        </message>
        <message>
            <source>ERROR LINE_LOST</source>
            <translation>die Linie antwortet nicht</translation>
        </message>
        <message>
            <source>ERROR LINE_REFUSED</source>
            <translation>die Linie lehnt die Anfrage ab</translation>
        </message>
        <message>
            <source>ERROR LOGIN_NEEDED</source>
            <translation>niemand ist hier angemeldet</translation>
        </message>
        <message>
            <source>ERROR LOGIN_REFUSED</source>
            <translation>die Anmeldung passt nicht</translation>
        </message>
        <message>
            <source>ERROR MODEL_REFUSED</source>
            <translation>das Modellpaket passt nicht oder ist beschädigt</translation>
        </message>
        <message>
            <source>ERROR RELEASE_REFUSED</source>
            <translation>die Freigabe ist beschädigt oder nicht von zwei Personen unterschrieben</translation>
        </message>
        <message>
            <source>ERROR NOT_FOUND</source>
            <translation>das gibt es nicht</translation>
        </message>
        <message>
            <source>ERROR OVERLOADED</source>
            <translation>zu viel auf einmal</translation>
        </message>
        <message>
            <source>ERROR PASSPHRASE_WRONG</source>
            <translation>die Passphrase passt nicht</translation>
        </message>
        <message>
            <source>ERROR PIXEL_FORMAT</source>
            <translation>die Kamera liefert ein Bildformat, das die Station nicht beurteilt</translation>
        </message>
        <message>
            <source>ERROR PROOF_INVALID</source>
            <translation>der Nachweis führt nicht zu seiner Wurzel</translation>
        </message>
        <message>
            <source>ERROR PUBLISH</source>
            <translation>die Übermittlung an den MQTT-Broker ist gestört</translation>
        </message>
        <message>
            <source>ERROR RECIPE</source>
            <translation>das Rezept passt nicht zu Modell oder Bild</translation>
        </message>
        <message>
            <source>ERROR RECORDS_OLD</source>
            <translation>die Aufzeichnungen stammen aus einer alten Sicherung</translation>
        </message>
        <message>
            <source>ERROR REFUSED</source>
            <translation>die Station lehnt es ab</translation>
        </message>
        <message>
            <source>ERROR REQUEST_INVALID</source>
            <translation>die Anfrage hat nicht die richtige Form</translation>
        </message>
        <message>
            <source>ERROR RETENTION_REFUSED</source>
            <translation>die Bilder werden jetzt nicht gelöscht</translation>
        </message>
        <message>
            <source>ERROR REVIEW_REFUSED</source>
            <translation>die Beurteilung wird nicht angenommen</translation>
        </message>
        <message>
            <source>ERROR ROLE_REFUSED</source>
            <translation>diese Person darf das nicht</translation>
        </message>
        <message>
            <source>ERROR RULES_GONE</source>
            <translation>das Teil kann nicht noch einmal beurteilt werden</translation>
        </message>
        <message>
            <source>ERROR SHIFT</source>
            <translation>der Befehl passt nicht zum jetzigen Zustand</translation>
        </message>
        <message>
            <source>ERROR SIGNATURE_INVALID</source>
            <translation>die Unterschrift ist ungültig</translation>
        </message>
        <message>
            <source>ERROR STATEMENT_REFUSED</source>
            <translation>die Erklärung über einen Schlüssel wird nicht angenommen</translation>
        </message>
        <message>
            <source>ERROR STATION_ANSWER</source>
            <translation>Station und Bildschirm verstehen sich nicht</translation>
        </message>
        <message>
            <source>ERROR STATION_AWAY</source>
            <translation>der Stationsprozess antwortet nicht</translation>
        </message>
        <message>
            <source>ERROR STATION_TIMEOUT</source>
            <translation>die Station hat nicht rechtzeitig geantwortet</translation>
        </message>
        <message>
            <source>ERROR STORE</source>
            <translation>die Aufzeichnungen können nicht gelesen oder geschrieben werden</translation>
        </message>
        <message>
            <source>ERROR TAKE_OVER_NEEDED</source>
            <translation>die Schicht davor muss erst übernommen werden</translation>
        </message>
        <message>
            <source>ERROR SETTING_REFUSED</source>
            <translation>die Einstellung wird nicht angenommen</translation>
        </message>
        <message>
            <source>ERROR MANUAL_REFUSED</source>
            <translation>der Handbetrieb wird nicht begonnen oder geht nicht weiter</translation>
        </message>
    </context>
</TS>
